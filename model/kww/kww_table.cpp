// SPDX-License-Identifier: MIT
#include "model/kww/kww_table.hpp"

#include "model/kww/special.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace relaxd::model {

namespace {

using Complex = std::complex<double>;

constexpr double half_pi = std::numbers::pi / 2.0;
constexpr double far_from = 4.0;  ///< ln (omega tau)^beta where the passage into the series begins
constexpr double far_to = 5.0;
constexpr double far_tolerance = 1e-12;

// r from -24 (omega tau where 1 - F is nothing) to far_to + S(0.05) = 7.1; ln beta from -3 to 0.
constexpr HermiteLayout grid_layout{-24.0, 0.125, 251, -3.0, 0.09375, 33, 4096};

/// Stirling's beta ln Gamma(1 + 1/beta): any smooth function near it would do, this one costs no
/// digamma.
struct Shift {
    double value;
    double slope;  ///< d/d ln beta
    double curvature;
};
Shift shift_of(double beta, double ln_beta) {
    const double half_ln_2pi = 0.91893853320467274178;
    const double bent = -0.5 * beta * ln_beta;
    const double square = beta * beta / 12.0;
    return {
        bent - ln_beta - 1.0 + half_ln_2pi * beta + square,
        bent - 1.0 + (half_ln_2pi - 0.5) * beta + 2.0 * square,
        bent + (half_ln_2pi - 1.0) * beta + 4.0 * square
    };
}

/// Sums of e m^n a^k over the contour, see `node`.
struct Moments {
    Complex at[5][3];
};

/// The contour of kww.cpp: t = s exp(-i theta), y = ln(omega s), z = (t/tau)^beta = m exp(-i theta
/// beta), e = c u exp(-c u - z) dy. The long tail of u -> 0 is drawn together by y = w - exp(w0 -
/// w).
Moments moments_of(double v, double beta, double theta, double ln_scale, double a_shift) {
    const double step = beta <= 0.7 ? 0.25 : 0.2;
    const Complex c{std::sin(theta), std::cos(theta)};
    const Complex turn{std::cos(theta * beta), -std::sin(theta * beta)};
    const double by_kernel = std::log(40.0 / c.real());
    const double by_phi = v + std::log(40.0 / turn.real()) / beta;
    const double w0 = ln_scale - 1.5;
    const double first = std::floor((w0 - 3.3) / step);
    const double last = std::ceil((std::min(by_kernel, by_phi) + 0.5) / step);
    const double shrink = std::exp(-step);
    double squeeze = std::exp(w0 - first * step);
    Moments sum{};
    for (double k = first; k <= last; k += 1.0, squeeze *= shrink) {
        const double y = k * step - squeeze;
        const double u = std::exp(y);
        const double m = std::exp(beta * (y - v));
        const double size = std::exp(y - m * turn.real() - c.real() * u) * (1.0 + squeeze);
        const double angle = -m * turn.imag() - c.imag() * u;
        const double re = size * std::cos(angle);
        const double im = size * std::sin(angle);
        const double a = beta * y + a_shift;
        double power = 1.0;
        for (auto& row : sum.at) {
            double weight = power;
            for (auto& moment : row) {
                moment += Complex{weight * re, weight * im};
                weight *= a;
            }
            power *= m;
        }
    }
    for (auto& row : sum.at) {
        for (auto& moment : row) {
            moment = step * c * moment;
        }
    }
    return sum;
}

/// F with derivatives along r and b = ln beta. With L = ln z = beta (y - i theta) + S - r:
/// L_r = -1, L_b = beta (y - i theta) + S_b = a + d, L_bb = L_b + S_bb - S_b.
HermiteNode node(int column, int row) {
    const double r = grid_layout.x_of(column);
    const double b = grid_layout.y_of(row);
    const double beta = std::exp(b);
    const Shift s = shift_of(beta, b);
    const double v = (r - s.value) / beta;
    const double theta =
        v >= std::log(3.0) ? half_pi : std::min(half_pi, 1.1 * std::numbers::pi / (4.0 * beta));
    const Moments sum = moments_of(v, beta, theta, std::min(0.0, r / beta), s.slope);
    const Complex turn{std::cos(theta * beta), -std::sin(theta * beta)};
    Complex by_L[5][3];  // sum of a^k d^n exp(-z)/dL^n
    for (int k = 0; k < 3; ++k) {
        const Complex m1 = turn * sum.at[1][k];
        const Complex m2 = turn * turn * sum.at[2][k];
        const Complex m3 = turn * turn * turn * sum.at[3][k];
        const Complex m4 = turn * turn * turn * turn * sum.at[4][k];
        by_L[0][k] = sum.at[0][k];
        by_L[1][k] = -m1;
        by_L[2][k] = m2 - m1;
        by_L[3][k] = 3.0 * m2 - m3 - m1;
        by_L[4][k] = m4 - 6.0 * m3 + 7.0 * m2 - m1;
    }
    const Complex d{0.0, -beta * theta};
    const double bend = s.curvature - s.slope;
    HermiteNode out;
    double sign = -1.0;  // of d/dr, and F = 1 - sum
    for (int i = 0; i < 3; ++i) {
        const auto once = [&](int n) { return by_L[n][1] + d * by_L[n][0]; };
        const Complex twice = by_L[i + 2][2] + 2.0 * d * by_L[i + 2][1] + d * d * by_L[i + 2][0];
        out.derivative[i][0] = sign * by_L[i][0];
        out.derivative[i][1] = sign * once(i + 1);
        out.derivative[i][2] = sign * (twice + once(i + 1) + bend * by_L[i + 1][0]);
        sign = -sign;
    }
    out.derivative[0][0] += 1.0;
    return out;
}

}  // namespace

KwwFar::KwwFar(double beta) : beta_(beta) {
    const Complex turn{std::cos(half_pi * beta), -std::sin(half_pi * beta)};
    Complex power = turn;
    double ln_factorial = 0.0;
    double sign = 1.0;
    for (std::size_t k = 0; k < terms_max; ++k) {
        const double n = static_cast<double>(k + 1);
        ln_factorial += std::log(n);
        const double argument = 1.0 + n * beta;
        const double ln_size = ln_gamma(argument) - ln_factorial;
        Term& term = term_[k];
        term.c = (sign * std::exp(ln_size)) * power;
        term.c_psi = digamma(argument) * term.c;
        // Against the first term, of about (omega tau)^-beta.
        term.ln_needed = k == 0 ? 1e300 : (ln_size - std::log(far_tolerance)) / (n - 1.0);
        terms_ = k + 1;
        if (term.ln_needed < far_from) {
            break;
        }
        sign = -sign;
        power = power * turn;
    }
}

KwwValue KwwFar::value(double ln_omega_tau) const {
    const double p = beta_ * ln_omega_tau;
    const double radius = std::exp(-p);
    double power = 1.0;
    double sum[6] = {};  // F, sum n c_n y^n, sum n psi c_n y^n
    double n = 1.0;
    for (std::size_t k = 0; k < terms_ && p < term_[k].ln_needed; ++k, n += 1.0) {
        const Term& term = term_[k];
        power *= radius;
        const double weighted = n * power;
        sum[0] += power * term.c.real();
        sum[1] += power * term.c.imag();
        sum[2] += weighted * term.c.real();
        sum[3] += weighted * term.c.imag();
        sum[4] += weighted * term.c_psi.real();
        sum[5] += weighted * term.c_psi.imag();
    }
    KwwValue out;
    out.compliance = {sum[0], sum[1]};
    out.modulus = 1.0 - out.compliance;
    out.d_ln_omega_tau = {-beta_ * sum[2], -beta_ * sum[3]};
    out.d_beta = {
        sum[4] - ln_omega_tau * sum[2] + half_pi * sum[3],
        sum[5] - ln_omega_tau * sum[3] - half_pi * sum[2]
    };
    return out;
}

KwwTable::KwwTable() : grid_(grid_layout, node) {}

KwwTable::Place KwwTable::place(double beta) {
    return place(beta, std::log(beta));
}

KwwTable::Place KwwTable::place(double beta, double ln_beta) {
    Place at;
    at.beta = beta;
    at.inside = beta >= beta_min && beta <= 1.0;
    if (!at.inside) {
        return at;
    }
    at.inverse_beta = 1.0 / beta;
    const Shift s = shift_of(beta, ln_beta);
    at.shift = s.value;
    at.shift_slope = s.slope * at.inverse_beta;
    const double position = (ln_beta - grid_layout.y_low) * (1.0 / grid_layout.y_step);
    at.at.row = std::min(static_cast<int>(position), grid_layout.rows - 2);
    at.at.fraction = position - at.at.row;
    return at;
}

KwwTable& KwwTable::of_this_thread() {
    thread_local KwwTable table;
    return table;
}

namespace {

/// F from `grid_at(r)` near the transition and from `far_at(ln_omega_tau)` far above it.
template <typename Grid, typename Far>
KwwValue value_at(double ln_omega_tau, const KwwTable::Place& at, Grid grid_at, Far far_at) {
    const double r = at.beta * ln_omega_tau + at.shift;
    if (!at.inside || !(r >= grid_layout.x_low * at.beta)) {
        return kww(ln_omega_tau, at.beta);
    }
    const double fraction = (at.beta * ln_omega_tau - far_from) / (far_to - far_from);
    if (fraction >= 1.0) {
        return far_at(ln_omega_tau);
    }
    const HermiteGrid::Value f = grid_at(r);
    KwwValue out;
    out.compliance = f.f;
    out.d_ln_omega_tau = at.beta * f.f_x;
    out.d_beta = (ln_omega_tau + at.shift_slope) * f.f_x + at.inverse_beta * f.f_y;
    if (fraction > 0.0) {
        // Smooth passage: a jump, however small, would stop a fit whose points cross it.
        const KwwValue outer = far_at(ln_omega_tau);
        const double w = fraction * fraction * (3.0 - 2.0 * fraction);
        out.compliance += w * (outer.compliance - out.compliance);
        out.d_ln_omega_tau += w * (outer.d_ln_omega_tau - out.d_ln_omega_tau);
        out.d_beta += w * (outer.d_beta - out.d_beta);
    }
    out.modulus = 1.0 - out.compliance;
    return out;
}

}  // namespace

KwwValue KwwTable::value(double ln_omega_tau, const Place& at) {
    return value_at(
        ln_omega_tau,
        at,
        [&](double r) { return grid_.value(r, at.at); },
        [&](double v) { return KwwFar(at.beta).value(v); }
    );
}

void KwwAtBeta::set(double beta, double ln_beta) {
    at_ = KwwTable::place(beta, ln_beta);
    far_.emplace(beta);
    slice_.set(KwwTable::of_this_thread().grid_, at_.at);
}

KwwValue KwwAtBeta::value(double ln_omega_tau) {
    return value_at(
        ln_omega_tau,
        at_,
        [this](double r) { return slice_.value(r); },
        [this](double v) { return far_->value(v); }
    );
}

}  // namespace relaxd::model
