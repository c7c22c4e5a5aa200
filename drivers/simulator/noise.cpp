// SPDX-License-Identifier: MIT
#include "drivers/simulator/noise.hpp"

#include <cmath>
#include <numbers>

namespace relaxd::simulator {
namespace {

std::uint64_t mix(std::uint64_t z) {
    z += 0x9E3779B97F4A7C15ULL;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31U);
}

// 53 bits, in (0, 1]: the logarithm below never meets 0.
double uniform(std::uint64_t bits) {
    return (static_cast<double>(bits >> 11U) + 1.0) * 0x1.0p-53;
}

}  // namespace

std::uint64_t random_bits(std::uint64_t seed, std::uint64_t stream, std::uint64_t number) {
    return mix(mix(mix(~seed) ^ stream) + number);
}

double random_share(std::uint64_t seed, std::uint64_t stream, std::uint64_t number) {
    return uniform(random_bits(seed, stream, number));
}

double normal_deviate(std::uint64_t seed, std::uint64_t number, NoiseChannel channel) {
    const std::uint64_t stream = mix(mix(seed) + static_cast<std::uint64_t>(channel));
    const std::uint64_t first = mix(stream + 2 * number);
    const std::uint64_t second = mix(mix(stream) ^ (2 * number + 1));
    const double radius = std::sqrt(-2.0 * std::log(uniform(first)));
    return radius * std::cos(2.0 * std::numbers::pi * uniform(second));
}

NoiseSizes NoiseSizes::none() {
    NoiseSizes sizes;
    sizes.storage_relative = 0.0;
    sizes.loss_relative = 0.0;
    sizes.loss_floor_Pa = 0.0;
    sizes.displacement_relative = 0.0;
    sizes.displacement_floor_m = 0.0;
    sizes.drift_relative = 0.0;
    return sizes;
}

double Drift::next(std::uint64_t number, double time_s) {
    if (sizes_.drift_relative == 0.0) {
        return 0.0;
    }
    const double deviate = normal_deviate(seed_, number, NoiseChannel::drift);
    if (!started_) {
        value_ = sizes_.drift_relative * deviate;
        started_ = true;
    } else {
        const double keep = std::exp(-(time_s - time_s_) / sizes_.drift_time_s);
        value_ = keep * value_ + std::sqrt(1.0 - keep * keep) * sizes_.drift_relative * deviate;
    }
    time_s_ = time_s;
    return value_;
}

}  // namespace relaxd::simulator
