// SPDX-License-Identifier: MIT
//
// The anelastic step response 1 - exp(-x^chi) and its mean over a ramp, with derivatives. Inner
// header of creep_march.cpp; pure.

#pragma once

#include <array>
#include <cmath>
#include <cstddef>

namespace relaxd::model {

// Gauss-Legendre on (0, 1).
inline constexpr std::array<double, 8> growth_near_node{
    0.019855071751231856,
    0.10166676129318664,
    0.2372337950418355,
    0.4082826787521751,
    0.591717321247825,
    0.7627662049581645,
    0.8983332387068134,
    0.9801449282487681,
};
inline constexpr std::array<double, 8> growth_near_weight{
    0.05061426814518813,
    0.11119051722668724,
    0.15685332293894363,
    0.18134189168918100,
    0.18134189168918100,
    0.15685332293894363,
    0.11119051722668724,
    0.05061426814518813,
};
inline constexpr std::array<double, 3> growth_far_node{0.1127016653792583, 0.5, 0.8872983346207417};
inline constexpr std::array<double, 3> growth_far_weight{
    0.2777777777777778, 0.4444444444444444, 0.2777777777777778
};
inline constexpr double growth_far_away = 2.0;  ///< Lengths of a ramp, from which it looks smooth.

/// A sum of 1 - exp(-x^chi) over x = since + share length, and its slopes.
struct Growth {
    double value = 0.0;
    double by_since = 0.0;
    double by_length = 0.0;
    double by_chi = 0.0;

    void add(double x, double chi, double share, double weight) {
        if (x <= 0.0) {
            return;
        }
        const double ln_x = std::log(x);
        const double power = std::exp(chi * ln_x);
        if (power > 700.0) {
            value += weight;
            return;
        }
        const double left = std::exp(-power);
        value += weight * (power > 1e-5 ? 1.0 - left : power * (1.0 - 0.5 * power));
        const double slope = weight * left * power;  // by ln of the power
        by_since += slope * chi / x;
        by_length += slope * chi / x * share;
        by_chi += slope * ln_x;
    }
};

/// Mean over x = since + length u, u from 0 to 1; it starts as a power of x.
[[nodiscard]] inline Growth mean_growth(double since, double length, double chi) {
    Growth g;
    if (since > growth_far_away * length) {
        for (std::size_t k = 0; k < growth_far_node.size(); ++k) {
            const double u = growth_far_node[k];
            g.add(since + length * u, chi, u, growth_far_weight[k]);
        }
        return g;
    }
    for (std::size_t k = 0; k < growth_near_node.size(); ++k) {
        const double v = growth_near_node[k];
        const double weight = 3.0 * v * v * growth_near_weight[k];
        g.add(since + length * (v * v * v), chi, v * v * v, weight);
    }
    return g;
}

}  // namespace relaxd::model
