// SPDX-License-Identifier: MIT
#include "drivers/simulator/pendulum_sensor.hpp"

#include "drivers/simulator/noise.hpp"
#include "drivers/simulator/number_rule.hpp"
#include "schema/base/assert.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace relaxd::simulator {
namespace {

constexpr double pi = std::numbers::pi;

// Channels of noise.hpp that nobody else uses.
constexpr NoiseChannel drift_channel{101};
constexpr NoiseChannel angle_channel[] = {NoiseChannel{102}, NoiseChannel{103}};
constexpr NoiseChannel current_channel[] = {NoiseChannel{104}, NoiseChannel{105}};

constexpr double mains_angle_phase = 0.7;  // of the pick-up at time 0; chosen
constexpr double mains_current_phase = 2.1;

// A density in 1/sqrt(Hz) as the deviation of samples whose band ends at half their rate.
double deviation(double density, double rate_Hz) {
    return density * std::sqrt(0.5 * rate_Hz);
}

double clipped(double value, double range, bool& flag) {
    flag = std::abs(value) > range;
    return std::clamp(value, -range, range);
}

}  // namespace

PendulumSensors PendulumSensors::ideal() {
    PendulumSensors sensors;
    sensors.angle_offset_rad = 0.0;
    sensors.angle_drift_rad = 0.0;
    sensors.angle_noise_rad_per_sqrtHz = 0.0;
    sensors.angle_delay_s = 0.0;
    sensors.mains_angle_rad = 0.0;
    sensors.sense_offset_A = 0.0;
    sensors.sense_noise_A_per_sqrtHz = 0.0;
    sensors.mains_current_A = 0.0;
    return sensors;
}

Result<PendulumSensors> PendulumSensors::checked(const PendulumSensors& sensors) {
    using S = PendulumSensors;
    const NumberRule<S> rules[] = {
        {"angle_V_per_rad", &S::angle_V_per_rad, 0.0, false, 1e9},
        {"angle_range_rad", &S::angle_range_rad, 0.0, false, 10.0},
        {"angle_offset_rad", &S::angle_offset_rad, -10.0, true, 10.0},
        {"angle_drift_rad", &S::angle_drift_rad, 0.0, true, 10.0},
        {"drift_time_s", &S::drift_time_s, 0.0, false, 1e9},
        {"angle_ramp_rad_per_s", &S::angle_ramp_rad_per_s, -1.0, true, 1.0},
        {"angle_noise_rad_per_sqrtHz", &S::angle_noise_rad_per_sqrtHz, 0.0, true, 1.0},
        {"angle_delay_s", &S::angle_delay_s, 0.0, true, 0.01},
        {"mains_Hz", &S::mains_Hz, 0.0, false, 1e3},
        {"mains_angle_rad", &S::mains_angle_rad, 0.0, true, 1.0},
        {"sense_V_per_A", &S::sense_V_per_A, 0.0, false, 1e9},
        {"sense_range_A", &S::sense_range_A, 0.0, false, 1e3},
        {"sense_offset_A", &S::sense_offset_A, -1e3, true, 1e3},
        {"sense_noise_A_per_sqrtHz", &S::sense_noise_A_per_sqrtHz, 0.0, true, 1.0},
        {"mains_current_A", &S::mains_current_A, 0.0, true, 1e3},
    };
    return checked_numbers<S>(sensors, rules, "the pendulum's");
}

double angle_drift_rad(const PendulumSensors& sensors, std::uint64_t seed, double time_s) {
    double drift = sensors.angle_ramp_rad_per_s * time_s;
    if (sensors.angle_drift_rad == 0.0) {
        return drift;
    }
    // Cosine and sine of a smooth step: the variance is the same at every time.
    const double knot = std::floor(time_s / sensors.drift_time_s);
    const double s = time_s / sensors.drift_time_s - knot;
    const double turn = 0.5 * pi * s * s * (3.0 - 2.0 * s);
    const auto number = static_cast<std::uint64_t>(std::max(knot, 0.0));
    drift += sensors.angle_drift_rad *
             (std::cos(turn) * normal_deviate(seed, number, drift_channel) +
              std::sin(turn) * normal_deviate(seed, number + 1, drift_channel));
    return drift;
}

RawSample sensed(
    const PendulumSensors& sensors,
    const PendulumMotion& motion,
    std::uint64_t seed,
    std::uint64_t number,
    double rate_Hz,
    PendulumReader reader
) {
    const auto device = static_cast<std::size_t>(reader);
    const double mains = 2.0 * pi * sensors.mains_Hz * motion.time_s;
    RawSample sample;
    sample.time_s = motion.time_s;

    double angle = motion.angle_rad - sensors.angle_delay_s * motion.velocity_rad_s;
    angle += sensors.angle_offset_rad + angle_drift_rad(sensors, seed, motion.time_s);
    angle += sensors.mains_angle_rad * std::sin(mains + mains_angle_phase);
    if (sensors.angle_noise_rad_per_sqrtHz > 0.0) {
        angle += deviation(sensors.angle_noise_rad_per_sqrtHz, rate_Hz) *
                 normal_deviate(seed, number, angle_channel[device]);
    }
    sample.angle_rad = clipped(angle, sensors.angle_range_rad, sample.angle_clipped);

    double current = motion.current_A + sensors.sense_offset_A;
    current += sensors.mains_current_A * std::sin(mains + mains_current_phase);
    if (sensors.sense_noise_A_per_sqrtHz > 0.0) {
        current += deviation(sensors.sense_noise_A_per_sqrtHz, rate_Hz) *
                   normal_deviate(seed, number, current_channel[device]);
    }
    sample.current_A = clipped(current, sensors.sense_range_A, sample.current_clipped);
    return sample;
}

PendulumDigitiser::PendulumDigitiser(
    const PendulumSensors& sensors, std::uint64_t seed, double rate_Hz, double start_s
)
    : sensors_(sensors),
      seed_(seed),
      rate_Hz_(rate_Hz),
      next_(static_cast<std::uint64_t>(std::ceil(std::max(start_s, 0.0) * rate_Hz))) {
    RELAXD_ASSERT(rate_Hz > 0.0);
}

void PendulumDigitiser::follow(const PendulumBody& body) {
    for (;;) {
        const double time_s = static_cast<double>(next_) / rate_Hz_;
        if (time_s > body.time_s()) {
            return;
        }
        if (samples_.size() < capacity) {
            const PendulumMotion motion = body.motion_at(time_s);
            samples_.push_back(
                sensed(sensors_, motion, seed_, next_, rate_Hz_, PendulumReader::digitiser)
            );
        } else {
            ++lost_;
        }
        ++next_;
    }
}

std::vector<RawSample> PendulumDigitiser::take() {
    return std::exchange(samples_, {});
}

}  // namespace relaxd::simulator
