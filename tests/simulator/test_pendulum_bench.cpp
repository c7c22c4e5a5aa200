// SPDX-License-Identifier: MIT
#include "drivers/simulator/pendulum_bench.hpp"
#include "tests/simulator/pendulum_fit.hpp"
#include "tests/simulator/table1.hpp"
#include "tests/support/catch.hpp"

#include <cmath>
#include <complex>
#include <numbers>
#include <vector>

namespace relaxd::simulator {
namespace {

constexpr double pi = std::numbers::pi;

PendulumSetup glass_setup() {
    PendulumSetup setup(ShearMaterial::glass(test::table1(), 540.0));
    setup.seed = 11;
    return setup;
}

// Nothing random and no lag, for closed forms.
PendulumSetup quiet_setup() {
    PendulumSetup setup = glass_setup();
    setup.sensors = PendulumSensors::ideal();
    setup.furnace = FurnaceOptions();  // the simple furnace: exact set point
    return setup;
}

// Of the samples that the digitiser took since the last look.
std::complex<double> current_per_angle(PendulumBench& bench, double frequency_Hz) {
    std::vector<double> time_s;
    std::vector<double> angle;
    std::vector<double> current;
    for (const RawSample& sample : bench.take_samples()) {
        time_s.push_back(sample.time_s);
        angle.push_back(sample.angle_rad);
        current.push_back(sample.current_A);
    }
    return test::demodulated(time_s, current, frequency_Hz) /
           test::demodulated(time_s, angle, frequency_Hz);
}

}  // namespace

TEST_CASE("a detector settles to rms quadratures of its reference", "[simulator][pendulum]") {
    const int slope = GENERATE(6, 12, 18, 24);
    LockInDetector detector;
    detector.set(LockInSettings(0.5, slope));
    const double dt_s = 1e-3;
    for (int k = 0; k < 20000; ++k) {
        const double phase = 2.0 * pi * 20.0 * dt_s * k;
        detector.feed(0.3 + 2.0 * std::cos(phase - 0.4), phase, dt_s);
    }
    // The ripple of the offset at 20 Hz and of the product at 40 Hz: (1/(omega tau))^stages.
    const double ripple = std::pow(1.0 / (2.0 * pi * 20.0 * 0.5), slope / 6) * 1.5 + 1e-9;
    CHECK(std::abs(detector.value() - std::polar(std::sqrt(2.0), -0.4)) < ripple);
}

TEST_CASE("a detector follows a step as its stages in a row do", "[simulator][pendulum]") {
    const int stages = GENERATE(1, 2, 3, 4);
    LockInDetector detector;
    detector.set(LockInSettings(0.1, 6 * stages));
    const double dt_s = 1e-5;
    for (const double t : {0.05, 0.1, 0.3, 0.8}) {
        LockInDetector fresh = detector;
        const int count = static_cast<int>(std::lround(t / dt_s));
        for (int k = 0; k < count; ++k) {
            fresh.feed(1.0, 0.0, dt_s);  // at zero frequency X is sqrt(2) times the signal
        }
        double left = 0.0;  // e^-x (1 + x + x^2/2! + …)
        double term = 1.0;
        for (int n = 0; n < stages; ++n) {
            left += term;
            term *= t / 0.1 / (n + 1.0);
        }
        left *= std::exp(-t / 0.1);
        CHECK(fresh.value().real() == Approx(std::sqrt(2.0) * (1.0 - left)).epsilon(2e-3));
        CHECK(fresh.value().imag() == 0.0);
    }
}

TEST_CASE("a detector keeps its output when its filter changes", "[simulator][pendulum]") {
    LockInDetector detector;
    for (int k = 0; k < 1000; ++k) {
        detector.feed(1.0, 0.3, 1e-3);
    }
    const std::complex<double> before = detector.value();
    detector.set(LockInSettings(10.0, 6));
    CHECK(detector.value() == before);
    CHECK(LockInSettings::checked(LockInSettings(1.0, 10)).error().where == "slope_dB_per_octave");
    CHECK(LockInSettings::checked(LockInSettings(0.0, 6)).error().where == "time_constant_s");
}

TEST_CASE(
    "settled lock-ins read the closed form at every planned frequency", "[simulator][pendulum]"
) {
    PendulumBench bench(quiet_setup());
    bench.set_lock_in(LockInSettings(1.0, 24));
    bench.set_temperature(470.0, 0.0);
    bench.open_pump(true);
    bench.plan_drive(600.0, CoilDrive(0.0, 0.05, 2.0));
    bench.plan_drive(700.0, CoilDrive(0.0, 0.03, 5.0));
    for (const double t : {700.0, 760.0}) {
        bench.advance_to(t);
        const LockInReading reading = bench.lock_in();
        const double amplitude_A = reading.frequency_Hz == 2.0 ? 0.05 : 0.03;
        REQUIRE(reading.frequency_Hz == (t == 700.0 ? 2.0 : 5.0));
        const PendulumResponse expected =
            steady_response(bench.body(), reading.frequency_Hz, amplitude_A);
        const std::complex<double> angle =
            std::polar(expected.angle_rad / std::sqrt(2.0), -expected.delta_rad);
        // One sample in 4 steps, and ripple (2 omega tau)^-4 at 2 Hz: 2.5e-6.
        CHECK(std::abs(reading.angle_rad / angle - 1.0) < 3e-5);
        CHECK(std::abs(reading.current_A / (amplitude_A / std::sqrt(2.0)) - 1.0) < 1e-5);
        CHECK(bench.truth().temperature_K == Approx(470.0).margin(0.01));
        CHECK(bench.truth().tan_phi > 0.0);
    }
    CHECK(bench.body().pressure_Pa() < 1.0);
}

TEST_CASE("the same commands give the same readings however time is cut", "[simulator][pendulum]") {
    const auto run = [](std::uint64_t seed, const std::vector<double>& cuts) {
        PendulumSetup setup = glass_setup();
        setup.thermocouple.noise_K = 0.01;
        setup.seed = seed;
        PendulumBench bench(setup);
        bench.open_pump(true);
        bench.set_temperature(460.0, 10.0);
        bench.set_drive(CoilDrive(0.0, 0.05, 2.0));
        bench.digitise(250.0);
        std::vector<double> all;
        for (const double t : cuts) {
            bench.advance_to(t);
            if (t == 5.0) {
                bench.set_drive(CoilDrive(0.01, 0.02, 0.7));
            }
            for (const RawSample& sample : bench.take_samples()) {
                all.push_back(sample.angle_rad);
                all.push_back(sample.current_A);
            }
        }
        const LockInReading reading = bench.lock_in();
        all.insert(all.end(), {reading.angle_rad.real(), reading.angle_rad.imag()});
        all.insert(all.end(), {reading.current_A.real(), bench.shown_K(), bench.time_s()});
        all.push_back(bench.gauge().pressure_Pa.value_or(-1.0));
        return all;
    };
    std::vector<double> fine;
    for (int k = 1; k <= 1000; ++k) {
        fine.push_back(0.01 * k);
    }
    fine[499] = 5.0;
    fine[999] = 10.0;
    const std::vector<double> whole = run(3, {5.0, 10.0});
    CHECK(whole.size() == 2 * 2501 + 6);
    CHECK(run(3, fine) == whole);
    CHECK(run(3, {0.0, 1.23456, 5.0, 5.0, 9.99999, 10.0}) == whole);
    CHECK(run(4, {5.0, 10.0}) != whole);
}

TEST_CASE(
    "the furnace brings thermocouple and specimen to the set point", "[simulator][pendulum]"
) {
    PendulumSetup setup(ShearMaterial::none());
    setup.body.step_s = 1.0 / 64.0;  // only the furnace matters
    setup.thermocouple.offset_K = 0.5;
    PendulumBench bench(setup);
    bench.set_temperature(450.0, 5.0);
    bench.advance_to(900.0);
    CHECK(bench.set_point_K() == Approx(298.65 + 75.0).margin(0.02));
    CHECK(std::abs(bench.shown_K() - bench.set_point_K()) < 8.0);  // on its way, lagging
    bench.advance_to(5400.0);
    CHECK(bench.set_point_K() == 450.0);
    CHECK(bench.shown_K() == Approx(450.0).margin(0.1));
    CHECK(bench.body().temperature_K() == Approx(449.5).margin(0.1));  // truth: less the offset
    bench.heater_off();
    CHECK_FALSE(bench.heater_on());
    bench.advance_to(14400.0);
    CHECK(bench.body().temperature_K() < 310.0);
}

TEST_CASE("a ramp across T_g is followed without steps", "[simulator][pendulum]") {
    PendulumSetup setup = quiet_setup();
    setup.body.step_s = 1.0 / 2048.0;
    PendulumBench bench(setup);
    bench.set_temperature(448.0, 0.0);
    bench.advance_to(600.0);
    bench.set_drive(CoilDrive(0.0, 0.05, 2.0));
    bench.set_temperature(478.0, 6.0);
    bench.digitise(200.0);
    bench.advance_to(640.0);
    static_cast<void>(bench.take_samples());
    for (int k = 0; k < 6; ++k) {  // 0.4 K each
        const double start_s = bench.time_s();
        bench.advance_to(start_s + 2.0);
        const double middle_K = bench.body().temperature_K();
        const std::complex<double> expected =
            setup.body.torque_N_m_per_A / dynamic_stiffness_N_m(bench.body(), 2.0);
        bench.advance_to(start_s + 4.0);
        const std::complex<double> measured = 1.0 / current_per_angle(bench, 2.0);
        CHECK(middle_K > 448.0);
        CHECK(std::abs(measured / expected - 1.0) < 5e-4);
        bench.advance_to(start_s + 20.0);
        static_cast<void>(bench.take_samples());
    }
    CHECK(bench.body().temperature_K() > 460.0);
}

TEST_CASE("the specimen relaxes its structure while it hangs there", "[simulator][pendulum]") {
    GlassOptions options;
    options.structural_relaxation = true;
    options.fictive_temperature_K = 475.0;  // quenched
    const Specimen specimen(test::table1(), {}, *checked_glass(options, test::table1()));
    PendulumSetup setup(ShearMaterial::glass(specimen, 540.0));
    setup.furnace = FurnaceOptions();
    setup.body.step_s = 1.0 / 512.0;
    PendulumBench bench(setup);
    bench.set_temperature(440.0, 0.0);
    bench.set_drive(CoilDrive(0.0, 0.05, 1.0));
    bench.advance_to(1.0);
    const double quenched = 0.4 + 0.00231 * 22.0;
    CHECK(bench.truth().chi == Approx(quenched));
    bench.advance_to(600.0);
    const double softer = bench.truth().tan_phi;

    GlassState alone(specimen);
    Furnace furnace;
    while (furnace.reached_s() < 1200.0) {
        furnace.step(440.0, true);
        alone.advance(furnace_step_s, furnace.specimen_K());
    }
    bench.advance_to(1200.0);
    CHECK(bench.truth().chi == Approx(alone.structure(440.0).chi).epsilon(1e-4));
    CHECK(bench.truth().chi < quenched - 0.01);
    CHECK(bench.truth().tan_phi < 0.99 * softer);
    const double tau_max_s = specimen.times_at(440.0, bench.truth().chi).tau_max_s;
    CHECK(bench.truth().tau_max_s == Approx(tau_max_s).epsilon(1e-3));
}

TEST_CASE("overload names the time at which an input was clipped", "[simulator][pendulum]") {
    PendulumSetup setup = quiet_setup();
    setup.material = ShearMaterial::none();
    PendulumBench bench(setup);
    bench.advance_to(1.0);
    CHECK(bench.lock_in().clipped_s < 0.0);
    bench.deflect(6e-3);
    bench.advance_to(1.1);
    CHECK(bench.lock_in().clipped_s == Approx(1.1).margin(2e-3));
}

TEST_CASE("a digitised scan point gives the specimen's modulus back", "[simulator][pendulum]") {
    PendulumSetup setup = glass_setup();
    setup.furnace = FurnaceOptions();
    PendulumBench bench(setup);
    bench.open_pump(true);
    bench.set_temperature(480.0, 0.0);
    bench.advance_to(700.0);
    bench.set_drive(CoilDrive(0.0, 0.05, 0.5));
    bench.advance_to(720.0);
    bench.digitise(500.0);
    bench.advance_to(740.0);
    const std::complex<double> ratio = current_per_angle(bench, 0.5);
    // INSTRUMENTS 8.2 with the known delay and clamps.
    const PendulumParameters& p = setup.body;
    const double omega = pi;
    std::complex<double> K = p.torque_N_m_per_A * ratio *
                             (1.0 - std::complex<double>(0.0, omega * setup.sensors.angle_delay_s));
    K += p.inertia_kg_m2 * omega * omega;
    K -= std::complex<double>(p.wire_N_m, p.wire_N_m * p.wire_tan_phi + omega * p.eddy_N_m_s);
    const std::complex<double> G = 1.0 / (1.0 / K - p.clamp_rad_per_N_m) / setup.bar.form_m3();
    const PendulumTruth truth = bench.truth();
    CHECK(G.real() == Approx(truth.G_storage_Pa).epsilon(2e-3));
    CHECK(G.imag() / G.real() == Approx(truth.tan_phi).margin(1e-3));
}

}  // namespace relaxd::simulator
