// SPDX-License-Identifier: MIT
#include "model/qpd/gumbel.hpp"

#include "model/domain.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace relaxd::model {

namespace {

using Complex = std::complex<double>;

constexpr double step = 0.25;    ///< Of the table in ln(omega tau).
constexpr double reach = 110.0;  ///< The table spans ±reach.
constexpr double debye_reach = 700.0;
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

/// The Debye function with two derivatives on the grid of the table, made once.
struct DebyeGrid {
    DebyeGrid() {
        const int half = static_cast<int>(debye_reach / step);
        offset = half;
        d.reserve(2 * static_cast<std::size_t>(half) + 1);
        for (int k = -half; k <= half; ++k) {
            const Complex f = debye(k * step);
            // f' = -f (1 - f), f'' = -f' (1 - 2 f)
            const Complex f1 = -f * (1.0 - f);
            const Complex f2 = -f1 * (1.0 - 2.0 * f);
            d.push_back({{f.real(), f.imag(), f1.real(), f1.imag(), f2.real(), f2.imag()}});
        }
    }
    /// The function and its two derivatives, real and imaginary parts in turn.
    struct Entry {
        double number[6];
    };
    int offset = 0;
    std::vector<Entry> d;
};

const DebyeGrid& debye_grid() {
    static const DebyeGrid grid;
    return grid;
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

BetaTable::BetaTable() : nodes_(static_cast<std::size_t>(2.0 * reach / step) + 2) {}

void BetaTable::set_B(double B) {
    if (B == B_) {
        return;
    }
    B_ = B;
    ++generation_;
    // Wide enough for every B a fit may reach, so that no fit crosses a change of step.
    node_stride_ = B <= 3.0 ? 2 : 1;
    stride_ = B <= 0.3 ? 2 : 1;
    x_.clear();
    weight_.clear();
    weight_B_.clear();
    if (B > 1.5) {
        // Narrower than the grid: weights at their own places, Debye functions computed.
        const double h = 0.3 / B;
        for (double x = -27.0 / B; x <= 3.6 / B; x += h) {
            x_.push_back(x);
            add_weight(x, h);
        }
        return;
    }
    const double h = stride_ * step;
    first_ = static_cast<int>(std::floor(-27.0 / (B * h))) * stride_;
    const int last = static_cast<int>(std::ceil(3.6 / (B * h))) * stride_;
    for (int k = first_; k <= last; k += stride_) {
        add_weight(k * step, h);
    }
}

void BetaTable::add_weight(double x, double h) {
    const double e = std::exp(B_ * x);
    const double density = B_ * std::exp(B_ * x - e);
    weight_.push_back(h * density);
    weight_B_.push_back(h * density * (1.0 / B_ + x - x * e));
}

const BetaTable::Node& BetaTable::node(int index) {
    Node& n = nodes_[static_cast<std::size_t>(index)];
    if (n.generation == generation_) {
        return n;
    }
    n = Node{};
    n.generation = generation_;
    for (std::size_t k = 0; k < x_.size(); ++k) {
        const Complex f = debye(index * step - reach + x_[k]);
        const Complex f1 = -f * (1.0 - f);
        n.f += weight_[k] * f;
        n.f_z += weight_[k] * f1;
        n.f_zz -= weight_[k] * f1 * (1.0 - 2.0 * f);
        n.g += weight_B_[k] * f;
        n.g_z += weight_B_[k] * f1;
    }
    if (!x_.empty()) {
        return n;
    }
    const DebyeGrid& grid = debye_grid();
    const int lowest = index - static_cast<int>(reach / step) + first_ + grid.offset;
    const int highest = static_cast<int>(grid.d.size()) - 1;
    // Plain locals: they stay in registers, an array of sums would not.
    double f_re = 0.0;
    double f_im = 0.0;
    double f1_re = 0.0;
    double f1_im = 0.0;
    double f2_re = 0.0;
    double f2_im = 0.0;
    double g_re = 0.0;
    double g_im = 0.0;
    double g1_re = 0.0;
    double g1_im = 0.0;
    for (std::size_t k = 0; k < weight_.size(); ++k) {
        const int at = std::clamp(lowest + static_cast<int>(k) * stride_, 0, highest);
        const double* e = grid.d[static_cast<std::size_t>(at)].number;
        const double w = weight_[k];
        const double w_B = weight_B_[k];
        f_re += w * e[0];
        f_im += w * e[1];
        f1_re += w * e[2];
        f1_im += w * e[3];
        f2_re += w * e[4];
        f2_im += w * e[5];
        g_re += w_B * e[0];
        g_im += w_B * e[1];
        g1_re += w_B * e[2];
        g1_im += w_B * e[3];
    }
    n.f = {f_re, f_im};
    n.f_z = {f1_re, f1_im};
    n.f_zz = {f2_re, f2_im};
    n.g = {g_re, g_im};
    n.g_z = {g1_re, g1_im};
    return n;
}

BetaTable::Value BetaTable::value(double ln_omega_tau) {
    if (!(std::abs(ln_omega_tau) < reach - 2.0 * step)) {
        return {ln_omega_tau < 0.0 ? Complex{1.0, 0.0} : Complex{}, Complex{}, Complex{}};
    }
    const double h = node_stride_ * step;
    const double position = (ln_omega_tau + reach) / h;
    const int index = static_cast<int>(position);
    const double t = position - index;
    const Node& a = node(index * node_stride_);
    const Node& b = node((index + 1) * node_stride_);
    const Complex d0 = h * a.f_z;
    const Complex d1 = h * b.f_z;
    const Complex s0 = (0.5 * h * h) * a.f_zz;
    const Complex s1 = (0.5 * h * h) * b.f_zz;
    const Complex u = b.f - a.f - d0 - s0;
    const Complex v = d1 - d0 - 2.0 * s0;
    const Complex w = s1 - s0;
    const Complex p3 = 10.0 * u - 4.0 * v + w;
    const Complex p4 = -15.0 * u + 7.0 * v - 2.0 * w;
    const Complex p5 = 6.0 * u - 3.0 * v + w;
    const Complex e0 = h * a.g_z;
    const Complex gu = b.g - a.g - e0;
    const Complex gv = h * b.g_z - e0;
    Value out;
    out.value = a.f + t * (d0 + t * (s0 + t * (p3 + t * (p4 + t * p5))));
    out.d_ln_omega_tau = (d0 + t * (2.0 * s0 + t * (3.0 * p3 + t * (4.0 * p4 + t * 5.0 * p5)))) / h;
    out.d_B = a.g + t * (e0 + t * ((3.0 * gu - gv) + t * (gv - 2.0 * gu)));
    return out;
}

}  // namespace relaxd::model
