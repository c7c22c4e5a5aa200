// SPDX-License-Identifier: MIT
// Least-squares demodulation for the pendulum's tests: cos, sin, 1, s, s^2 over one window.
#pragma once

#include <array>
#include <cmath>
#include <complex>
#include <numbers>
#include <utility>
#include <vector>

namespace relaxd::test {

/// The complex amplitude A of x(t) = Re A exp(i omega t) + c0 + c1 s + c2 s^2, s = -1 … 1.
inline std::complex<double> demodulated(
    const std::vector<double>& time_s, const std::vector<double>& value, double frequency_Hz
) {
    constexpr std::size_t n = 5;
    std::array<std::array<long double, n + 1>, n> rows{};
    const double middle = 0.5 * (time_s.front() + time_s.back());
    const double half = 0.5 * (time_s.back() - time_s.front());
    for (std::size_t i = 0; i < time_s.size(); ++i) {
        const double angle = 2.0 * std::numbers::pi * frequency_Hz * time_s[i];
        const double s = (time_s[i] - middle) / half;
        const std::array<double, n + 1> base{
            std::cos(angle), std::sin(angle), 1.0, s, s * s, value[i]
        };
        for (std::size_t a = 0; a < n; ++a) {
            for (std::size_t b = 0; b <= n; ++b) {
                rows[a][b] += static_cast<long double>(base[a] * base[b]);
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
            if (b == a) {
                continue;
            }
            const long double factor = rows[b][a] / rows[a][a];
            for (std::size_t c = a; c <= n; ++c) {
                rows[b][c] -= factor * rows[a][c];
            }
        }
    }
    return {
        static_cast<double>(rows[0][n] / rows[0][0]), static_cast<double>(-rows[1][n] / rows[1][1])
    };
}

}  // namespace relaxd::test
