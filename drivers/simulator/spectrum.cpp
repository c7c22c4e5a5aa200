// SPDX-License-Identifier: MIT
#include "drivers/simulator/spectrum.hpp"

#include "schema/base/assert.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace relaxd::simulator {
namespace {

constexpr double pi = std::numbers::pi;
constexpr std::size_t kanter_nodes = 160;  // chosen: 1e-10 of the density for 0.03 <= chi <= 0.98
constexpr int series_terms_max = 400;
constexpr double ln_tail = 18.42;      // ln 1e8: weight left out above the last line
constexpr double exponent_max = 45.0;  // exp(-45) = 3e-20: density left out below the first

// Kanter's function A(phi) on 0 < phi < pi; A(0) is its limit.
double kanter_function(double chi, double phi) {
    const double ratio = std::sin(chi * phi) / std::sin(phi);
    const double last = std::sin((1.0 - chi) * phi) / std::sin(phi);
    return std::pow(ratio, chi / (1.0 - chi)) * last;
}

double kanter_at_zero(double chi) {
    return (1.0 - chi) * std::pow(chi, chi / (1.0 - chi));
}

}  // namespace

StableDensity::StableDensity(double chi) : chi_(chi) {
    RELAXD_ASSERT(chi > 0.0 && chi < 1.0);
    kanter_.reserve(kanter_nodes);
    kanter_.push_back(kanter_at_zero(chi));
    for (std::size_t j = 1; j < kanter_nodes; ++j) {
        const double phi = pi * static_cast<double>(j) / static_cast<double>(kanter_nodes);
        kanter_.push_back(kanter_function(chi, phi));
    }
    for (int n = 1; n <= series_terms_max; ++n) {
        const double size = std::exp(std::lgamma(n * chi + 1.0) - std::lgamma(n + 1.0)) / pi;
        const double sign = n % 2 == 1 ? 1.0 : -1.0;
        coefficient_.push_back(sign * size * std::sin(pi * n * chi));
        if (size < 1e-18) {
            break;
        }
    }
}

double StableDensity::weighted(double ln_u) const {
    if (ln_u > 0.0) {
        const double q = std::exp(-chi_ * ln_u);
        double power = q;
        double sum = 0.0;
        for (const double c : coefficient_) {
            sum += c * power;
            power *= q;
            if (power < 1e-18 * q) {
                break;
            }
        }
        return std::max(sum, 0.0);
    }
    const double z = std::exp(-chi_ / (1.0 - chi_) * ln_u);
    double sum = 0.5 * kanter_[0] * std::exp(-kanter_[0] * z);
    for (std::size_t j = 1; j < kanter_.size(); ++j) {
        const double exponent = kanter_[j] * z;
        if (exponent > exponent_max + 10.0) {
            break;  // A grows with phi
        }
        sum += kanter_[j] * std::exp(-exponent);
    }
    return chi_ / (1.0 - chi_) * z * sum / static_cast<double>(kanter_nodes);
}

SpectrumGrid stretched_grid(double chi_low, double chi_high) {
    RELAXD_ASSERT(chi_low > 0.0 && chi_low <= chi_high && chi_high < 1.0);
    // The trapezoid's error is exp(-2 pi d / step), d the half-width of the strip in ln u in which
    // the integrand is analytic: pi/2 for a Debye mode, pi (1 - chi) / (2 chi) for the density.
    const double strip = std::min(pi / 2.0, pi * (1.0 - chi_high) / (2.0 * chi_high));
    SpectrumGrid grid;
    grid.step = std::min(0.5, 2.0 * pi * strip / 19.0);
    const double first =
        -(1.0 - chi_low) / chi_low * std::log(exponent_max / kanter_at_zero(chi_low));
    const double last = std::min(ln_tail / chi_low, 600.0);
    // Multiples of the step: neighbouring chi share their nodes.
    grid.first_ln_u = grid.step * std::floor(std::max(first, -600.0) / grid.step);
    grid.count = static_cast<std::size_t>(std::ceil((last - grid.first_ln_u) / grid.step)) + 1;
    return grid;
}

std::vector<SpectrumLine> stretched_lines(double chi, const SpectrumGrid& grid) {
    const StableDensity density(chi);
    std::vector<SpectrumLine> lines;
    lines.reserve(grid.count);
    for (std::size_t k = 0; k < grid.count; ++k) {
        const double ln_u = grid.first_ln_u + grid.step * static_cast<double>(k);
        lines.emplace_back(std::exp(ln_u), grid.step * density.weighted(ln_u));
    }
    return lines;
}

std::vector<SpectrumLine> gumbel_lines(double B) {
    if (!std::isfinite(B)) {
        return {SpectrumLine(1.0, 1.0)};
    }
    RELAXD_ASSERT(B > 0.0);
    const double step = 0.5 * std::min(1.0, B);  // y = B x; both strips are then at least pi/2 wide
    std::vector<SpectrumLine> lines;
    const int first = static_cast<int>(std::floor(-ln_tail / step));
    for (int k = first; step * k < 4.0; ++k) {
        const double y = step * k;
        lines.emplace_back(std::exp(-y / B), step * std::exp(y - std::exp(y)));
    }
    return lines;
}

}  // namespace relaxd::simulator
