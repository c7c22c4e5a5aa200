// SPDX-License-Identifier: MIT
//
// CSV files with a truth that is nobody's code: closed forms and repeatable noise.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <sstream>
#include <string>

namespace relaxd::test {

/// Repeatable noise of unit variance, near enough to normal: a sum of twelve.
class Noise {
  public:
    explicit Noise(std::uint64_t seed = 7) : state_(seed) {}
    double operator()() {
        double sum = -6.0;
        for (int i = 0; i < 12; ++i) {
            state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
            sum += static_cast<double>(state_ >> 11U) * 0x1p-53;
        }
        return sum;
    }

  private:
    std::uint64_t state_;
};

inline constexpr const char* moduli_header =
    "time_s,temperature_K,frequency_Hz,storage_modulus_Pa,loss_modulus_Pa,"
    "storage_modulus_sigma_Pa,loss_modulus_sigma_Pa\n";

/// One relaxation (Debye) on an elastic background: nothing that the fits compute with.
inline std::string ramp(
    const std::string& keys, double low_K, double high_K, double scale = 1.0, std::uint64_t seed = 7
) {
    Noise noise(seed);
    std::ostringstream text;
    text.precision(12);
    text << keys << moduli_header;
    double time_s = 0.0;
    for (double T = low_K; T < high_K; T += 2.0) {
        for (const double f : {1.0, 4.0, 16.0}) {
            const double x = 2.0 * std::numbers::pi * f * 1e-13 * std::exp(86e3 / (8.314463 * T));
            const double storage = scale * (31e9 + 3e9 * x * x / (1.0 + x * x)) + 6e7 * noise();
            const double loss = scale * (4e7 + 3e9 * x / (1.0 + x * x)) + 1e7 * noise();
            text << (time_s += 6.0) << "," << T << "," << f << "," << storage << "," << loss
                 << ",6e7,1e7\n";
        }
    }
    return text.str();
}

}  // namespace relaxd::test
