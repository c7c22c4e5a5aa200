// SPDX-License-Identifier: MIT
// The specimen under a history of stress or strain, small loads: superposition and closed forms.
#include "drivers/simulator/specimen_load.hpp"
#include "tests/simulator/table1.hpp"
#include "tests/support/catch.hpp"

#include <cmath>
#include <complex>
#include <limits>
#include <numbers>
#include <vector>

namespace relaxd::simulator {
namespace {

constexpr double pi = std::numbers::pi;
constexpr double one_time = std::numeric_limits<double>::quiet_NaN();
constexpr double T_K = 430.0;

// One beta time and chi = 1/2, for which the integral of the stretched exponential is elementary.
material::Params simple() {
    auto params = test::table1();
    params.B = one_time;
    params.chi_Tg = 0.5;
    return params;
}

// J(t) of S1 Eq. 25a and its integral over time.
struct Oracle {
    explicit Oracle(const SpecimenTimes& times) : t(times) {}
    double J(double s) const {
        return 1.0 / 3.3e10 - A_beta * std::expm1(-s / t.tau_beta_s) -
               A * std::expm1(-std::sqrt(s / t.tau_an_s)) + A * s / t.tau_max_s;
    }
    double integral(double s) const {
        const double root = std::sqrt(s / t.tau_an_s);
        const double beta = s + t.tau_beta_s * std::expm1(-s / t.tau_beta_s);
        const double stretched = s - 2.0 * t.tau_an_s * (1.0 - (1.0 + root) * std::exp(-root));
        return s / 3.3e10 + A_beta * beta + A * stretched + A * 0.5 * s * s / t.tau_max_s;
    }
    SpecimenTimes t;
    double A = 1.5e-11;
    double A_beta = 1.0 / 3.06e10 - 1.0 / 3.3e10;
};

}  // namespace

TEST_CASE("a stress ramp of any length is one exact step", "[simulator][specimen]") {
    const Specimen specimen(simple());
    const Oracle oracle(specimen.times_at(T_K));
    const double rate = 1e5;  // Pa/s
    for (const double t : {1e-3, 0.3, 40.0, 2000.0}) {
        LoadedSpecimen load(specimen, T_K);
        load.advance_stress(t, rate * t, T_K);
        CHECK(load.strain() == Approx(rate * oracle.integral(t)).epsilon(2e-6));
        // Held afterwards: superposition of two ramps.
        load.advance_stress(100.0, rate * t, T_K);
        const double held = rate * (oracle.integral(t + 100.0) - oracle.integral(100.0));
        CHECK(load.strain() == Approx(held).epsilon(2e-6));
    }
}

TEST_CASE("relaxation after a strain jump obeys the Volterra equation", "[simulator][specimen]") {
    const Specimen specimen(simple());
    const Oracle oracle(specimen.times_at(T_K));
    // sigma(t) at constant strain: sum of ramps whose strain is constant, solved step by step.
    std::vector<double> time_s = {0.0};
    for (double t = 1e-5; t < 1.2e3; t *= 1.03) {
        time_s.push_back(t);
    }
    const double strain = 1e-3;
    std::vector<double> stress = {strain * 3.3e10};
    LoadedSpecimen load(specimen, T_K);
    load.advance_strain(0.0, strain, T_K);
    CHECK(load.stress_Pa() == Approx(3.3e7).epsilon(1e-12));
    for (std::size_t n = 1; n < time_s.size(); ++n) {
        const double t = time_s[n];
        double known = stress[0] * oracle.J(t);
        for (std::size_t j = 1; j < n; ++j) {
            const double slope = (stress[j] - stress[j - 1]) / (time_s[j] - time_s[j - 1]);
            known += slope * (oracle.integral(t - time_s[j - 1]) - oracle.integral(t - time_s[j]));
        }
        const double h = t - time_s[n - 1];
        stress.push_back(stress[n - 1] + (strain - known) * h / oracle.integral(h));
        load.advance_strain(h, strain, T_K);
        REQUIRE(load.strain() == Approx(strain).epsilon(1e-12));
        // The oracle's own trapezoid at 3 % steps is good to 2e-4 of what has relaxed.
        REQUIRE(load.stress_Pa() == Approx(stress[n]).epsilon(1e-9).margin(2e-4 * 3.3e7));
    }
    CHECK(load.stress_Pa() < 0.1 * 3.3e7);
    // One step of four decades of the relaxation finds the same stress.
    std::size_t n = 0;
    while (time_s[n] < 3.0) {
        ++n;
    }
    LoadedSpecimen at_once(specimen, T_K);
    at_once.advance_strain(0.0, strain, T_K);
    at_once.advance_strain(time_s[n], strain, T_K);
    CHECK(at_once.stress_Pa() == Approx(stress[n]).epsilon(1e-3));
    CHECK(stress[n] < 0.7 * stress[0]);
    CHECK(stress[n] > 0.05 * stress[0]);
}

TEST_CASE("driven by its own strain the specimen shows the same stress", "[simulator][specimen]") {
    const Specimen specimen(test::table1());
    LoadedSpecimen by_stress(specimen, T_K);
    LoadedSpecimen by_strain(specimen, T_K);
    double worst = 0.0;
    for (int k = 1; k <= 2000; ++k) {
        const double stress = 20e6 * std::sin(2 * pi * k / 1000.0) + 1e4 * k;
        by_stress.advance_stress(0.1, stress, T_K);
        by_strain.advance_strain(0.1, by_stress.strain(), T_K);
        worst = std::max(worst, std::abs(by_strain.stress_Pa() - stress));
    }
    CHECK(worst < 1e-3 * 20e6);  // between the looks the two histories differ at second order
}

TEST_CASE("small steps of load give the small-strain oscillation", "[simulator][specimen]") {
    auto params = test::table1();
    material::FastBeta fast;
    fast.A_per_Pa = 1e-12;
    fast.U_J_mol = 41560.0;
    fast.tau0_s = 1.86e-7;
    fast.B = 0.6;
    Specimen specimen(params, {fast});
    const bool by_strain = GENERATE(false, true);
    const double frequency_Hz = GENERATE(0.05, 3.0);
    const double omega = 2 * pi * frequency_Hz;
    const int steps = 400;
    const int cycles = 12;
    const double h = 1.0 / (frequency_Hz * steps);
    const double amplitude = by_strain ? 1e-4 : 1e6;
    LoadedSpecimen load(specimen, 445.0);
    std::vector<double> answer;
    for (int k = 1; k <= steps * cycles; ++k) {
        const double drive = amplitude * std::sin(omega * h * k);
        if (by_strain) {
            load.advance_strain(h, drive, 445.0);
        } else {
            load.advance_stress(h, drive, 445.0);
        }
        answer.push_back(by_strain ? load.stress_Pa() : load.strain());
    }
    // First harmonic of the last two cycles but for what drifts from one cycle to the next.
    const auto harmonic = [&](int cycle) {
        std::complex<double> sum = 0.0;
        for (int k = 0; k < steps; ++k) {
            const int i = cycle * steps + k;
            const double drift = (answer[static_cast<std::size_t>(i + steps)] -
                                  answer[static_cast<std::size_t>(i)]) *
                                 k / steps;
            sum += (answer[static_cast<std::size_t>(i)] - drift) *
                   std::polar(1.0, -omega * h * (i + 1));
        }
        return std::complex<double>(0.0, 2.0) * sum / (steps * amplitude);
    };
    const auto measured = harmonic(cycles - 2);
    const auto expected =
        by_strain ? specimen.modulus_Pa(445.0, omega) : specimen.compliance_per_Pa(445.0, omega);
    // Drive and answer are polygons: (omega h)^2 / 12 = 2e-5; the transient is the rest.
    CHECK(std::abs(measured - expected) < 1e-3 * std::abs(expected));
    CHECK(std::abs(measured.imag() - expected.imag()) < 1e-2 * std::abs(expected.imag()));
}

TEST_CASE("a fast beta process adds its own term", "[simulator][specimen]") {
    auto params = test::table1();
    params.B = one_time;
    material::FastBeta fast;
    fast.A_per_Pa = 1.5e-12;
    fast.U_J_mol = 41560.0;
    fast.tau0_s = 1.86e-13;
    REQUIRE(checked_fast_beta({fast}));
    Specimen plain(params);
    Specimen both(params, {fast});
    const double T = 180.0;
    const double tau_s = 1.86e-13 * std::exp(41560.0 / (8.31446261815324 * T));  // S1 Eq. 8
    for (const double omega : {0.1 / tau_s, 1.0 / tau_s, 10.0 / tau_s}) {
        const auto added = both.compliance_per_Pa(T, omega) - plain.compliance_per_Pa(T, omega);
        const auto expected = 1.5e-12 / std::complex<double>(1.0, omega * tau_s);
        CHECK(std::abs(added - expected) < 1e-9 * 1.5e-12);
    }
    LoadedSpecimen without(plain, T);
    LoadedSpecimen with(both, T);
    for (auto* load : {&without, &with}) {
        load->set_stress_Pa(1e7);
        load->advance(2.0 * tau_s, T);
    }
    const double grown = 1e7 * 1.5e-12 * -std::expm1(-2.0);
    CHECK(with.strain() - without.strain() == Approx(grown).epsilon(1e-9));

    fast.tau0_s = 0.0;
    const auto refused = checked_fast_beta({material::FastBeta(), fast});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().sentence().find("fast_beta[0].A_per_Pa") != std::string::npos);
}

TEST_CASE("crystals keep the strain that they inherit", "[simulator][specimen]") {
    GlassOptions options;
    options.crystallisation = true;
    const Specimen specimen(test::table1(), {}, options);
    LoadedSpecimen load(specimen, T_K);
    load.advance_stress(100.0, 25e6, T_K);
    load.advance_stress(0.0, 0.0, T_K);
    const double before = load.strain();
    Structure structure = specimen.structure_at(T_K);
    structure.crystal_share = 1.0;
    structure.defect_share = 0.0;
    load.set_structure(structure);
    CHECK(load.strain() == Approx(before).epsilon(1e-12));
    load.advance(1e6, T_K);
    CHECK(load.strain() == Approx(before).epsilon(1e-12));
    load.advance_stress(0.0, 25e6, T_K);
    CHECK(load.strain() - before == Approx(25e6 / (1.2 * 3.3e10)).epsilon(1e-9));
}

}  // namespace relaxd::simulator
