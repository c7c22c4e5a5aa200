// SPDX-License-Identifier: MIT
#include "model/qpd/gumbel.hpp"

#include "model/domain.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace relaxd::model {

namespace {

using Complex = std::complex<double>;

constexpr double sum_step = 0.25;  ///< Of the averages.
constexpr double cut = 45.0;       ///< e^-cut is nothing.
constexpr double infinity = std::numeric_limits<double>::infinity();

/// 1/(1 + i e^u) without overflow.
Complex debye(double u) {
    if (u > 0.0) {
        const double inverse = std::exp(-u);
        const double scale = 1.0 / (1.0 + inverse * inverse);
        return {inverse * inverse * scale, -inverse * scale};
    }
    const double x = std::exp(u);
    const double scale = 1.0 / (1.0 + x * x);
    return {scale, -x * scale};
}

}  // namespace

Result<double> gumbel_density(double B, double x) {
    if (auto ok = need_positive("B", B); !ok) {
        return fail(ok.error());
    }
    if (auto ok = need_finite("x", x); !ok) {
        return fail(ok.error());
    }
    const double y = B * x;
    return y > 700.0 ? 0.0 : B * std::exp(y - std::exp(y));
}

Result<std::vector<double>> gumbel_weights(double B, std::span<const double> ln_tau_over_mode) {
    if (auto ok = need_positive("B", B); !ok) {
        return fail(ok.error());
    }
    if (ln_tau_over_mode.empty()) {
        return fail(Errc::invalid, "the grid has no point", "ln_tau_over_mode");
    }
    // Relative to the heaviest point, so that a grid far from the mode has weights too.
    double heaviest_x = ln_tau_over_mode.front();
    const auto ln_weight = [B](double x) { return B * x - std::exp(B * x); };
    for (const double x : ln_tau_over_mode) {
        if (auto ok = need_finite("ln_tau_over_mode", x); !ok) {
            return fail(ok.error());
        }
        const double now = ln_weight(x);
        const double best = ln_weight(heaviest_x);
        // Beyond the range of double both are -infinity (or NaN) and the smaller time is heavier.
        const bool heavier = B * std::min(x, heaviest_x) > 700.0 ? x < heaviest_x : now > best;
        heaviest_x = heavier ? x : heaviest_x;
    }
    const double height = std::exp(B * heaviest_x);
    std::vector<double> weights;
    weights.reserve(ln_tau_over_mode.size());
    double sum = 0.0;
    for (const double x : ln_tau_over_mode) {
        const double d = B * (x - heaviest_x);
        weights.push_back(d == 0.0 ? 1.0 : std::exp(d - height * std::expm1(d)));
        sum += weights.back();
    }
    for (double& weight : weights) {
        weight /= sum;
    }
    return weights;
}

// Both averages are trapezoidal sums with one step: over y = B x where the spread is narrow, over
// u = ln(omega tau) or ln(t/tau), the process being the narrower factor, where it is wide. All
// terms of a sum have one sign, so nothing cancels. The factors are analytic in |Im| < pi/2: the
// sum is exact to exp(-pi^2/0.25) = 7e-18. The limits leave out less than e^-45 of the sum.

std::complex<double> gumbel_debye(double ln_omega_tau, double B) {
    const double L = ln_omega_tau;
    if (std::isinf(B) || std::isinf(L)) {
        return debye(L);
    }
    double re = 0.0;
    double loss = 0.0;
    if (B > 1.0) {
        // At omega tau >> 1 the real part falls as e^((1 - 2/B) y) to the left, down to y = -B L.
        const double left = B > 2.0 ? cut / (1.0 - 2.0 / B) : infinity;
        const double low = -std::min({cut + B * std::max(0.0, L), left, 745.0});
        for (double k = std::floor(low / sum_step); k * sum_step <= 5.0; k += 1.0) {
            const double y = k * sum_step;
            const double weight = std::exp(y - std::exp(y));
            const Complex f = debye(L + y / B);
            re += weight * f.real();
            loss -= weight * f.imag();
        }
        return {sum_step * re, -sum_step * loss};
    }
    // Real part by parts: the slope of Debye's against the share of times below. At omega tau << 1
    // the loss is that of the long times, at u = L + ln(1 + 1/B)/B.
    const double low = std::min(0.0, L + std::log1p(1.0 / B) / B) - cut;
    const double high = std::min(cut / (1.0 - B), std::max(0.0, L) + cut);
    for (double k = std::floor(low / sum_step); k * sum_step <= high; k += 1.0) {
        const double u = k * sum_step;
        const double e = std::exp(B * (u - L));
        const Complex f = debye(u);
        re += 2.0 * f.imag() * f.imag() * -std::expm1(-e);
        loss -= f.imag() * B * std::exp(B * (u - L) - e);
    }
    return {sum_step * re, -sum_step * loss};
}

double gumbel_one_minus_exp(double ln_t_over_tau, double B) {
    const double L = ln_t_over_tau;
    if (std::isinf(B) || std::isinf(L)) {
        return -std::expm1(-std::exp(L));
    }
    // The narrow factor's density w(y) = exp(y - e^y) against the share of the other:
    // B > 1: the times, each relaxed by 1 - exp(-e^(L - y/B));
    // else: the process, y = ln(t/tau'), against the share 1 - exp(-e^(B (L - y))) of tau < tau'.
    // At t << tau both are e^(s (L - y)) and the sum falls as e^((1 - s) y) to the left.
    const double s = B > 1.0 ? 1.0 / B : B;
    const double reach_left = std::min(cut / (1.0 - s), cut + std::max(0.0, -L) * std::max(1.0, B));
    const double low = -std::min(reach_left, 745.0);
    double sum = 0.0;
    for (double k = std::floor(low / sum_step); k * sum_step <= 5.0; k += 1.0) {
        const double y = k * sum_step;
        const double other = B > 1.0 ? L - y / B : B * (L - y);
        sum += std::exp(y - std::exp(y)) * -std::expm1(-std::exp(other));
    }
    return sum_step * sum;
}

}  // namespace relaxd::model
