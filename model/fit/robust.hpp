// SPDX-License-Identifier: MIT
//
// The Cauchy loss for residuals in units of their standard deviation, and what it does to the
// variance of an estimate. rho(r) = c^2 ln(1 + r^2/c^2); infinite c is least squares.

#pragma once

#include <cmath>

namespace relaxd::model {

struct CauchyLoss {
    double c = 2.0;  ///< Infinite = least squares.

    [[nodiscard]] double cost(double r) const {
        return std::isinf(c) ? r * r : c * c * std::log1p(r * r / (c * c));
    }
    /// Half derivative over r: the weight of iteratively re-weighted least squares.
    [[nodiscard]] double weight(double r) const {
        return std::isinf(c) ? 1.0 : 1.0 / (1.0 + r * r / (c * c));
    }
    /// Half second derivative.
    [[nodiscard]] double curvature(double r) const {
        if (std::isinf(c)) {
            return 1.0;
        }
        const double s = r * r / (c * c);
        return (1.0 - s) / ((1.0 + s) * (1.0 + s));
    }
};

/// Sums over residuals that give the variance factor of an M-estimate (Huber 1981, 7.6):
/// C = factor (J'J)^-1, factor = mean(psi^2)/mean(psi')^2 N/(N - p). Where most residuals exceed c,
/// mean(psi') vanishes: then 4 sum(r^2)/(N - p), its limit for normal residuals of 10 sigma.
struct RobustScale {
    double psi2 = 0.0;
    double psi1 = 0.0;
    double square = 0.0;
    double n = 0.0;

    void add(double r, const CauchyLoss& loss) {
        const double psi = loss.weight(r) * r;
        psi2 += psi * psi;
        psi1 += loss.curvature(r);
        square += r * r;
        n += 1.0;
    }
    [[nodiscard]] double factor(double n_free) const {
        if (n <= n_free) {
            return 1.0;
        }
        if (psi1 <= 0.1 * n) {
            return 4.0 * square / (n - n_free);
        }
        return (psi2 / n) / ((psi1 / n) * (psi1 / n)) * n / (n - n_free);
    }
};

}  // namespace relaxd::model
