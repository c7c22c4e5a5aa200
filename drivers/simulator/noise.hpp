// SPDX-License-Identifier: MIT
//
// Random numbers that depend on nothing but seed, reading number and channel, so that neither the
// clock's speed nor the host's timing can change a run.
//
// Counter based: the mixing function of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014; constants of
// Vigna's public-domain splitmix64.c), two uniforms, Box-Muller. No std distribution: those differ
// between libraries.

#pragma once

#include <cstdint>

namespace relaxd::simulator {

enum class NoiseChannel : std::uint64_t {
    storage = 1,
    loss = 2,
    displacement = 3,
    drift = 4,
    force = 5,
    force_turned = 6,  ///< The quadrature a quarter of a cycle away.
    position = 7,
    position_turned = 8,
    thermocouple = 9,
    answer = 10,  ///< The force that answers to a displacement that is held.
    static_position = 11,
    thermocouple_start = 12,
    thermocouple_end = 13,
};

/// 64 random bits of (seed, stream, number): for draws that are not noise (faults).
[[nodiscard]] std::uint64_t random_bits(
    std::uint64_t seed, std::uint64_t stream, std::uint64_t number
);
/// The same as a number in (0, 1].
[[nodiscard]] double random_share(std::uint64_t seed, std::uint64_t stream, std::uint64_t number);

/// A standard normal deviate of (seed, number, channel).
[[nodiscard]] double normal_deviate(std::uint64_t seed, std::uint64_t number, NoiseChannel channel);

/// Sizes of the noise; one standard deviation is the relative part plus the floor.
struct NoiseSizes {
    double storage_relative = 0.003;
    double loss_relative = 0.01;
    double loss_floor_Pa = 3e6;
    double displacement_relative = 0.001;  ///< Creep: static displacement.
    double displacement_floor_m = 2e-9;
    double drift_relative = 0.0;  ///< Standard deviation of the slow common drift of E' and E''.
    double drift_time_s = 600.0;  ///< Its correlation time.

    /// All zero.
    [[nodiscard]] static NoiseSizes none();
};

/// A stationary first-order (Ornstein-Uhlenbeck) drift, sampled at the readings' times.
class Drift {
  public:
    Drift(std::uint64_t seed, const NoiseSizes& sizes) : seed_(seed), sizes_(sizes) {}

    /// The relative drift at reading `number`; call once a reading, in order.
    [[nodiscard]] double next(std::uint64_t number, double time_s);

  private:
    std::uint64_t seed_;
    NoiseSizes sizes_;
    double value_ = 0.0;
    double time_s_ = 0.0;
    bool started_ = false;
};

}  // namespace relaxd::simulator
