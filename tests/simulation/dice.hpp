// SPDX-License-Identifier: MIT
//
// Random numbers of one seed, the same on every machine: SplitMix64 and nothing of <random>.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace relaxd::test::simulation {

class Dice {
  public:
    /// `stream` keeps those who throw apart: one more throw of one does not change the others'.
    Dice(std::uint64_t seed, std::uint64_t stream)
        : state_(seed * 0x9E3779B97F4A7C15U + stream * 0xD1B54A32D192ED03U) {
        (void)bits();
    }
    std::uint64_t bits() {
        state_ += 0x9E3779B97F4A7C15U;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
        z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
        return z ^ (z >> 31U);
    }
    /// 0 … n - 1.
    std::uint64_t pick(std::uint64_t n) { return bits() % n; }
    double between(double low, double high) {
        return low + (high - low) * static_cast<double>(bits() >> 11U) * 0x1.0p-53;
    }
    bool happens(double probability) { return between(0.0, 1.0) < probability; }
    template <typename T, std::size_t size>
    const T& one_of(const std::array<T, size>& choice) {
        return choice[static_cast<std::size_t>(pick(size))];
    }

  private:
    std::uint64_t state_;
};

}  // namespace relaxd::test::simulation
