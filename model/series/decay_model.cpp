// SPDX-License-Identifier: MIT
#include "model/series/decay_model.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <tuple>

namespace relaxd::model {

namespace {

constexpr std::array<double, 6> beta_grid = {0.25, 0.4, 0.55, 0.7, 0.85, 1.0};
constexpr std::array<double, 11> ln_tau_grid = {
    -7.0, -5.5, -4.5, -3.5, -2.5, -1.6, -0.8, 0.0, 0.8, 1.6, 2.7
};  ///< Against the last time.

double sigma_of(const DecayRows& rows, const DecayRow& row, double unit) {
    return rows.has_sigmas ? row.sigma / unit : 1.0 / std::sqrt(row.count);
}

/// Weighted sums of one group for y = inf + (first - inf) s, s = exp[-(t/tau)^beta].
struct Sums {
    double w = 0.0, s = 0.0, ss = 0.0, y = 0.0, sy = 0.0, yy = 0.0;

    void add(double weight, double shape, double value) {
        w += weight;
        s += weight * shape;
        ss += weight * shape * shape;
        y += weight * value;
        sy += weight * shape * value;
        yy += weight * value * value;
    }
    [[nodiscard]] double chi2_constant() const { return std::max(0.0, yy - y * y / w); }
};

std::optional<DecayStart> start_at(const DecayRows& rows, double unit, double ln_tau, double beta) {
    DecayStart out;
    out.ln_tau = ln_tau;
    out.beta = beta;
    std::vector<Sums> sums(rows.groups());
    const double tau = std::exp(ln_tau);
    // About the first value of its group: no digits are lost in yy - y^2/w.
    std::vector<double> zero(rows.groups(), std::numeric_limits<double>::quiet_NaN());
    for (const auto& row : rows.rows) {
        const double sigma = sigma_of(rows, row, unit);
        if (std::isnan(zero[row.group])) {
            zero[row.group] = row.value / unit;
        }
        const double value = row.value / unit - zero[row.group];
        sums[row.group].add(
            1.0 / (sigma * sigma), std::exp(-std::pow(row.time_s / tau, beta)), value
        );
    }
    for (std::size_t g = 0; g < sums.size(); ++g) {
        const auto& m = sums[g];
        const double determinant = m.w * m.ss - m.s * m.s;
        if (!(determinant > 1e-12 * m.w * m.ss)) {
            return std::nullopt;
        }
        const double slope = (m.w * m.sy - m.s * m.y) / determinant;
        const double inf = (m.y - slope * m.s) / m.w;
        out.ends.push_back(zero[g] + inf + slope);
        out.ends.push_back(zero[g] + inf);
        out.chi2 += std::max(0.0, m.yy - inf * m.y - slope * m.sy);
        out.chi2_constant += m.chi2_constant();
    }
    return std::isfinite(out.chi2) ? std::optional(out) : std::nullopt;
}

}  // namespace

DecayModel::DecayModel(const DecayRows& rows, double unit) : rows_(rows), unit_(unit) {
    for (const auto& row : rows.rows) {
        sigma_.push_back(sigma_of(rows, row, unit));
    }
}

bool DecayModel::residuals(
    const Eigen::VectorXd& q, Eigen::VectorXd& r, Eigen::MatrixXd* derivative
) {
    const double tau = std::exp(q[0]);
    const double beta = q[1];
    r.resize(static_cast<Eigen::Index>(rows_.rows.size()));
    if (derivative != nullptr) {
        derivative->setZero(r.size(), q.size());
    }
    for (std::size_t i = 0; i < rows_.rows.size(); ++i) {
        const auto& row = rows_.rows[i];
        const auto at = static_cast<Eigen::Index>(i);
        const auto first = static_cast<Eigen::Index>(decay_value_0(row.group));
        const double x = row.time_s / tau;
        const double power = x > 0.0 ? std::pow(x, beta) : 0.0;
        const double s = std::exp(-power);
        const double amplitude = q[first] - q[first + 1];
        const double sigma = sigma_[i];
        r[at] = (q[first + 1] + amplitude * s - row.value / unit_) / sigma;
        if (derivative != nullptr) {
            auto& j = *derivative;
            j(at, 0) = amplitude * s * power * beta / sigma;
            j(at, 1) = x > 0.0 ? -amplitude * s * power * std::log(x) / sigma : 0.0;
            j(at, first) = s / sigma;
            j(at, first + 1) = (1.0 - s) / sigma;
        }
    }
    return r.allFinite();
}

std::vector<DecayStart> decay_starts(
    const DecayRows& rows,
    double unit,
    std::optional<double> fixed_ln_tau,
    std::optional<double> fixed_beta
) {
    std::vector<DecayStart> all;
    const double ln_last = std::log(rows.last_time_s());
    double ln_first = ln_last;
    for (const auto& row : rows.rows) {
        ln_first = row.time_s > 0.0 ? std::min(ln_first, std::log(row.time_s)) : ln_first;
    }
    std::vector<double> steps(std::begin(ln_tau_grid), std::end(ln_tau_grid));
    constexpr double coarse = 4.0;  // a master curve reaches far below its last time
    for (double step = steps.front() - coarse; ln_last + step > ln_first; step -= coarse) {
        steps.push_back(step);
    }
    for (const double step : steps) {
        std::optional<DecayStart> best;
        for (const double beta : beta_grid) {
            auto start = start_at(
                rows, unit, fixed_ln_tau.value_or(ln_last + step), fixed_beta.value_or(beta)
            );
            if (start && (!best || start->chi2 < best->chi2)) {
                best = std::move(start);
            }
        }
        if (best) {
            all.push_back(std::move(*best));
        }
        if (fixed_ln_tau) {
            break;
        }
    }
    std::sort(all.begin(), all.end(), [](const DecayStart& a, const DecayStart& b) {
        return std::tie(a.chi2, a.ln_tau) < std::tie(b.chi2, b.ln_tau);
    });
    all.resize(std::min<std::size_t>(all.size(), 2));
    return all;
}

}  // namespace relaxd::model
