// SPDX-License-Identifier: MIT
//
// What the pendulum's electronics show of angle and coil current: scale, offset, slow drift, white
// noise, mains pick-up, a delay, and a range at which the signal is clipped; and a digitiser that
// samples both on one clock.
//
// Everything is a function of the motion, of time, and of (seed, sample number): nothing depends on
// when somebody looks. Voltages are the SI values times the scales. One object, one thread.

#pragma once

#include "drivers/simulator/pendulum_body.hpp"

#include <cstdint>
#include <vector>

namespace relaxd::simulator {

struct PendulumSensors {
    PendulumSensors() = default;
    double angle_V_per_rad = 2000.0;
    double angle_range_rad = 5e-3;  ///< Clipped at plus and minus this: 10 V.
    double angle_offset_rad = 2e-5;
    double angle_drift_rad = 2e-6;  ///< Standard deviation of a slow wander …
    double drift_time_s = 600.0;    ///< … between independent values this far apart.
    double angle_ramp_rad_per_s = 0.0;
    double angle_noise_rad_per_sqrtHz = 2e-8;
    double angle_delay_s = 1e-4;  ///< Small: the angle shown is theta - delay theta'.
    double mains_Hz = 50.0;
    double mains_angle_rad = 2e-6;  ///< Amplitude of the pick-up.

    double sense_V_per_A = 100.0;
    double sense_range_A = 0.1;
    double sense_offset_A = 2e-6;
    double sense_noise_A_per_sqrtHz = 5e-9;
    double mains_current_A = 2e-6;

    /// Neither noise nor offset, drift, delay, pick-up; scales and ranges stay.
    [[nodiscard]] static PendulumSensors ideal();

    /// Error `invalid` names the first number that is impossible.
    [[nodiscard]] static Result<PendulumSensors> checked(const PendulumSensors& sensors);
};

/// Both channels at one instant, as the electronics show them.
struct RawSample {
    RawSample() = default;
    double time_s = 0.0;
    double angle_rad = 0.0;
    double current_A = 0.0;
    bool angle_clipped = false;
    bool current_clipped = false;
};

/// Whose noise: each device samples for itself.
enum class PendulumReader : std::uint8_t { digitiser, lock_in };

/// What is shown of `motion` to a device that takes `rate_Hz` samples a second, at sample `number`.
[[nodiscard]] RawSample sensed(
    const PendulumSensors& sensors,
    const PendulumMotion& motion,
    std::uint64_t seed,
    std::uint64_t number,
    double rate_Hz,
    PendulumReader reader
);

/// The slow wander of the angle's zero at a time, in rad.
[[nodiscard]] double angle_drift_rad(
    const PendulumSensors& sensors, std::uint64_t seed, double time_s
);

/// Samples at number / rate, number = 0, 1, 2 … from the body's time 0.
class PendulumDigitiser {
  public:
    /// `rate_Hz` is above 0. The first sample is the first not before `start_s`.
    PendulumDigitiser(
        const PendulumSensors& sensors, std::uint64_t seed, double rate_Hz, double start_s
    );

    /// Takes the samples of the body's last step. Call after every step.
    void follow(const PendulumBody& body);

    [[nodiscard]] double rate_Hz() const { return rate_Hz_; }

    /// What has been sampled since the last call, at most `capacity`.
    [[nodiscard]] std::vector<RawSample> take();

    /// Samples that found the memory full, ever: the newest are lost, as in a real stream.
    [[nodiscard]] std::uint64_t lost() const { return lost_; }

    static constexpr std::size_t capacity = 1U << 20U;

  private:
    PendulumSensors sensors_;
    std::uint64_t seed_;
    double rate_Hz_;
    std::uint64_t next_;
    std::uint64_t lost_ = 0;
    std::vector<RawSample> samples_;
};

}  // namespace relaxd::simulator
