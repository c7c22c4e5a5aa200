// SPDX-License-Identifier: MIT
// Other ways to an amplitude, for comparison: multiply and average as a hardware lock-in does, and
// normal equations in long double with as many drift terms as wanted. Shares nothing with model/.
#pragma once

#include "schema/record/waveform.hpp"

#include <cmath>
#include <complex>
#include <cstddef>
#include <numbers>
#include <utility>
#include <vector>

namespace relaxd::test {

inline long double turn_of(const record::Waveform& waveform, std::size_t sample) {
    const long double turns = static_cast<long double>(waveform.frequency_Hz) *
                              static_cast<long double>(sample) /
                              static_cast<long double>(waveform.rate_Hz);
    return 2.0L * std::numbers::pi_v<long double> * (turns - std::floor(turns));
}

/// (2/N) sum x e^{-i w t}.
inline std::complex<double> multiply_average(
    const record::Waveform& waveform, const record::WaveformChannel& channel
) {
    long double x = 0.0L;
    long double y = 0.0L;
    const std::size_t samples = channel.codes.size();
    for (std::size_t i = 0; i < samples; ++i) {
        const auto volt = static_cast<long double>(channel.volt(i));
        x += volt * std::cos(turn_of(waveform, i));
        y -= volt * std::sin(turn_of(waveform, i));
    }
    const long double scale = 2.0L / static_cast<long double>(samples);
    return {static_cast<double>(scale * x), static_cast<double>(scale * y)};
}

/// Columns cos, -sin of `harmonics`, then `powers` powers of s = -1 … 1; the fundamental.
inline std::complex<double> normal_equations(
    const record::Waveform& waveform,
    const record::WaveformChannel& channel,
    int harmonics,
    int powers
) {
    const std::size_t samples = channel.codes.size();
    const auto n = static_cast<std::size_t>(2 * harmonics + powers);
    std::vector<std::vector<long double>> rows(n, std::vector<long double>(n + 1, 0.0L));
    const long double middle = 0.5L * static_cast<long double>(samples - 1);
    for (std::size_t i = 0; i < samples; ++i) {
        std::vector<long double> base;
        for (int h = 1; h <= harmonics; ++h) {
            const long double angle = static_cast<long double>(h) * turn_of(waveform, i);
            base.push_back(std::cos(angle));
            base.push_back(-std::sin(angle));
        }
        long double power = 1.0L;
        for (int k = 0; k < powers; ++k) {
            base.push_back(power);
            power *= (static_cast<long double>(i) - middle) / middle;
        }
        base.push_back(static_cast<long double>(channel.volt(i)));
        for (std::size_t a = 0; a < n; ++a) {
            for (std::size_t b = 0; b <= n; ++b) {
                rows[a][b] += base[a] * base[b];
            }
        }
    }
    for (std::size_t a = 0; a < n; ++a) {
        std::size_t pivot = a;
        for (std::size_t b = a + 1; b < n; ++b) {
            if (std::abs(rows[b][a]) > std::abs(rows[pivot][a])) {
                pivot = b;
            }
        }
        std::swap(rows[a], rows[pivot]);
        for (std::size_t b = 0; b < n; ++b) {
            if (b != a) {
                const long double factor = rows[b][a] / rows[a][a];
                for (std::size_t c = a; c <= n; ++c) {
                    rows[b][c] -= factor * rows[a][c];
                }
            }
        }
    }
    return {
        static_cast<double>(rows[0][n] / rows[0][0]), static_cast<double>(rows[1][n] / rows[1][1])
    };
}

}  // namespace relaxd::test
