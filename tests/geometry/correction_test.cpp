// SPDX-License-Identifier: MIT
#include "tests/geometry/support.hpp"

namespace relaxd::test {

namespace {

double omega(double frequency_Hz) {
    return 2.0 * std::numbers::pi * frequency_Hz;
}

/// The simulator's machine as an empty run and an elastic bar would tell it.
model::MachineAt known(const simulator::Machine& m, double frequency_Hz) {
    model::MachineAt out;
    const double w = omega(frequency_Hz);
    const Complex turn = std::polar(1.0, m.phase_rad(frequency_Hz));
    out.background_N_per_m = -m.mass_kg * w * w * turn;
    out.phase_rad = m.phase_rad(frequency_Hz);
    out.compliance_m_per_N = m.compliance_m_per_N * Complex(1.0, -m.compliance_loss);
    return out;
}

}  // namespace

TEST_CASE("what the simulator's machine adds is taken off again, to the last digits") {
    const simulator::Machine m = machine();
    for (const double f : {0.01, 1.0, 16.0, 100.0}) {
        for (const Complex K : {Complex(2.4e4, 300.0), Complex(3e3, 2.5e3), Complex(2e5, 10.0)}) {
            const Complex raw = m.raw_N_per_m(K, f);
            const auto found = model::specimen_stiffness(raw, omega(f), known(m, f));
            REQUIRE(found.is_known);
            CHECK(std::abs(found.specimen_N_per_m - K) < 1e-9 * std::abs(K));
            // The mass as a number, where no empty run told it.
            model::MachineAt stated = known(m, f);
            stated.background_N_per_m = 0.0;
            stated.mass_kg = m.mass_kg;
            const auto again = model::specimen_stiffness(raw, omega(f), stated);
            CHECK(std::abs(again.specimen_N_per_m - K) < 1e-9 * std::abs(K));
            CHECK(
                std::abs(found.specimen_N_per_m - m.specimen_N_per_m(raw, f)) < 1e-9 * std::abs(K)
            );
        }
    }
}

TEST_CASE("the covariance of a corrected stiffness is that of Monte Carlo") {
    const simulator::Machine m = machine();
    const double f = 8.0;
    const Complex K(2.4e4, 800.0);
    const Complex raw = m.raw_N_per_m(K, f);
    model::MachineAt machine_at = known(m, f);
    machine_at.background_covariance = {9.0, 3.0, 4.0};
    // phi and C'' of one bar: strongly correlated. A lower triangle times its transpose.
    const double l00 = 5e-4;
    const double l11 = 4e-8;
    const double l20 = 2e-8;
    const double l22 = 1e-8;
    machine_at.frame_covariance = {
        l00 * l00, 0.0, l00 * l20, 0.0, l11 * l11, 0.0, l00 * l20, 0.0, l20 * l20 + l22 * l22
    };
    machine_at.mass_sigma_kg = 1e-3;
    const auto stated = model::specimen_stiffness(raw, omega(f), machine_at);
    Deviates draw(11);
    double rr = 0.0;
    double ri = 0.0;
    double ii = 0.0;
    constexpr int draws = 20000;
    for (int n = 0; n < draws; ++n) {
        model::MachineAt one = machine_at;
        const double a = draw();
        one.background_N_per_m += Complex(3.0 * a, a + std::sqrt(3.0) * draw());
        const double z0 = draw();
        one.phase_rad += l00 * z0;
        one.compliance_m_per_N += Complex(l11 * draw(), l20 * z0 + l22 * draw());
        one.mass_kg += 1e-3 * draw();
        const Complex d = model::specimen_stiffness(raw, omega(f), one).specimen_N_per_m -
                          stated.specimen_N_per_m;
        rr += d.real() * d.real() / draws;
        ri += d.real() * d.imag() / draws;
        ii += d.imag() * d.imag() / draws;
    }
    CHECK(rr == Approx(stated.systematic.rr).epsilon(0.05));
    CHECK(ii == Approx(stated.systematic.ii).epsilon(0.05));
    CHECK(
        std::abs(ri - stated.systematic.ri) <
        0.05 * std::sqrt(stated.systematic.rr * stated.systematic.ii)
    );
    // Random noise of the two channels.
    const double relative = 1e-4;
    double random = 0.0;
    for (int n = 0; n < draws; ++n) {
        const Complex noisy = raw * (1.0 + relative * Complex(draw(), draw()));
        const Complex d = model::specimen_stiffness(noisy, omega(f), machine_at).specimen_N_per_m -
                          stated.specimen_N_per_m;
        random += 0.5 * std::norm(d) / draws;
    }
    CHECK(std::sqrt(random) == Approx(relative * stated.random_gain_N_per_m).epsilon(0.03));
}

TEST_CASE("a stiffness of which nothing is left is not known, and never a number") {
    model::MachineAt machine_at;
    machine_at.background_N_per_m = 100.0;
    CHECK_FALSE(model::specimen_stiffness(100.0, 1.0, machine_at).is_known);
    machine_at = {};
    machine_at.compliance_m_per_N = 0.01;  // as soft as the whole
    CHECK_FALSE(model::specimen_stiffness(100.0, 1.0, machine_at).is_known);
    CHECK(model::specimen_stiffness(100.0, 1.0, {}).force_share == 1.0);
}

TEST_CASE("shares tell how much of force and displacement is the specimen's") {
    model::MachineAt machine_at;
    machine_at.mass_kg = 1.0;
    // 400 N/m carried, 400 N/m inertia.
    const auto half = model::specimen_stiffness(0.0 + 1e-9, 20.0, machine_at);
    CHECK(half.force_share == Approx(0.5));
    machine_at = {};
    machine_at.compliance_m_per_N = 1e-5;
    const auto series = model::specimen_stiffness(0.5e5, 1.0, machine_at);  // K_s = 1e5
    CHECK(series.displacement_share == Approx(0.5));
}

}  // namespace relaxd::test
