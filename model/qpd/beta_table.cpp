// SPDX-License-Identifier: MIT
#include "model/qpd/beta_table.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <vector>

namespace relaxd::model {

namespace {

using Complex = std::complex<double>;

constexpr double reach = 110.0;  ///< The table spans ±reach in z = ln(omega tau).
constexpr double z_step = 0.2;
constexpr double offset = 0.5;     ///< g = ln(1/B + offset)
constexpr double cut_left = 23.0;  ///< Where the sums over y = B ln(tau/tau_mode) end.
constexpr double cut_right = 3.6;
constexpr double grid_from = 0.65;  ///< 1/B above which the sums run over ln(omega tau).

constexpr double w_max = 1000.0;  ///< The largest 1/B.

// g from ln(1/2), B infinite, in steps of 5/64 to 1/B = 1059.
constexpr HermiteLayout grid_layout{-reach, z_step, 1101, -std::numbers::ln2, 0.078125, 99, 16384};

/// 1/(1 + i e^u) and four derivatives.
struct Debye {
    Complex d[5];
};
Debye debye(double u) {
    Complex f;
    if (u > 0.0) {
        const double inverse = std::exp(-u);
        const double scale = 1.0 / (1.0 + inverse * inverse);
        f = {inverse * inverse * scale, -inverse * scale};
    } else {
        const double x = std::exp(u);
        const double scale = 1.0 / (1.0 + x * x);
        f = {scale, -x * scale};
    }
    const Complex square = f * (1.0 - f);
    const Complex bent = 1.0 - 2.0 * f;
    return {
        {f,
         -square,
         square * bent,
         -square * (1.0 - 6.0 * square),
         square * bent * (1.0 - 12.0 * square)}
    };
}

/// The Debye function with two derivatives at the places of the table's columns, made once.
class DebyeGrid {
  public:
    static constexpr int half = 225;  ///< To |u| = 45: beyond, 1 or 0.
    static constexpr std::size_t entries = 451;
    struct Entry {
        double number[3][2];  ///< The function and its derivatives, real and imaginary part.
    };
    [[nodiscard]] static const Entry& at(int k) {
        static const DebyeGrid grid;
        const int place = half + std::clamp(k, -half, half);
        return grid.entry_[static_cast<std::size_t>(place)];
    }

  private:
    DebyeGrid() {
        int k = -half;
        for (Entry& entry : entry_) {
            const Debye f = debye(k * z_step);
            entry = {
                {{f.d[0].real(), f.d[0].imag()},
                 {f.d[1].real(), f.d[1].imag()},
                 {f.d[2].real(), f.d[2].imag()}}
            };
            ++k;
        }
    }
    std::array<Entry, entries> entry_{};
};

/// The weights of the places u = ln(tau/tau_mode) = k h with two derivatives along g, at one B.
struct Spread {
    int stride = 1;  ///< h in steps of the table
    int first = 0;   ///< k of the first
    std::vector<std::array<double, 3>> weight;
};
Spread spread_of(double w, double w_g) {
    Spread s;
    s.stride = w < 1.3 ? 1 : 2;
    const double h = s.stride * z_step;
    s.first = static_cast<int>(std::floor(-cut_left * w / h));
    const int last = static_cast<int>(std::ceil(cut_right * w / h));
    const double ratio = w_g / w;
    for (int k = s.first; k <= last; ++k) {
        const double y = k * h / w;
        const double e = std::exp(y);
        const double size = h / w * std::exp(y - e);
        const double q = y * (1.0 - e);
        const double log_1 = -ratio * (1.0 + q);
        const double log_2 =
            (ratio * ratio - ratio) * (1.0 + q) + ratio * ratio * y * (1.0 - e - y * e);
        s.weight.push_back({size, log_1 * size, (log_1 * log_1 + log_2) * size});
    }
    return s;
}

/// Times spread less than the process: a sum over y = B ln(tau/tau_mode), omega tau = e^(z + w y).
HermiteNode narrow(double z, double w, double w_g) {
    constexpr double step = 0.3;
    HermiteNode n{};
    for (double k = std::floor(-cut_left / step); k * step <= cut_right; k += 1.0) {
        const double y = k * step;
        const double weight = step * std::exp(y - std::exp(y));
        const Debye f = debye(z + w * y);
        const double a = y * w_g;  // d(z + w y)/dg, and its own derivative
        for (int i = 0; i < 3; ++i) {
            n.derivative[i][0] += weight * f.d[i];
            n.derivative[i][1] += weight * a * f.d[i + 1];
            n.derivative[i][2] += weight * a * (a * f.d[i + 2] + f.d[i + 1]);
        }
    }
    return n;
}

/// Times spread more than the process: a sum over ln(tau/tau_mode) at fixed times; `entry` gives
/// the Debye function at the k-th.
template <typename Entry>
HermiteNode wide(const Spread& spread, Entry entry) {
    double sum[3][3][2] = {};  // by derivatives along g and z, real and imaginary part
    int k = spread.first;
    for (const auto& weight : spread.weight) {
        const DebyeGrid::Entry& e = entry(k * spread.stride);
        for (int j = 0; j < 3; ++j) {
            for (int i = 0; i < 3; ++i) {
                for (int part = 0; part < 2; ++part) {
                    sum[j][i][part] += weight[static_cast<std::size_t>(j)] * e.number[i][part];
                }
            }
        }
        ++k;
    }
    HermiteNode n;
    for (int i = 0; i < 3; ++i) {
        for (int j = 0; j < 3; ++j) {
            n.derivative[i][j] = {sum[j][i][0], sum[j][i][1]};
        }
    }
    return n;
}

double w_of(double w_g) {
    return std::max(0.0, w_g - offset);
}

HermiteNode node(int column, int row) {
    const double w_g = std::exp(grid_layout.y_of(row));
    const double w = w_of(w_g);
    if (w < grid_from) {
        return narrow(grid_layout.x_of(column), w, w_g);
    }
    thread_local std::array<Spread, grid_layout.rows> spreads;
    Spread& spread = spreads[static_cast<std::size_t>(row)];
    if (spread.weight.empty()) {
        spread = spread_of(w, w_g);
    }
    const int centre = column - (grid_layout.columns - 1) / 2;
    return wide(spread, [centre](int k) -> const DebyeGrid::Entry& {
        return DebyeGrid::at(centre + k);
    });
}

/// Value and first derivatives anywhere.
HermiteNode direct(double z, double w) {
    const double w_g = w + offset;
    if (w < grid_from) {
        return narrow(z, w, w_g);
    }
    DebyeGrid::Entry entry{};
    return wide(spread_of(w, w_g), [z, &entry](int k) -> const DebyeGrid::Entry& {
        const Debye f = debye(z + k * z_step);
        entry = {{{f.d[0].real(), f.d[0].imag()}, {f.d[1].real(), f.d[1].imag()}, {0.0, 0.0}}};
        return entry;
    });
}

HermiteGrid& grid_of_this_thread() {
    thread_local HermiteGrid grid(grid_layout, node);
    return grid;
}

}  // namespace

void BetaTable::set_B(double B) {
    const double w = 1.0 / B;
    const bool is_known = w < w_max;
    w_ = is_known ? std::max(0.0, w) : w_max;
    d_B_ = is_known ? -w_ * w_ / (w_ + offset) : 0.0;
    HermiteGrid& grid = grid_of_this_thread();
    slice_.set(grid, grid.row_of(std::max(std::log(w_ + offset), grid_layout.y_low)));
}

BetaTable::Value BetaTable::value(double ln_omega_tau) {
    const double z = ln_omega_tau;
    if (std::abs(z) < reach) {
        const HermiteGrid::Value f = slice_.value(z);
        return {f.f, f.f_x, d_B_ * f.f_y};
    }
    // Far outside the spread of the times, and for a number that is none.
    if (!(z < 0.0 ? w_ > 20.0 && z > -60.0 * w_ : z < 40.0 * w_)) {
        return {z < 0.0 ? Complex{1.0, 0.0} : Complex{}, Complex{}, Complex{}};
    }
    const HermiteNode n = direct(z, w_);
    return {n.derivative[0][0], n.derivative[1][0], d_B_ * n.derivative[0][1]};
}

}  // namespace relaxd::model
