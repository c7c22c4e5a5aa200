// SPDX-License-Identifier: MIT
#include "model/kww/spectrum.hpp"

#include "model/domain.hpp"
#include "model/kww/special.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace relaxd::model {

namespace {

constexpr double pi = std::numbers::pi;

/// The density of x = ln(u) for the one-sided Levy-stable u of index chi, absolute error below
/// 1e-13 of its maximum.
class LevyDensity {
  public:
    explicit LevyDensity(double chi) : chi_(chi) {
        series_from_ = std::clamp(2.5 * std::sqrt(1.0 - chi), 0.01, 1.0);
        fill_series();
    }

    [[nodiscard]] double at(double x) const { return x >= series_from_ ? series(x) : kanter(x); }

    /// ln of A(0), the smallest A of Kanter's integral: the left edge of the density is at
    /// u^(-chi/(1 - chi)) A(0) >> 1.
    [[nodiscard]] double ln_A_least() const {
        return chi_ / (1.0 - chi_) * std::log(chi_) + std::log1p(-chi_);
    }

  private:
    /// p = sum (-1)^(n+1) Gamma(1 + n chi)/n! sin(pi n chi) u^(-n chi)/pi; no cancellation at
    /// u > 1. sin(pi n chi) (-1)^(n+1) = sin(pi n (1 - chi)).
    void fill_series() {
        for (int n = 1; n < 20000; ++n) {
            const double ln_size = ln_gamma(1.0 + n * chi_) - ln_gamma(1.0 + n);
            coefficient_.push_back(
                std::exp(ln_size) * std::sin(pi * std::fmod(n * (1.0 - chi_), 2.0)) / pi
            );
            if (ln_size - (n - 1) * chi_ * series_from_ < -34.0) {
                break;
            }
        }
    }

    [[nodiscard]] double series(double x) const {
        const double r = std::exp(-chi_ * x);
        double power = r;
        double sum = 0.0;
        for (const double c : coefficient_) {
            sum += c * power;
            power *= r;
            if (power < 1e-15 * r * r) {
                break;
            }
        }
        return sum;
    }

    struct Point {
        double ln_A = 0.0;
        double slope = 0.0;  ///< dphi/dt/pi
    };

    /// ln A of Kanter's integral at phi = pi tanh t > 0, without cancellation at either end.
    [[nodiscard]] Point point(double t) const {
        const double delta = 2.0 * pi / (1.0 + std::exp(2.0 * t));  // pi - phi
        const double small = (1.0 - chi_) * (pi - delta);
        const double half = std::sin(0.5 * small);
        const double sin_phi = std::sin(delta);
        // sin(chi phi)/sin(phi) - 1
        const double m = -2.0 * half * half + std::cos(delta) / sin_phi * std::sin(small);
        const double ln_A =
            chi_ / (1.0 - chi_) * std::log1p(m) + std::log(std::sin(small) / sin_phi);
        const double slope = 1.0 / std::cosh(t);
        return {ln_A, slope * slope};
    }

    /// Kanter: p = chi/(1 - chi)/pi int_0^pi qA exp(-qA) dphi, q = u^(-chi/(1 - chi)),
    /// A = [sin(chi phi)/sin(phi)]^(chi/(1 - chi)) sin((1 - chi) phi)/sin(phi). With phi = pi
    /// tanh t the integrand is even, analytic and without an edge: a trapezoidal sum in t.
    [[nodiscard]] double kanter(double x) const {
        const double ratio = chi_ / (1.0 - chi_);
        const double ln_q = -ratio * x;
        const double step = 0.02 / (1.0 + std::max(0.0, -ln_q) / 5.0);
        const double edge = ln_q + ln_A_least();
        // A grows with t: the sum begins where qA reaches e^-40.
        double skipped = 0.0;
        double end = 40.0;
        while (edge < -40.0 && end - skipped > step) {
            const double middle = 0.5 * (skipped + end);
            (ln_q + point(middle).ln_A < -40.0 ? skipped : end) = middle;
        }
        double sum = 0.5 * std::exp(edge - std::exp(edge));
        for (double k = std::floor(skipped / step) + 1.0;; k += 1.0) {
            const Point now = point(k * step);
            const double y = ln_q + now.ln_A;
            if (!(y < 3.7)) {
                break;
            }
            sum += std::exp(y - std::exp(y)) * now.slope;
        }
        return ratio * step * sum;
    }

    double chi_;
    double series_from_;
    std::vector<double> coefficient_;
};

/// Places of the modes: uniform in xi = asinh((x - centre)/width) + (x - centre)/stride, fine
/// across the core, whose width goes to 0 with 1 - chi, and coarse along the tail u^-chi.
struct Grid {
    double centre = 0.0;
    double width = 0.0;
    double stride = 0.0;

    [[nodiscard]] double slope(double x) const {
        return 1.0 / std::hypot(x - centre, width) + 1.0 / stride;
    }
    [[nodiscard]] double xi(double x) const {
        return std::asinh((x - centre) / width) + (x - centre) / stride;
    }
    /// The inverse of xi by Newton's steps from `x`, close by.
    [[nodiscard]] double x_of(double wanted, double x) const {
        for (int k = 0; k < 100; ++k) {
            const double move = (wanted - xi(x)) / slope(x);
            x += move;
            if (std::abs(move) < 1e-14 * (width + std::abs(x - centre))) {
                break;
            }
        }
        return x;
    }
};

}  // namespace

Result<std::vector<RateMode>> stretched_exponential_spectrum(double chi, double tolerance) {
    if (!(chi >= 1e-3 && chi < 1.0)) {
        return out_of_domain("chi", chi, "from 1e-3 to 1, 1 excluded");
    }
    if (!(tolerance >= 1e-12 && tolerance <= 1e-3)) {
        return out_of_domain("tolerance", tolerance, "from 1e-12 to 1e-3");
    }
    const LevyDensity density(chi);
    const double ratio = chi / (1.0 - chi);
    const double ln_1_tol = -std::log(tolerance);
    const Grid grid{density.ln_A_least() / ratio, 1.0 / ratio, 1.0};
    // Left of x_low qA > 3 + ln(1/tolerance) everywhere; right of x_high P(u) = u^-chi/Gamma(1-chi)
    // is below the tolerance: that mass goes to the fastest mode.
    const double x_low = grid.centre - std::log(ln_1_tol + 3.0) / ratio;
    const double ln_tail = -ln_1_tol - std::numbers::ln2;
    const double x_high =
        std::max(grid.centre + 1.0 / ratio, -(ln_tail + ln_gamma(1.0 - chi)) / chi);
    // Geometric convergence: the number of modes grows as ln(1/tolerance) squared.
    const double step = std::clamp(8.0 - 10.0 * (chi - 0.5), 3.5, 8.0) / (ln_1_tol + 1.0);
    std::vector<RateMode> modes;
    double x = x_low;
    double sum = 0.0;
    for (double k = std::ceil(grid.xi(x_low) / step); x < x_high; k += 1.0) {
        x = grid.x_of(k * step, x);
        const double weight = density.at(x) * step / grid.slope(x);
        if (weight > 0.0) {
            modes.push_back({weight, x});
            sum += weight;
        }
    }
    const double tail = std::exp(-chi * x - ln_gamma(1.0 - chi));
    modes.back().weight += tail;
    sum += tail;
    for (RateMode& mode : modes) {
        mode.weight /= sum;
    }
    return modes;
}

}  // namespace relaxd::model
