// SPDX-License-Identifier: MIT
#include "drivers/simulator/pendulum_body.hpp"
#include "drivers/simulator/pendulum_steady.hpp"
#include "tests/simulator/pendulum_fit.hpp"
#include "tests/simulator/table1.hpp"
#include "tests/support/catch.hpp"

#include <rapidcheck.h>

#include <array>
#include <cmath>
#include <complex>
#include <numbers>
#include <vector>

namespace relaxd::simulator {
namespace {

constexpr double pi = std::numbers::pi;

// The pendulum of INSTRUMENTS' table: 30 x 5 x 1 mm, I = 5e-5 kg m2, K_w = 1.2e-4 N m.
PendulumParameters bare() {
    PendulumParameters p;
    p.wire_tan_phi = 0.0;
    p.eddy_N_m_s = 0.0;
    p.gas_N_m_s = 0.0;
    p.clamp_rad_per_N_m = 0.0;
    p.current_limit_A = 10.0;
    return p;
}

void run_to(PendulumBody& body, double time_s) {
    while (body.time_s() < time_s) {
        body.step();
    }
}

// Torque over angle at the frequency of the drive, from the waveforms of `window_s`.
std::complex<double> measured_stiffness(PendulumBody& body, double window_s) {
    std::vector<double> time_s;
    std::vector<double> torque_N_m;
    std::vector<double> angle_rad;
    const double end_s = body.time_s() + window_s;
    const int every = std::max(1, static_cast<int>(window_s / body.parameters().step_s / 4000.0));
    while (body.time_s() < end_s) {
        for (int k = 0; k < every; ++k) {
            body.step();
        }
        const PendulumMotion motion = body.motion();
        time_s.push_back(motion.time_s);
        torque_N_m.push_back(motion.current_A * body.parameters().torque_N_m_per_A);
        angle_rad.push_back(motion.angle_rad);
    }
    const double frequency_Hz = body.drive().frequency_Hz;
    return test::demodulated(time_s, torque_N_m, frequency_Hz) /
           test::demodulated(time_s, angle_rad, frequency_Hz);
}

// The swings of a pendulum let go at 1 mrad: half-periods between extremes, each extreme by the
// parabola through three samples.
struct Decay {
    Decay() = default;
    double omega_rad_s = 0.0;
    double decrement = 0.0;  // per period
};

Decay free_decay(PendulumBody& body, std::size_t first, std::size_t cycles) {
    const double h = body.parameters().step_s;
    body.deflect(1e-3);
    std::vector<double> extreme_rad;
    std::vector<double> extreme_s;
    double before = 2e-3;
    double middle = 1e-3;
    while (extreme_rad.size() < first + 2 * cycles + 2 && body.time_s() < 60.0) {
        body.step();
        const double now = body.motion().angle_rad;
        if ((middle - before) * (now - middle) < 0.0) {
            const double slope = 0.5 * (now - before);
            const double bend = now - 2.0 * middle + before;
            extreme_rad.push_back(middle - 0.5 * slope * slope / bend);
            extreme_s.push_back(body.time_s() - h * (1.0 + slope / bend));
        }
        before = middle;
        middle = now;
    }
    REQUIRE(extreme_rad.size() == first + 2 * cycles + 2);
    const auto count = static_cast<double>(cycles);
    // Peak to peak takes the slow drift of the modes away.
    const auto swing = [&extreme_rad](std::size_t k) {
        return std::abs(extreme_rad[k] - extreme_rad[k + 1]);
    };
    Decay decay;
    decay.omega_rad_s = 2.0 * pi * count / (extreme_s[first + 2 * cycles] - extreme_s[first]);
    decay.decrement = std::log(swing(first) / swing(first + 2 * cycles)) / count;
    return decay;
}

// S1 Eq. 25a by direct quadrature of the Gumbel average, in shear.
double creep_oracle_per_Pa(double time_s, double temperature_K) {
    const material::Params p = test::table1();
    const double chi = p.chi_Tg + p.a1_per_K * std::max(0.0, temperature_K - p.T_g_K);
    const double tau_beta =
        p.tau_beta0_s * std::exp(p.U_beta_J_mol / (8.31446261815324 * temperature_K));
    const double tau_max = p.t0_s * std::pow(tau_beta / p.t0_s, 1.0 / chi);
    const double tau_an = std::pow(chi, 1.0 / chi) * tau_max;
    double beta = 0.0;
    for (double x = -60.0; x < 5.0; x += 1e-3) {
        beta += 1e-3 * std::exp(x - std::exp(x)) * -std::expm1(-time_s / tau_beta * std::exp(-x));
    }
    const double tensile = 1.0 / p.E_u_Pa + (1.0 / p.E_r_Pa - 1.0 / p.E_u_Pa) * beta -
                           p.A_an_per_Pa * std::expm1(-std::pow(time_s / tau_an, chi)) +
                           p.A_vp_per_Pa * time_s / tau_max;
    return 2.0 * 1.35 * tensile;
}

}  // namespace

TEST_CASE(
    "the forced pendulum gives the table of errors and their correction", "[simulator][pendulum]"
) {
    struct Row {
        double f_Hz;
        double G_Pa;
        double tan_phi;
        double uncorrected_tan;
        double tan_half_digit;
        double inertia_percent;
        double inertia_half_digit;
        double uncorrected_percent;  // of G'; of 1 MPa where the table gives MPa
        double percent_half_digit;
    };
    // The table does not print its damping; 2e-6 N m s is the one that gives all its tangents, with
    // G' within what its three digits leave open. It prints -3.7 % in the second row, where the
    // equations give -3.6 % for every G' that rounds to 1.06 GPa.
    const std::array<Row, 4> rows{{
        {0.01, 1.02e9, 0.05618, 0.05605, 5e-6, 0.000, 5e-4, 0.2, 0.05},
        {1.0, 1.057e9, 0.08527, 0.08872, 5e-6, 3.8, 0.05, -3.7, 0.11},
        {2.0, 1.123e9, 0.08682, 0.10180, 5e-6, 14.5, 0.05, -14.0, 0.5},
        {2.0, 22.24e6, 0.438, -0.074, 5e-4, 731.0, 0.5, -138.0, 0.5},
    }};
    PendulumParameters p = bare();
    p.eddy_N_m_s = 2e-6;
    const TorsionBar bar;
    for (const Row& row : rows) {
        const double omega = 2.0 * pi * row.f_Hz;
        p.step_s = row.f_Hz < 0.5 ? 1.0 / 4096.0 : 1.0 / 16384.0;
        // omega tau = 1: G'' = (G_u - G_r)/2, G' = (G_u + G_r)/2.
        const double loss = row.G_Pa * row.tan_phi;
        PendulumBody body(
            p, bar, ShearMaterial::standard_linear(row.G_Pa + loss, row.G_Pa - loss, 1.0 / omega)
        );
        body.set_drive(CoilDrive(0.0, 0.02, row.f_Hz));
        run_to(body, std::max(4.0 / row.f_Hz, 40.0));
        const std::complex<double> measured = measured_stiffness(body, 2.0 / row.f_Hz);

        const std::complex<double> raw = measured / bar.form_m3();
        CHECK(std::abs(raw.imag() / raw.real() - row.uncorrected_tan) <= row.tan_half_digit);
        const double inertia = p.inertia_kg_m2 * omega * omega;
        const double share = 100.0 * inertia / (row.G_Pa * bar.form_m3());
        CHECK(std::abs(share - row.inertia_percent) <= row.inertia_half_digit);
        const double error =
            row.G_Pa > 1e8 ? 100.0 * (raw.real() / row.G_Pa - 1.0) : raw.real() / 1e6;
        CHECK(std::abs(error - row.uncorrected_percent) <= row.percent_half_digit);

        const std::complex<double> G =
            (measured + std::complex<double>(inertia - p.wire_N_m, -omega * p.eddy_N_m_s)) /
            bar.form_m3();
        const double scale = std::max(1.0, inertia / std::abs(measured));
        CHECK(G.real() == Approx(row.G_Pa).epsilon(1e-6 * scale));
        CHECK(G.imag() == Approx(loss).epsilon(1e-5 * scale));
        CHECK(G.imag() / G.real() == Approx(row.tan_phi).epsilon(1e-5 * scale));
    }
}

TEST_CASE("free decay has the frequency and the decrement of small loss", "[simulator][pendulum]") {
    PendulumParameters p = bare();
    p.wire_tan_phi = 2e-3;
    p.eddy_N_m_s = 1e-7;
    const double tan_phi = 5e-3;
    PendulumBody body(p, TorsionBar(), ShearMaterial::elastic(1e9, tan_phi));
    const Decay decay = free_decay(body, 20, 40);
    // G' is given at 1 Hz; from there to the 5 Hz of the swing the loss stiffens the bar by
    // 2/pi tan phi ln(5) (Kramers and Kronig).
    const double K_s = 1e9 * body.bar().form_m3() * (1.0 + 2.0 / pi * tan_phi * std::log(5.0));
    const double stiffness = K_s + p.wire_N_m;
    CHECK(decay.omega_rad_s == Approx(std::sqrt(stiffness / p.inertia_kg_m2)).epsilon(3e-4));
    CHECK(resonance_Hz(body) == Approx(decay.omega_rad_s / (2.0 * pi)).epsilon(2e-4));
    const double loss =
        K_s * tan_phi + p.wire_N_m * p.wire_tan_phi + decay.omega_rad_s * p.eddy_N_m_s;
    CHECK(decay.decrement == Approx(pi * loss / stiffness).epsilon(0.01));
}

TEST_CASE("free decay of the glass is that of its tan phi", "[simulator][pendulum]") {
    const double temperature_K = GENERATE(350.0, 400.0, 430.0);
    PendulumParameters p = bare();
    p.wire_N_m = 0.0;
    PendulumBody body(p, TorsionBar(), ShearMaterial::glass(test::table1(), 540.0));
    body.set_surroundings(temperature_K, 1e-2);
    const Decay decay = free_decay(body, 10, 20);
    Specimen tensile(test::table1());
    const std::complex<double> G = tensile.modulus_Pa(temperature_K, decay.omega_rad_s) / 2.7;
    const double tan_phi = G.imag() / G.real();
    REQUIRE(tan_phi > 1e-4);
    REQUIRE(tan_phi < 0.05);
    const double omega = std::sqrt(G.real() * body.bar().form_m3() / p.inertia_kg_m2);
    CHECK(decay.omega_rad_s == Approx(omega).epsilon(2e-4 + tan_phi * tan_phi));
    CHECK(decay.decrement == Approx(pi * tan_phi).epsilon(0.01 + tan_phi));
}

TEST_CASE(
    "no torque, history or glass makes the state infinite or the energy grow",
    "[simulator][pendulum]"
) {
    CHECK(rc::check("random drives and temperatures", [] {
        const auto share = [] { return 1e-4 * *rc::gen::inRange(0, 10000); };
        PendulumParameters p;
        p.step_s = std::pow(10.0, -5.0 + 4.0 * share());
        p.inertia_kg_m2 = std::pow(10.0, -9.0 + 6.0 * share());
        p.clamp_rad_per_N_m = share();
        p.wire_tan_phi = 0.05 * share();
        const bool wire = *rc::gen::arbitrary<bool>();
        p.wire_N_m = wire ? 1e-2 * share() : 0.0;
        RC_ASSERT(PendulumParameters::checked(p).has_value());
        PendulumBody body(p, TorsionBar(), ShearMaterial::glass(test::table1(), 540.0));
        for (int round = 0; round < 6; ++round) {
            body.set_surroundings(20.0 + 680.0 * share(), 1e5 * share());
            body.set_drive(CoilDrive(0.1 * share(), 0.1 * share(), 50.0 * share()));
            for (int k = 0; k < 40; ++k) {
                body.step();
            }
        }
        body.set_drive(CoilDrive());
        double energy_J = body.stored_energy_J();
        for (int k = 0; k < 40; ++k) {
            body.step();
            const double next_J = body.stored_energy_J();
            RC_ASSERT(std::isfinite(body.motion().angle_rad));
            RC_ASSERT(next_J <= energy_J * (1.0 + 1e-9) + 1e-30);
            energy_J = next_J;
        }
    }));
}

TEST_CASE("no energy appears without torque", "[simulator][pendulum]") {
    const double temperature_K = GENERATE(300.0, 440.0, 480.0, 520.0);
    const double step_s = GENERATE(1.0 / 4096.0, 1.0 / 64.0, 0.1);
    PendulumParameters p;
    p.step_s = step_s;
    PendulumBody body(p, TorsionBar(), ShearMaterial::glass(test::table1(), 540.0));
    body.set_surroundings(temperature_K, 1e-2);
    body.set_drive(CoilDrive(0.02, 0.05, 0.7));
    run_to(body, 3.0);
    body.set_drive(CoilDrive());
    const double start_J = body.stored_energy_J();
    REQUIRE(start_J > 0.0);
    double energy_J = start_J;
    for (int k = 0; k < 4000; ++k) {
        body.step();
        const double next_J = body.stored_energy_J();
        REQUIRE(next_J <= energy_J + 1e-10 * start_J);  // rounding of the sum
        energy_J = next_J;
    }
    CHECK(energy_J < 0.999 * start_J);
}

TEST_CASE("the step's error against the closed form is of second order", "[simulator][pendulum]") {
    const double temperature_K = GENERATE(300.0, 490.0);
    std::array<double, 3> error{};
    for (std::size_t k = 0; k < error.size(); ++k) {
        PendulumParameters p;
        p.step_s = 1.0 / (128.0 * static_cast<double>(1U << k));
        p.eddy_N_m_s = 2e-3;  // the start's oscillation dies out
        PendulumBody body(p, TorsionBar(), ShearMaterial::glass(test::table1(), 540.0));
        body.set_surroundings(temperature_K, 1e-2);
        body.set_drive(CoilDrive(0.0, 0.05, 4.0));
        run_to(body, 20.0);
        const std::complex<double> measured = measured_stiffness(body, 2.0);
        const std::complex<double> exact = dynamic_stiffness_N_m(body, 4.0);
        error[k] = std::abs(measured / exact - 1.0);
    }
    CHECK(error[0] / error[1] == Approx(4.0).epsilon(0.1));
    CHECK(error[1] / error[2] == Approx(4.0).epsilon(0.1));
}

TEST_CASE("the driven pendulum settles to the closed form", "[simulator][pendulum]") {
    const double temperature_K = GENERATE(300.0, 453.0, 480.0, 510.0);
    const double f_Hz = GENERATE(0.1, 2.0);
    PendulumBody body(
        PendulumParameters(), TorsionBar(), ShearMaterial::glass(test::table1(), 540.0)
    );
    body.set_surroundings(temperature_K, 101325.0);
    body.set_drive(CoilDrive(0.0, 0.05, f_Hz));
    // The stiff cold bar rings longest: decay time 2 I / C = 48 s.
    run_to(body, temperature_K < 400.0 ? 300.0 : 60.0);
    const std::complex<double> measured = measured_stiffness(body, 3.0 / f_Hz);
    const PendulumResponse response = steady_response(body, f_Hz, 0.05);
    CHECK(std::abs(measured) == Approx(response.torque_N_m / response.angle_rad).epsilon(2e-5));
    CHECK(std::abs(std::arg(measured) - response.delta_rad) < 2e-5);
}

TEST_CASE("creep and recovery of a massless pendulum are the specimen's", "[simulator][pendulum]") {
    const double temperature_K = GENERATE(440.0, 470.0, 500.0);
    PendulumParameters p = bare();
    p.wire_N_m = 0.0;
    p.inertia_kg_m2 = 1e-13;
    p.eddy_N_m_s = 1e-6;  // takes 7e-5 of the torque where the hot glass flows
    p.step_s = 1.0 / 65536.0;
    PendulumBody body(p, TorsionBar(), ShearMaterial::glass(test::table1(), 540.0));
    body.set_surroundings(temperature_K, 1e-2);
    const double torque_N_m = 2e-5;
    body.set_drive(CoilDrive(torque_N_m / p.torque_N_m_per_A, 0.0, 0.0));
    const double scale = torque_N_m / body.bar().form_m3();
    for (const double t : {0.125, 1.0, 4.0, 8.0}) {
        run_to(body, t);
        const double expected = scale * creep_oracle_per_Pa(t, temperature_K);
        CHECK(body.motion().angle_rad == Approx(expected).epsilon(3e-4));
    }
    body.set_drive(CoilDrive());
    for (const double t : {0.125, 1.0, 4.0}) {
        run_to(body, 8.0 + t);
        const double expected = scale * (creep_oracle_per_Pa(8.0 + t, temperature_K) -
                                         creep_oracle_per_Pa(t, temperature_K));
        const double whole = scale * creep_oracle_per_Pa(8.0, temperature_K);
        CHECK(std::abs(body.motion().angle_rad - expected) < 3e-4 * whole);
    }
}

TEST_CASE("clamps in series take their share of the twist", "[simulator][pendulum]") {
    PendulumParameters p = bare();
    p.clamp_rad_per_N_m = 4.0;
    p.eddy_N_m_s = 5e-3;
    PendulumBody body(p, TorsionBar(), ShearMaterial::elastic(1e10));
    body.set_drive(CoilDrive(0.05, 0.0, 0.0));
    run_to(body, 5.0);
    const double K_s = 1e10 * body.bar().form_m3();
    const double K = p.wire_N_m + 1.0 / (1.0 / K_s + 4.0);
    CHECK(body.motion().angle_rad == Approx(5e-5 / K).epsilon(1e-6));
    CHECK(body.specimen_twist_rad() == Approx(body.specimen_torque_N_m() / K_s).epsilon(1e-6));
    CHECK(steady_response(body, 1e-4, 0.05).angle_rad == Approx(5e-5 / K).epsilon(1e-4));
}

TEST_CASE("an empty pendulum swings with its wire, and falls without", "[simulator][pendulum]") {
    PendulumParameters p = bare();
    p.field_N_m = -0.5e-4;
    PendulumBody swinging(p, TorsionBar(), ShearMaterial::none());
    CHECK(resonance_Hz(swinging) == Approx(std::sqrt(0.7e-4 / 5e-5) / (2.0 * pi)));
    swinging.deflect(1e-3);
    const double period_s = 1.0 / resonance_Hz(swinging);
    run_to(swinging, period_s);
    CHECK(swinging.motion_at(period_s).angle_rad == Approx(1e-3).epsilon(1e-6));
    CHECK(specimen_stiffness_N_m(swinging, 1.0) == std::complex<double>(0.0));

    p.field_N_m = -2e-4;  // gravity wins
    PendulumBody falling(p, TorsionBar(), ShearMaterial::none());
    falling.deflect(1e-6);
    run_to(falling, 5.0);
    const double growth = std::cosh(5.0 * std::sqrt(0.8e-4 / 5e-5));
    CHECK(falling.motion().angle_rad == Approx(1e-6 * growth).epsilon(1e-4));
    CHECK(resonance_Hz(falling) == 0.0);
}

TEST_CASE("the current is cut at its limit and keeps its phase", "[simulator][pendulum]") {
    PendulumParameters p = bare();
    p.current_limit_A = 0.03;
    PendulumBody body(p, TorsionBar(), ShearMaterial::elastic(1e9));
    body.set_drive(CoilDrive(0.0, 0.05, 1.0));
    CHECK(body.motion().current_A == 0.03);
    CHECK(body.motion().current_limited);
    run_to(body, 0.25);
    CHECK(std::abs(body.motion().current_A) < 1e-12);
    CHECK_FALSE(body.motion().current_limited);
    body.set_drive(CoilDrive(0.0, 0.02, 3.0));
    CHECK(body.motion().phase_rad == Approx(0.5 * pi));
    run_to(body, 0.5);
    CHECK(body.motion().current_A == Approx(0.02));  // a quarter + three quarters of a cycle
    run_to(body, 0.5 + 1.0 / 12.0);
    CHECK(body.motion_at(0.5 + 1.0 / 12.0).phase_rad == Approx(0.5 * pi).margin(1e-9));
}

TEST_CASE(
    "a change of temperature keeps the twist and changes the modulus", "[simulator][pendulum]"
) {
    PendulumParameters p = bare();
    p.eddy_N_m_s = 5e-3;
    PendulumBody body(p, TorsionBar(), ShearMaterial::glass(test::table1(), 540.0));
    body.set_surroundings(450.0, 1e-2);
    body.set_drive(CoilDrive(0.05, 0.0, 0.0));
    run_to(body, 5.0);
    const double cold = body.motion().angle_rad;
    body.set_surroundings(500.0, 1e-2);
    CHECK(body.motion().angle_rad == cold);
    run_to(body, 10.0);
    const double hot = body.motion().angle_rad;
    CHECK(hot > 1.5 * cold);
    body.set_surroundings(450.0, 1e-2);  // what flowed when hot stays
    run_to(body, 15.0);
    CHECK(body.motion().angle_rad == Approx(hot).epsilon(0.02));
}

TEST_CASE("crystals make half of the recoverable twist permanent", "[simulator][pendulum]") {
    PendulumParameters p = bare();
    p.wire_N_m = 0.0;
    p.eddy_N_m_s = 1e-5;
    const double temperature_K = 460.0;
    const Specimen specimen(test::table1());
    PendulumBody body(p, TorsionBar(), ShearMaterial::glass(specimen, 540.0));
    body.set_surroundings(temperature_K, 1e-2);
    body.set_drive(CoilDrive(0.02, 0.0, 0.0));
    run_to(body, 2.0);
    const double before = body.motion().angle_rad;
    Structure structure = specimen.structure_at(temperature_K);
    structure.crystal_share = 0.5;
    structure.defect_share = 0.5;
    body.set_surroundings(temperature_K, 1e-2, structure);
    CHECK(body.motion().angle_rad == before);
    body.set_drive(CoilDrive());
    run_to(body, 400.0);

    const double scale = 2e-5 / body.bar().form_m3();
    const double flow =
        2.7 * test::table1().A_vp_per_Pa * 2.0 / specimen.times_at(temperature_K).tau_max_s * scale;
    const double elastic = 2.7 / test::table1().E_u_Pa * scale;
    const double held = creep_oracle_per_Pa(2.0, temperature_K) * scale - flow - elastic;
    CHECK(flow < held);
    REQUIRE(held > 0.2 * elastic);
    CHECK(body.motion().angle_rad == Approx(flow + 0.5 * held).epsilon(5e-3));
}

TEST_CASE("a glass with thermal expansion gives it to the bar", "[simulator][pendulum]") {
    GlassOptions options;
    options.thermal_expansion_per_K = 1.5e-5;
    const Specimen specimen(test::table1(), {}, options);
    const PendulumBody body(
        PendulumParameters(), TorsionBar(), ShearMaterial::glass(specimen, 540.0)
    );
    CHECK(body.bar().form_m3(398.15) / body.bar().form_m3() == Approx(std::pow(1.0015, 3)));
}

TEST_CASE("a broken specimen leaves the wire", "[simulator][pendulum]") {
    PendulumBody body(PendulumParameters(), TorsionBar(), ShearMaterial::elastic(1e10));
    body.deflect(1e-3);
    body.break_specimen();
    const double omega = std::sqrt(1.2e-4 / 5e-5);
    run_to(body, 0.5 * pi / omega);  // a quarter period, damped a little by air
    CHECK(std::abs(body.motion().angle_rad) < 3e-5);
    CHECK(body.specimen_torque_N_m() == 0.0);
    CHECK(std::isnan(pendulum_truth(body, 1.0).G_storage_Pa));
}

TEST_CASE(
    "pumping takes the gas' damping away and leaves the eddy currents'", "[simulator][pendulum]"
) {
    const PendulumParameters p;
    CHECK(p.damping_N_m_s(0.0) == p.eddy_N_m_s);
    CHECK(p.damping_N_m_s(p.gas_half_Pa) == Approx(p.eddy_N_m_s + 0.5 * p.gas_N_m_s));
    CHECK(p.damping_N_m_s(101325.0) == Approx(p.eddy_N_m_s + p.gas_N_m_s).epsilon(1e-3));
    // An empty pendulum of 1e-4 N m s lasts 2 I / C = 1 s.
    PendulumParameters damped = bare();
    damped.gas_N_m_s = 1e-4;
    damped.wire_N_m = 1.0;
    PendulumBody body(damped, TorsionBar(), ShearMaterial::none());
    body.set_surroundings(300.0, damped.gas_half_Pa * 1e6);
    body.deflect(1e-3);
    const double start_J = body.stored_energy_J();
    run_to(body, 1.0);
    CHECK(body.stored_energy_J() / start_J == Approx(std::exp(-2.0)).epsilon(0.01));
}

TEST_CASE("impossible parameters are refused by name", "[simulator][pendulum]") {
    CHECK(PendulumParameters::checked(PendulumParameters()));
    PendulumParameters p;
    p.inertia_kg_m2 = 0.0;
    CHECK(PendulumParameters::checked(p).error().where == "inertia_kg_m2");
    p = PendulumParameters();
    p.gas_half_Pa = std::nan("");
    CHECK(PendulumParameters::checked(p).error().where == "gas_half_Pa");
    CHECK(ShearMaterial::checked_poisson_ratio(0.6).error().where == "poisson_ratio");
}

}  // namespace relaxd::simulator
