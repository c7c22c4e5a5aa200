// SPDX-License-Identifier: MIT
#include "model/kww/kww_table.hpp"

#include "model/kww/special.hpp"

#include <cmath>

namespace relaxd::model {

namespace {

using Complex = std::complex<double>;

Complex product(Complex a, Complex b) {
    return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
}

Complex exponential(Complex a) {
    const double size = std::exp(a.real());
    return {size * std::cos(a.imag()), size * std::sin(a.imag())};
}

struct Interpolated {
    Complex value;
    Complex slope;
};

/// Quintic through values, slopes and curvatures at both ends; slopes in units of the interval.
Interpolated quintic(
    double t, double h, Complex f0, Complex d0, Complex s0, Complex f1, Complex d1, Complex s1
) {
    d0 *= h;
    d1 *= h;
    s0 *= 0.5 * h * h;
    s1 *= 0.5 * h * h;
    const Complex a = f1 - f0 - d0 - s0;
    const Complex b = d1 - d0 - 2.0 * s0;
    const Complex c = s1 - s0;
    const Complex p3 = 10.0 * a - 4.0 * b + c;
    const Complex p4 = -15.0 * a + 7.0 * b - 2.0 * c;
    const Complex p5 = 6.0 * a - 3.0 * b + c;
    return {
        f0 + t * (d0 + t * (s0 + t * (p3 + t * (p4 + t * p5)))),
        (d0 + t * (2.0 * s0 + t * (3.0 * p3 + t * (4.0 * p4 + t * 5.0 * p5)))) / h
    };
}

Interpolated cubic(double t, double h, Complex f0, Complex d0, Complex f1, Complex d1) {
    d0 *= h;
    d1 *= h;
    const Complex a = f1 - f0 - d0;
    const Complex b = d1 - d0;
    const Complex p2 = 3.0 * a - b;
    const Complex p3 = b - 2.0 * a;
    return {f0 + t * (d0 + t * (p2 + t * p3)), (d0 + t * (2.0 * p2 + t * 3.0 * p3)) / h};
}

}  // namespace

KwwTable::Place KwwTable::place(double beta) {
    Place at;
    at.beta = beta;
    const double position = (beta - beta_low) / beta_step;
    at.inside = position >= 0.5 && position < rows - 1;
    if (!at.inside) {
        return at;
    }
    at.row = static_cast<int>(position);
    at.fraction = position - at.row;
    const double argument = 1.0 + 1.0 / beta;
    at.shift = ln_gamma(argument);
    at.shift_slope = -digamma(argument) / (beta * beta);
    return at;
}

KwwTable& KwwTable::of_this_thread() {
    thread_local KwwTable table;
    return table;
}

const KwwTable::Node& KwwTable::node(int row, int index) {
    auto& nodes = rows_[static_cast<std::size_t>(row)];
    const auto at = static_cast<std::size_t>(index);
    if (nodes.size() <= at) {
        nodes.resize(at + 16);
    }
    Node& n = nodes[at];
    if (n.known) {
        return n;
    }
    const double beta = beta_low + row * beta_step;
    const double argument = 1.0 + 1.0 / beta;
    const double shift_slope = -digamma(argument) / (beta * beta);
    const double v = q_low + index * q_step - ln_gamma(argument);
    const detail::ContourSums s = detail::contour_sums(v, beta, 0.25);
    const Complex inverse = 1.0 / (1.0 - s.m);
    n.f = std::log(1.0 - s.m);
    n.f_q = -product(s.m_v, inverse);
    n.f_qq = -product(s.m_vv, inverse) - product(n.f_q, n.f_q);
    const Complex at_v = -product(s.m_beta, inverse);
    n.g = at_v - shift_slope * n.f_q;
    const Complex mixed = -product(s.m_beta_v, inverse) - product(at_v, n.f_q);
    n.g_q = mixed - shift_slope * n.f_qq;
    n.known = true;
    return n;
}

KwwValue KwwTable::value(double ln_omega_tau, const Place& at, const KwwSeries* far) {
    const double q = ln_omega_tau + at.shift;
    if (!at.inside || q < q_low) {
        return kww(ln_omega_tau, at.beta);
    }
    const double fraction = (at.beta * ln_omega_tau - far_from) / (far_to - far_from);
    if (fraction <= 0.0) {
        return interpolated(q, at);
    }
    const KwwValue outer = far != nullptr ? far->value(ln_omega_tau) : kww(ln_omega_tau, at.beta);
    if (fraction >= 1.0) {
        return outer;
    }
    // Smooth passage: a jump, however small, would stop a fit whose points cross it.
    const KwwValue inner = interpolated(q, at);
    const double w = fraction * fraction * (3.0 - 2.0 * fraction);
    KwwValue out;
    out.compliance = inner.compliance + w * (outer.compliance - inner.compliance);
    out.modulus = 1.0 - out.compliance;
    out.d_ln_omega_tau = inner.d_ln_omega_tau + w * (outer.d_ln_omega_tau - inner.d_ln_omega_tau);
    out.d_beta = inner.d_beta + w * (outer.d_beta - inner.d_beta);
    return out;
}

KwwValue KwwTable::interpolated(double q, const Place& at) {
    const double position = (q - q_low) / q_step;
    const int index = static_cast<int>(position);
    const double t = position - index;
    (void)node(at.row, index + 1);  // grow the rows first: references below must stay valid
    (void)node(at.row + 1, index + 1);
    const Node& a0 = node(at.row, index);
    const Node& a1 = node(at.row, index + 1);
    const Node& b0 = node(at.row + 1, index);
    const Node& b1 = node(at.row + 1, index + 1);
    const Interpolated fa = quintic(t, q_step, a0.f, a0.f_q, a0.f_qq, a1.f, a1.f_q, a1.f_qq);
    const Interpolated fb = quintic(t, q_step, b0.f, b0.f_q, b0.f_qq, b1.f, b1.f_q, b1.f_qq);
    const Interpolated ga = cubic(t, q_step, a0.g, a0.g_q, a1.g, a1.g_q);
    const Interpolated gb = cubic(t, q_step, b0.g, b0.g_q, b1.g, b1.g_q);
    const Interpolated f = cubic(at.fraction, beta_step, fa.value, ga.value, fb.value, gb.value);
    const Interpolated slope =
        cubic(at.fraction, beta_step, fa.slope, ga.slope, fb.slope, gb.slope);
    KwwValue out;
    out.compliance = exponential(f.value);
    out.modulus = 1.0 - out.compliance;
    out.d_ln_omega_tau = product(out.compliance, slope.value);
    out.d_beta = product(out.compliance, f.slope + at.shift_slope * slope.value);
    return out;
}

}  // namespace relaxd::model
