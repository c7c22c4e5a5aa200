// SPDX-License-Identifier: MIT
#include "model/rate/modes.hpp"

#include "model/kww/special.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace relaxd::model {

namespace {

constexpr double pi = std::numbers::pi;
constexpr double step_per_ln_rate = 0.6;  ///< Aliasing exp(-pi^2/0.6) = 7e-8.
constexpr double narrow_step = 0.4;       ///< The same for Levy densities near one line.
constexpr double tail = 43.0;             ///< Fast modes below exp(-43) of the weight are left out.
constexpr double largest_ln_rate = 690.0;
constexpr double slow_scale = 0.7;

double softplus(double s) {
    return s > 35.0 ? s : std::log1p(std::exp(s));
}

double ln_softplus(double s) {
    return s < -35.0 ? s : std::log(softplus(s));
}

double logistic(double s) {
    return 1.0 / (1.0 + std::exp(-s));
}

/// Places of the modes. The densities fall as exp(-M) on the slow side and as a power of the rate
/// on the fast side, with rate u = (a/M)^p. M(s) is made so that s is uniform in sqrt(M) for large
/// M (where a decayed sum has its weight) and uniform in ln u for small M; analytic between.
class Places {
  public:
    Places(double p, double ln_a, double step)
        : p_(p), ln_a_(ln_a), kappa_(std::max(2.0 * p, 1.0)), step_(step / kappa_) {}

    [[nodiscard]] double step() const { return step_; }
    [[nodiscard]] double ln_M(double s) const {
        return 2.0 * (std::log(slow_scale) + ln_softplus(s)) -
               (kappa_ - 2.0 * p_) / p_ * softplus(-s);
    }
    /// d ln M / ds
    [[nodiscard]] double slope(double s) const {
        const double slow = s < -35.0 ? 1.0 : logistic(s) / softplus(s);
        return 2.0 * slow + (kappa_ - 2.0 * p_) / p_ * logistic(-s);
    }
    [[nodiscard]] double ln_rate(double ln_M_now) const { return p_ * (ln_a_ - ln_M_now); }

  private:
    double p_;
    double ln_a_;
    double kappa_;
    double step_;
};

/// Sums `density` (of ln M) over the places, slowest first, until `is_negligible(ln M, ln u)`.
template <typename Density, typename Negligible>
Modes collect(const Places& places, double level, Density density, Negligible is_negligible) {
    const double h = places.step();
    const double highest = std::sqrt(level) / slow_scale + 1.0;
    Modes modes;
    double sum = 0.0;
    for (double k = std::ceil(highest / h);; k -= 1.0) {
        const double s = k * h;
        const double ln_M = places.ln_M(s);
        const double ln_rate = places.ln_rate(ln_M);
        if (ln_rate > largest_ln_rate || is_negligible(ln_M, ln_rate)) {
            break;
        }
        const double weight = h * places.slope(s) * density(ln_M, ln_rate);
        if (weight > 0.0) {
            modes.weight.push_back(weight);
            modes.rate.push_back(std::exp(ln_rate));
            sum += weight;
        }
    }
    for (double& w : modes.weight) {
        w /= sum;
    }
    return modes;
}

/// The Levy density of ln M, M = a(0) u^(-chi/(1 - chi)): Kanter's integral for slow modes, the
/// convergent series in u^-chi for fast ones.
class LevyDensity {
  public:
    explicit LevyDensity(double chi) : chi_(chi), p_((1.0 - chi) / chi) {
        ln_a_ = std::log1p(-chi) + std::log(chi) / p_;
        // The series reaches further where it converges fast, and the integral is narrow.
        ln_series_ = chi < 0.5 ? 0.5 : -3.4;
        for (int j = 1; j < nodes; ++j) {
            const double phi = pi * j / nodes;
            const double delta = (1.0 - chi) * phi;
            const double half = std::sin(0.5 * delta);
            // sin(chi phi)/sin(phi) = cos(delta) - cot(phi) sin(delta)
            const double ratio = -2.0 * half * half - std::sin(delta) / std::tan(phi);
            ln_ratio_.push_back(
                std::log(std::sin(delta) / std::sin(phi)) + std::log1p(ratio) / p_ - ln_a_
            );
        }
        for (int n = 1; n < 20000; ++n) {
            const double size = ln_gamma(1.0 + n * chi) - ln_gamma(1.0 + n);
            // (-1)^(n + 1) sin(pi n chi) = sin(pi n (1 - chi))
            const double phase = std::fmod(n * (1.0 - chi), 2.0);
            coefficient_.push_back(p_ * std::exp(size) * std::sin(pi * phase) / pi);
            if (size - n * chi * p_ * (ln_a_ - ln_series_) < -40.0) {
                break;
            }
        }
    }

    [[nodiscard]] double p() const { return p_; }
    [[nodiscard]] double ln_a() const { return ln_a_; }
    [[nodiscard]] double at(double ln_M, double ln_rate) const {
        return ln_M > ln_series_ ? kanter(ln_M) : series(ln_rate);
    }

  private:
    static constexpr int nodes = 600;

    /// 1/pi int_0^pi b exp(-b) dphi, b = M a(phi)/a(0): even at 0, flat at pi, so that the
    /// trapezoid converges geometrically.
    [[nodiscard]] double kanter(double ln_M) const {
        double sum = 0.5 * std::exp(ln_M - std::exp(ln_M));
        for (const double ln_ratio : ln_ratio_) {
            const double ln_b = ln_M + ln_ratio;
            if (ln_b > 6.6) {
                break;
            }
            sum += std::exp(ln_b - std::exp(ln_b));
        }
        return sum / nodes;
    }

    [[nodiscard]] double series(double ln_rate) const {
        const double y = std::exp(-chi_ * ln_rate);
        double power = 1.0;
        double sum = 0.0;
        for (const double c : coefficient_) {
            power *= y;
            sum += c * power;
            if (power < 1e-17 * y && power < 1.0) {
                break;
            }
        }
        return sum;
    }

    double chi_;
    double p_;
    double ln_a_ = 0.0;
    double ln_series_ = 0.0;
    std::vector<double> ln_ratio_;
    std::vector<double> coefficient_;
};

}  // namespace

Modes levy_modes(double chi, double level) {
    // Nearer to 1 the spectrum is one line to within 1e-6.
    const double shape = std::min(chi, 1.0 - 1e-6);
    const LevyDensity density(shape);
    return collect(
        Places(density.p(), density.ln_a(), shape > 0.75 ? narrow_step : step_per_ln_rate),
        level,
        [&](double ln_M, double ln_rate) { return density.at(ln_M, ln_rate); },
        [&](double, double ln_rate) { return shape * ln_rate > tail; }
    );
}

Modes gumbel_modes(double B, double level) {
    if (std::isinf(B)) {
        return {{1.0}, {1.0}};
    }
    return collect(
        Places(1.0 / B, 0.0, step_per_ln_rate),
        level,
        [](double ln_M, double) { return std::exp(ln_M - std::exp(ln_M)); },
        [](double ln_M, double) { return ln_M < -tail; }
    );
}

}  // namespace relaxd::model
