// SPDX-License-Identifier: MIT
#include "model/kww/kww.hpp"

#include "model/kww/special.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace relaxd::model {

namespace {

using Complex = std::complex<double>;

constexpr double half_pi = std::numbers::pi / 2.0;
constexpr double series_from = 3.0;  ///< (omega tau)^beta above which the series is used.

Complex product(Complex a, Complex b) {
    return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
}

}  // namespace

namespace detail {

// t = s exp(-i theta), u = omega s = e^y:
//   1 - F = int c u exp(-c u) exp(-z) dy,  c = exp(i (pi/2 - theta)),  z = (t/tau)^beta.
// dz/dv = -beta z, dz/dbeta = z ln(t/tau): all derivatives are moments of the same integrand.
ContourSums contour_sums(double ln_omega_tau, double beta, double step) {
    const double v = ln_omega_tau;
    const double theta =
        v >= std::log(3.0) ? half_pi : std::min(half_pi, 1.1 * std::numbers::pi / (4.0 * beta));
    const bool straight = theta == half_pi;
    const Complex c{std::sin(theta), std::cos(theta)};
    const Complex turn{std::cos(theta * beta), -std::sin(theta * beta)};
    const double scale = std::min(0.0, v + ln_gamma(1.0 + 1.0 / beta));  // ln of |1 - F|
    const double y_low = scale - 36.0;
    const double by_kernel = std::log(40.0 / c.real());
    const double by_phi = v + std::log(40.0 / turn.real()) / beta;
    const double y_high = std::min(by_kernel, by_phi);
    const double first = std::floor(y_low / step);
    const double last = std::ceil(y_high / step);
    ContourSums sum;
    for (double k = first; k <= last; k += 1.0) {
        const double y = k * step;
        const double u = std::exp(y);
        const double magnitude = std::exp(beta * (y - v));
        const Complex z = magnitude * turn;
        const double re = -z.real() - c.real() * u;
        const double im = -z.imag() - c.imag() * u;
        const double size = u * std::exp(re);
        Complex e{size * std::cos(im), size * std::sin(im)};
        if (!straight) {
            e = product(e, c);
        }
        const Complex log_t{y - v, -theta};
        const Complex ez = product(e, z);
        const Complex ezz = product(ez, z);
        sum.m += e;
        sum.m_v += ez;
        sum.m_vv += ezz - ez;
        sum.m_beta -= product(ez, log_t);
        sum.m_beta_v -= beta * product(ezz - ez, log_t) - ez;
    }
    sum.m *= step;
    sum.m_v *= step * beta;
    sum.m_vv *= step * beta * beta;
    sum.m_beta *= step;
    sum.m_beta_v *= step;
    return sum;
}

}  // namespace detail

KwwSeries::KwwSeries(double beta, double smallest, double tolerance)
    : beta_(beta), ln_smallest_(std::log(smallest)), tolerance_(tolerance) {
    double sign = 1.0;
    for (int n = 1; n < 400; ++n) {
        const double argument = 1.0 + n * beta;
        const double c = std::exp(ln_gamma(argument) - ln_gamma(1.0 + n));
        coefficient_.push_back(sign * c);
        log_derivative_.push_back(digamma(argument));
        if (c * std::exp(-(n - 1) * ln_smallest_) < tolerance) {
            break;
        }
        sign = -sign;
    }
}

KwwValue KwwSeries::value(double ln_omega_tau) const {
    const double radius = std::exp(-beta_ * ln_omega_tau);
    const Complex y{radius * std::cos(half_pi * beta_), -radius * std::sin(half_pi * beta_)};
    Complex power = y;
    double size = 1.0;
    Complex f;
    Complex weighted;  // sum n c_n y^n
    Complex with_psi;  // sum n psi(1 + n beta) c_n y^n
    for (std::size_t k = 0; k < coefficient_.size(); ++k) {
        const Complex term = coefficient_[k] * power;
        const double n = static_cast<double>(k + 1);
        f += term;
        weighted += n * term;
        with_psi += n * log_derivative_[k] * term;
        if (size * std::abs(coefficient_[k]) < tolerance_) {
            break;
        }
        size *= radius;
        power = product(power, y);
    }
    KwwValue out;
    out.compliance = f;
    out.modulus = 1.0 - f;
    out.d_ln_omega_tau = -beta_ * weighted;
    out.d_beta = with_psi - product(Complex{ln_omega_tau, half_pi}, weighted);
    return out;
}

KwwValue kww(double ln_omega_tau, double beta) {
    if (beta * ln_omega_tau >= std::log(series_from)) {
        return KwwSeries(beta, std::exp(beta * ln_omega_tau), 1e-17).value(ln_omega_tau);
    }
    const double step = beta <= 0.7 ? 0.25 : 0.2;
    const detail::ContourSums sum = detail::contour_sums(ln_omega_tau, beta, step);
    KwwValue out;
    out.modulus = sum.m;
    out.compliance = 1.0 - sum.m;
    out.d_ln_omega_tau = -sum.m_v;
    out.d_beta = -sum.m_beta;
    if (beta == 1.0) {
        const Complex x{0.0, std::exp(ln_omega_tau)};
        out.compliance = 1.0 / (1.0 + x);
        out.modulus = x / (1.0 + x);
    }
    return out;
}

}  // namespace relaxd::model
