// SPDX-License-Identifier: MIT
#include "drivers/simulator/pendulum_sensor.hpp"
#include "drivers/simulator/pendulum_steady.hpp"
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

// A glass at 470 K, driven at `frequency_Hz`, far enough from its start.
PendulumBody settled(double frequency_Hz, double amplitude_A) {
    PendulumBody body(
        PendulumParameters(), TorsionBar(), ShearMaterial::glass(test::table1(), 540.0)
    );
    body.set_surroundings(470.0, 0.1);
    body.set_drive(CoilDrive(0.0, amplitude_A, frequency_Hz));
    while (body.time_s() < 40.0) {
        body.step();
    }
    return body;
}

std::vector<RawSample> recorded(PendulumBody& body, PendulumDigitiser& digitiser, double time_s) {
    const double end_s = body.time_s() + time_s;
    while (body.time_s() < end_s) {
        body.step();
        digitiser.follow(body);
    }
    return digitiser.take();
}

struct Demodulated {
    std::complex<double> angle;
    std::complex<double> current;
};

Demodulated demodulated(const std::vector<RawSample>& samples, double frequency_Hz) {
    std::vector<double> time_s;
    std::vector<double> angle;
    std::vector<double> current;
    for (const RawSample& sample : samples) {
        time_s.push_back(sample.time_s);
        angle.push_back(sample.angle_rad);
        current.push_back(sample.current_A);
    }
    return {
        test::demodulated(time_s, angle, frequency_Hz),
        test::demodulated(time_s, current, frequency_Hz)
    };
}

}  // namespace

TEST_CASE("sampled waveforms at any rate give the closed form back", "[simulator][pendulum]") {
    const double rate_Hz = GENERATE(100.0, 333.3, 1000.0, 10000.0);  // below and above the step's
    PendulumBody body = settled(1.0, 0.05);
    PendulumDigitiser digitiser(PendulumSensors::ideal(), 5, rate_Hz, body.time_s());
    const std::vector<RawSample> samples = recorded(body, digitiser, 4.0);
    CHECK(std::abs(static_cast<double>(samples.size()) - 4.0 * rate_Hz) <= 1.0);
    const Demodulated both = demodulated(samples, 1.0);
    const PendulumResponse expected = steady_response(body, 1.0, 0.05);
    const std::complex<double> ratio = both.angle / both.current;
    CHECK(std::abs(ratio) == Approx(expected.angle_rad / 0.05).epsilon(2e-6));
    CHECK(std::arg(ratio) == Approx(-expected.delta_rad).margin(2e-6));
}

TEST_CASE("noise, drift and mains leave what least squares can find", "[simulator][pendulum]") {
    PendulumBody body = settled(1.0, 0.05);
    const PendulumSensors sensors;
    PendulumDigitiser digitiser(sensors, 5, 1000.0, body.time_s());
    const Demodulated both = demodulated(recorded(body, digitiser, 10.0), 1.0);
    const PendulumResponse expected = steady_response(body, 1.0, 0.05);
    const std::complex<double> ratio = both.angle / both.current;
    // White noise: sqrt(2/N) sigma / A per channel; five of them, and the mains' leakage.
    const double sigma =
        std::sqrt(2.0 / 1e4) * sensors.angle_noise_rad_per_sqrtHz * std::sqrt(500.0);
    const double allowed = 5.0 * sigma / expected.angle_rad + 2e-5;
    CHECK(std::abs(std::abs(ratio) / (expected.angle_rad / 0.05) - 1.0) < allowed);
    // The sensor's delay turns the angle back by omega delay.
    const double delta = expected.delta_rad + 2.0 * pi * sensors.angle_delay_s;
    CHECK(std::abs(std::arg(ratio) + delta) < allowed);
    CHECK(std::abs(std::arg(ratio) + expected.delta_rad) > allowed);
}

TEST_CASE("the white noise has its density at every rate", "[simulator][pendulum]") {
    PendulumSensors sensors = PendulumSensors::ideal();
    sensors.angle_noise_rad_per_sqrtHz = 1e-7;
    sensors.sense_noise_A_per_sqrtHz = 2e-7;
    for (const double rate_Hz : {10.0, 1000.0}) {
        double angle = 0.0;
        double current = 0.0;
        double product = 0.0;
        const std::uint64_t count = 4000;
        for (std::uint64_t k = 0; k < count; ++k) {
            const RawSample sample =
                sensed(sensors, PendulumMotion(), 3, k, rate_Hz, PendulumReader::digitiser);
            angle += sample.angle_rad * sample.angle_rad;
            current += sample.current_A * sample.current_A;
            product += sample.angle_rad * sample.current_A;
        }
        const double n = static_cast<double>(count);
        CHECK(std::sqrt(angle / n) == Approx(1e-7 * std::sqrt(rate_Hz / 2)).epsilon(0.05));
        CHECK(std::sqrt(current / n) == Approx(2e-7 * std::sqrt(rate_Hz / 2)).epsilon(0.05));
        CHECK(std::abs(product) / std::sqrt(angle * current) < 5.0 / std::sqrt(n));
    }
}

TEST_CASE("the slow drift is smooth, bounded and the seed's own", "[simulator][pendulum]") {
    PendulumSensors sensors;
    sensors.angle_drift_rad = 1e-6;
    sensors.drift_time_s = 10.0;
    double squares = 0.0;
    double steepest = 0.0;
    const int count = 40000;
    for (int k = 0; k < count; ++k) {
        const double t = 0.25 * k;
        const double here = angle_drift_rad(sensors, 1, t);
        squares += here * here;
        steepest = std::max(steepest, std::abs(angle_drift_rad(sensors, 1, t + 1e-3) - here));
    }
    CHECK(std::sqrt(squares / count) == Approx(1e-6).epsilon(0.1));  // 1000 independent values
    CHECK(steepest < 2e-9);                                          // 1e-3 s of 10 s
    CHECK(angle_drift_rad(sensors, 1, 5.0) != angle_drift_rad(sensors, 2, 5.0));
    sensors.angle_drift_rad = 0.0;
    sensors.angle_ramp_rad_per_s = 1e-8;
    CHECK(angle_drift_rad(sensors, 1, 50.0) == Approx(5e-7));
}

TEST_CASE("mains pick-up appears at its frequency, in both channels", "[simulator][pendulum]") {
    PendulumSensors sensors = PendulumSensors::ideal();
    sensors.mains_Hz = 60.0;
    sensors.mains_angle_rad = 3e-6;
    sensors.mains_current_A = 4e-6;
    PendulumBody body(PendulumParameters(), TorsionBar(), ShearMaterial::elastic(1e10));
    PendulumDigitiser digitiser(sensors, 5, 1000.0, 0.0);
    const Demodulated both = demodulated(recorded(body, digitiser, 2.0), 60.0);
    CHECK(std::abs(both.angle) == Approx(3e-6));
    CHECK(std::abs(both.current) == Approx(4e-6));
}

TEST_CASE("a signal beyond its range is clipped and says so", "[simulator][pendulum]") {
    PendulumSensors sensors = PendulumSensors::ideal();
    PendulumMotion motion;
    motion.angle_rad = -6e-3;
    motion.current_A = 0.09;
    const RawSample sample = sensed(sensors, motion, 1, 0, 1000.0, PendulumReader::digitiser);
    CHECK(sample.angle_rad == -5e-3);
    CHECK(sample.angle_clipped);
    CHECK(sample.current_A == 0.09);
    CHECK_FALSE(sample.current_clipped);
}

TEST_CASE("a digitiser that nobody empties loses the newest and counts", "[simulator][pendulum]") {
    PendulumParameters p;
    p.step_s = 0.1;
    PendulumBody body(p, TorsionBar(), ShearMaterial::none());
    PendulumDigitiser digitiser(PendulumSensors::ideal(), 5, 1e6, 0.0);
    while (body.time_s() < 1.1) {
        body.step();
        digitiser.follow(body);
    }
    const std::vector<RawSample> samples = digitiser.take();
    REQUIRE(samples.size() == PendulumDigitiser::capacity);
    CHECK(samples.back().time_s == Approx(1.048575));
    CHECK(digitiser.lost() + samples.size() == 1'100'001);
    body.step();
    digitiser.follow(body);
    CHECK(digitiser.take().front().time_s > 1.1);
}

TEST_CASE("impossible sensors are refused by name", "[simulator][pendulum]") {
    CHECK(PendulumSensors::checked(PendulumSensors()));
    CHECK(PendulumSensors::checked(PendulumSensors::ideal()));
    PendulumSensors sensors;
    sensors.drift_time_s = 0.0;
    CHECK(PendulumSensors::checked(sensors).error().where == "drift_time_s");
    sensors = PendulumSensors();
    sensors.angle_noise_rad_per_sqrtHz = std::nan("");
    CHECK(PendulumSensors::checked(sensors).error().where == "angle_noise_rad_per_sqrtHz");
}

TEST_CASE("each reader has its own noise and no seed is another's", "[simulator][pendulum]") {
    const PendulumSensors sensors;
    const auto angle = [&sensors](std::uint64_t seed, std::uint64_t n, PendulumReader reader) {
        return sensed(sensors, PendulumMotion(), seed, n, 1000.0, reader).angle_rad;
    };
    CHECK(angle(1, 5, PendulumReader::digitiser) == angle(1, 5, PendulumReader::digitiser));
    CHECK(angle(1, 5, PendulumReader::digitiser) != angle(1, 5, PendulumReader::lock_in));
    CHECK(angle(1, 5, PendulumReader::digitiser) != angle(2, 5, PendulumReader::digitiser));
    CHECK(angle(1, 5, PendulumReader::digitiser) != angle(1, 6, PendulumReader::digitiser));
}

}  // namespace relaxd::simulator
