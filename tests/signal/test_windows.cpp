// SPDX-License-Identifier: MIT
// Steady values with their errors, and the verdict on windows.
#include "drivers/simulator/pendulum_bench.hpp"
#include "model/signal/demodulate.hpp"
#include "model/signal/steady.hpp"
#include "model/signal/window_judge.hpp"
#include "tests/signal/synthetic.hpp"
#include "tests/support/catch.hpp"

#include <cmath>
#include <cstdint>
#include <vector>

namespace relaxd::model {
namespace {

using test::OfTime;
using test::pi;
using test::sine;
using test::waveform_of;

constexpr auto nothing = [](double) { return 0.0; };

}  // namespace

TEST_CASE("a steady value is that of the middle, whatever the parabola", "[signal][steady]") {
    const OfTime angle = [](double t) { return 0.2 + 0.03 * t - 0.004 * t * t; };
    record::Waveform waveform =
        waveform_of(record::unknown, 200.0, 2001, angle, [](double) { return 0.5; });
    waveform.kind = record::WaveformKind::steady;
    waveform.first_time_s = 100.0;
    const Result<Steady> out = fit_steady(waveform);
    REQUIRE(out);
    CHECK(out->mid_time_s == Approx(105.0).epsilon(1e-12));
    CHECK(out->duration_s == Approx(10.005).epsilon(1e-12));
    CHECK(out->angle.value_V == Approx(angle(5.0)).margin(1e-9));
    CHECK(out->angle.drift_V_per_s == Approx(0.03 - 0.04).margin(1e-8));
    CHECK(out->torque.value_V == Approx(0.5).margin(1e-12));
    CHECK(out->angle.sigma_V < 1e-9);
    CHECK(out->angle.sigma_V > 0.0);
}

TEST_CASE("a steady value's error is the one it tells", "[signal][steady]") {
    // The sensors of the simulated pendulum over a creeping angle: noise, mains, wander.
    simulator::PendulumSensors sensors;
    double square = 0.0;
    double beyond = 0.0;
    constexpr int windows = 300;
    for (int k = 0; k < windows; ++k) {
        const double start_s = 20.0 + 700.0 * k;
        std::vector<simulator::RawSample> all;
        for (std::uint64_t i = 0; i < 2000; ++i) {
            simulator::PendulumMotion motion;
            motion.time_s = start_s + static_cast<double>(i) / 130.0;
            const double s = static_cast<double>(i) / 130.0;
            motion.angle_rad = 1e-3 + 1e-6 * s;
            motion.velocity_rad_s = 1e-6;
            motion.current_A = 0.01;
            all.push_back(simulator::sensed(
                sensors,
                motion,
                static_cast<std::uint64_t>(k) + 1U,
                i,
                130.0,
                simulator::PendulumReader::digitiser
            ));
        }
        const Result<Steady> out = fit_steady(
            test::waveform_of(all, sensors, 130.0, record::unknown, record::WaveformKind::steady)
        );
        REQUIRE(out);
        const double s = 0.5 * 1999.0 / 130.0;
        const double wander =
            simulator::angle_drift_rad(sensors, static_cast<std::uint64_t>(k) + 1U, start_s + s);
        const double truth = sensors.angle_V_per_rad * (1e-3 + 1e-6 * (s - sensors.angle_delay_s) +
                                                        sensors.angle_offset_rad + wander);
        const double z = (out->angle.value_V - truth) / out->angle.sigma_V;
        square += z * z / windows;
        beyond += std::abs(z) > 3.0 ? 1.0 / windows : 0.0;
    }
    CHECK(std::sqrt(square) == Approx(1.0).margin(0.25));
    CHECK(beyond <= 0.03);
}

TEST_CASE("neighbours that are alike widen a steady value's error", "[signal][steady]") {
    // A wander of a fifth of the window: ten batches know less than they seem to.
    double square = 0.0;
    constexpr int windows = 200;
    for (int k = 0; k < windows; ++k) {
        const OfTime angle = [k](double t) {
            return 1e-3 * std::sin(2.0 * pi * 0.31 * t + 1.7 * k) +
                   1e-3 * std::sin(2.0 * pi * 0.47 * t + 2.9 * k);
        };
        const Result<Steady> out =
            fit_steady(waveform_of(record::unknown, 100.0, 1000, angle, nothing));
        REQUIRE(out);
        square += std::pow(out->angle.value_V / out->angle.sigma_V, 2) / windows;
    }
    CHECK(std::sqrt(square) < 1.2);
}

TEST_CASE("too short a steady window is refused", "[signal][steady]") {
    const Result<Steady> out = fit_steady(waveform_of(1.0, 100.0, 47, nothing, nothing));
    REQUIRE_FALSE(out);
    CHECK(out.error().code == Errc::invalid);
    CHECK_THAT(out.error().message, Catch::Contains("47 samples"));
    CHECK(fit_steady(waveform_of(1.0, 100.0, 48, nothing, nothing)));
}

TEST_CASE("a window is settled when it agrees with the one before", "[signal][judge]") {
    const auto window = [](double transient) {
        const OfTime angle = [transient](double t) {
            return (1.0 + transient) * sine(1.0, Complex(0.3, -0.1))(t);
        };
        return waveform_of(1.0, 200.0, 600, angle, sine(1.0, 1.0), 1e-6);
    };
    const record::Waveform first = window(0.02);
    const record::Waveform second = window(0.0);
    WindowJudgement out = judge_window(nullptr, first);
    CHECK_FALSE(out.is_settled);
    CHECK_FALSE(out.is_clipped);
    CHECK(out.why == "it is the first window after a change");
    CHECK(out.worth_waiting_s == 3.0);
    out = judge_window(&first, second);
    CHECK_FALSE(out.is_settled);
    CHECK(out.angle_V == Approx(std::hypot(0.3, 0.1)).epsilon(1e-6));
    CHECK(out.torque_V == Approx(1.0).epsilon(1e-6));
    CHECK_THAT(out.why, Catch::Contains("changed by 1.96 %"));
    CHECK(out.worth_waiting_s == 3.0);
    out = judge_window(&second, second);
    CHECK(out.is_settled);
    CHECK(out.why.empty());
    CHECK(out.worth_waiting_s == 0.0);
    CHECK(judge_window(&first, second, 3.0, 0.05).is_settled);
}

TEST_CASE("a clipped window is never settled and says which channel", "[signal][judge]") {
    record::Waveform window = waveform_of(1.0, 200.0, 600, sine(1.0, 1.0), sine(1.0, 1.0), 1e-6);
    window.channels[1].low_V = -0.5;
    const WindowJudgement out = judge_window(&window, window);
    CHECK(out.is_clipped);
    CHECK_FALSE(out.is_settled);
    CHECK_THAT(out.why, Catch::Contains("channel \"torque\" left its range in 33"));
    CHECK(out.angle_V == Approx(1.0).epsilon(1e-4));
    window.kind = record::WaveformKind::decay;
    CHECK_FALSE(judge_window(nullptr, window).is_settled);
}

TEST_CASE("what cannot be demodulated is not settled, and why", "[signal][judge]") {
    const record::Waveform whole =
        waveform_of(1.0, 200.0, 600, sine(1.0, 1.0), sine(1.0, 1.0), 1e-6);
    const record::Waveform broken =
        waveform_of(1.0, 200.0, 150, sine(1.0, 1.0), sine(1.0, 1.0), 1e-6);
    WindowJudgement out = judge_window(&whole, broken);
    CHECK_FALSE(out.is_settled);
    CHECK(std::isnan(out.angle_V));
    CHECK_THAT(out.why, Catch::Contains("0.75 of a period"));
    out = judge_window(&broken, whole);
    CHECK_FALSE(out.is_settled);
    CHECK_THAT(out.why, Catch::Contains("nothing to compare it with"));
}

TEST_CASE("decays and steady windows move, and are settled", "[signal][judge]") {
    const OfTime falling = [](double t) { return 2.0 + std::exp(-t) * sine(1.0, 1.0)(t); };
    record::Waveform window = waveform_of(record::unknown, 200.0, 600, falling, nothing, 1e-6);
    window.kind = record::WaveformKind::decay;
    WindowJudgement out = judge_window(nullptr, window);
    CHECK(out.is_settled);
    CHECK(out.angle_V == Approx(0.5 * (1.0 + std::exp(-0.5))).epsilon(0.03));
    const OfTime creeping = [](double t) { return 0.3 + 0.01 * t; };
    window = waveform_of(record::unknown, 200.0, 600, creeping, [](double) { return 0.7; }, 1e-6);
    window.kind = record::WaveformKind::steady;
    out = judge_window(nullptr, window);
    CHECK(out.is_settled);
    CHECK(out.angle_V == Approx(0.3 + 0.01 * 599.0 / 400.0).epsilon(1e-5));
    CHECK(out.torque_V == Approx(0.7).epsilon(1e-6));
}

TEST_CASE("an amplitude that still grows is not settled, however large the fit's own error is") {
    // 1 - exp(-t/tau) at 4 Hz, windows of three periods: to the fit most of the growth is noise.
    for (const double tau_s : {0.3, 1.0, 2.0, 5.0, 20.0}) {
        std::vector<record::Waveform> windows;
        double amplitude_V = 0.0;
        for (int k = 0; k < 400 && amplitude_V == 0.0; ++k) {
            const double start_s = 0.75 * k;
            const OfTime angle = [=](double t) {
                return (1.0 - std::exp(-(start_s + t) / tau_s)) * sine(4.0, Complex(0.3, 0.0))(t);
            };
            windows.push_back(waveform_of(4.0, 200.0, 150, angle, sine(4.0, 1.0), 1e-5));
            const record::Waveform* before = k > 0 ? &windows[windows.size() - 2] : nullptr;
            const WindowJudgement out = judge_window(before, windows.back());
            amplitude_V = out.is_settled ? out.angle_V : 0.0;
        }
        INFO("tau " << tau_s << " s");
        CHECK(amplitude_V == Approx(0.3).epsilon(0.03));
    }
}

TEST_CASE("a simulated pendulum settles when its transient is over", "[signal][judge]") {
    simulator::PendulumSetup setup(simulator::ShearMaterial::standard_linear(1.1e9, 1.0e9, 0.05));
    setup.body.gas_N_m_s = 0.0;
    simulator::PendulumBench bench(setup);
    bench.set_drive(simulator::CoilDrive(0.0, 0.02, 1.0));
    bench.digitise(200.0);
    std::vector<record::Waveform> windows;
    std::vector<bool> settled;
    for (int k = 1; k <= 8; ++k) {
        bench.advance_to(3.0 * k);
        windows.push_back(test::waveform_of(bench.take_samples(), setup.sensors, 200.0, 1.0));
        const record::Waveform* before = k > 1 ? &windows[windows.size() - 2] : nullptr;
        settled.push_back(judge_window(before, windows.back()).is_settled);
    }
    CHECK_FALSE(settled.front());
    CHECK(settled.back());
    const Result<Demodulated> last = demodulate(windows.back());
    REQUIRE(last);
    const simulator::PendulumResponse truth = simulator::steady_response(bench.body(), 1.0, 0.02);
    const Complex expected =
        setup.sensors.sense_V_per_A * 0.02 / (setup.sensors.angle_V_per_rad * truth.angle_rad) *
        std::polar(1.0, truth.delta_rad) / Complex(1.0, -2.0 * pi * setup.sensors.angle_delay_s);
    CHECK(
        std::abs(last->stiffness - expected) <
        4.0 * last->stiffness_sigma + 2e-5 * std::abs(expected)
    );
}

}  // namespace relaxd::model
