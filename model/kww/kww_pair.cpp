// SPDX-License-Identifier: MIT
//
// The transform of the stretched exponential without derivatives, for single values.
#include "model/kww/kww.hpp"
#include "model/kww/special.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace relaxd::model {

namespace {

using Complex = std::complex<double>;

constexpr double half_pi = std::numbers::pi / 2.0;
constexpr double cut = 28.0;            ///< e^-cut is nothing.
constexpr double below = 21.0;          ///< Where the sum begins, in ln below |1 - F|.
constexpr double ln_series_from = 2.0;  ///< ln (omega tau)^beta above which the series is used.

/// F = sum (-1)^(n+1) Gamma(1 + n beta)/n! (i omega tau)^(-n beta), convergent.
Complex series(double v, double beta) {
    const double ln_radius = -beta * v;
    Complex sum;
    double ln_factorial = 0.0;
    double sign = 1.0;
    double first = 0.0;
    for (int n = 1; n < 60; ++n) {
        ln_factorial += std::log(n);
        const double ln_size = ln_gamma(1.0 + n * beta) - ln_factorial + n * ln_radius;
        const double size = sign * std::exp(ln_size);
        const double angle = n * beta * half_pi;
        sum += Complex{size * std::cos(angle), -size * std::sin(angle)};
        first = n == 1 ? ln_size : first;
        if (ln_size < first - 30.0) {
            break;
        }
        sign = -sign;
    }
    return sum;
}

/// t = s exp(-i theta), y = ln(omega s), u = e^y: 1 - F = int c u exp(-c u - z) dy with c = exp(i
/// (pi/2 - theta)), z = (t/tau)^beta.
struct Contour {
    double theta = half_pi;
    double step = 0.0;
    double low = 0.0;
    double high = 0.0;
};

Contour contour(double v, double beta) {
    const double scale = std::min(0.0, v + ln_gamma(1.0 + 1.0 / beta));  // ln of |1 - F|
    Contour out;
    out.low = scale - below;
    // exp(-z) ends at w = ln(s/tau), exp(-c u) at u.
    const auto end_of_phi = [&](double theta) {
        const double turn = std::cos(theta * beta);
        double w = std::log(cut / turn) / beta;
        for (int k = 0; k < 4; ++k) {
            w = std::log((cut + std::max(0.0, w + v - scale)) / turn) / beta;
        }
        return w + v;
    };
    const double straight = end_of_phi(0.0);
    if (straight < -2.0) {  // The kernel is still 1 - i u: only phi limits the step.
        out.theta = 0.0;
        out.step = std::min(0.8, 0.28 / beta);
        out.high = straight;
        return out;
    }
    if (v < std::log(3.0)) {
        out.theta = std::min(half_pi, 1.1 * std::numbers::pi / (4.0 * beta));
    }
    // At omega tau > 3 the kernel ends before phi can grow on the far side of the strip.
    const double strip =
        v < std::log(3.0) ? std::min(half_pi, half_pi / beta - out.theta) : 0.8 * half_pi;
    out.step = 0.34 * std::min(1.0, strip / half_pi);
    const double by_kernel = std::log((cut + 3.5 - scale) / std::sin(out.theta));
    out.high = beta * out.theta < half_pi ? std::min(by_kernel, end_of_phi(out.theta)) : by_kernel;
    return out;
}

Complex contour_sum(double v, double beta) {
    const Contour at = contour(v, beta);
    const double c_re = std::sin(at.theta);
    const double c_im = std::cos(at.theta);
    const double turn_re = std::cos(at.theta * beta);
    const double turn_im = -std::sin(at.theta * beta);
    const double grow_u = std::exp(at.step);
    const double grow_z = std::exp(beta * at.step);
    double u = std::exp(at.low);
    double z = std::exp(beta * (at.low - v));
    // The geometric rest below `low`: exp(-z) to first order about its value there.
    const Complex z_low{z * turn_re, z * turn_im};
    const double inverse = 1.0 / (grow_u - 1.0);
    const double inverse_z = 1.0 / (grow_u * grow_z - 1.0);
    Complex sum = u * std::exp(-z_low) * (inverse + z_low * (inverse - inverse_z));
    double re = sum.real();
    double im = sum.imag();
    const int count = static_cast<int>((at.high - at.low) / at.step) + 1;
    for (int k = 0; k <= count; ++k) {
        const double size = u * std::exp(-z * turn_re - c_re * u);
        const double angle = -z * turn_im - c_im * u;
        re += size * std::cos(angle);
        im += size * std::sin(angle);
        u *= grow_u;
        z *= grow_z;
    }
    return at.step * Complex{re * c_re - im * c_im, re * c_im + im * c_re};
}

}  // namespace

KwwPair kww_pair(double ln_omega_tau, double beta) {
    KwwPair out;
    if (beta == 1.0) {
        // 1/(1 + i x) and i x/(1 + i x), with e = min(x, 1/x).
        const double e = std::exp(-std::abs(ln_omega_tau));
        const double norm = 1.0 / (1.0 + e * e);
        const double near_one = norm;
        const double far = e * e * norm;
        const bool slow = ln_omega_tau < 0.0;
        out.compliance = {slow ? near_one : far, -e * norm};
        out.modulus = {slow ? far : near_one, e * norm};
        return out;
    }
    if (beta * ln_omega_tau >= ln_series_from) {
        out.compliance = series(ln_omega_tau, beta);
        out.modulus = 1.0 - out.compliance;
        return out;
    }
    out.modulus = contour_sum(ln_omega_tau, beta);
    out.compliance = 1.0 - out.modulus;
    return out;
}

}  // namespace relaxd::model
