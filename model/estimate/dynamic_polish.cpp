// SPDX-License-Identifier: MIT
#include "model/estimate/dynamic_polish.hpp"

#include "model/estimate/dynamic_isotherm.hpp"
#include "model/estimate/dynamic_objective.hpp"
#include "model/fit/robust.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

namespace relaxd::model {

namespace {

constexpr int evaluations_before_box = 80;
constexpr int rows_of_a_ramp = 1000;     ///< Sweeps with fewer rows may have more evaluations …
constexpr int longest = 10;              ///< … up to so many times.
constexpr std::size_t rows_a_sweep = 8;  ///< In one kelvin; a ramp has its few frequencies.
constexpr double box_cost = 1.0 + 1e-9;  ///< What is held may not cost more.

/// A few precise isotherms hardly see t0, which makes a long valley; an evaluation costs as much
/// as there are rows, so they may have more of them.
int longer_for_sweeps(const std::vector<DynamicRow>& rows) {
    std::set<long long> kelvins;
    for (const DynamicRow& row : rows) {
        kelvins.insert(std::llround(row.temperature_K));
    }
    if (rows.size() < rows_a_sweep * kelvins.size() || rows.empty() ||
        rows.size() >= static_cast<std::size_t>(rows_of_a_ramp)) {
        return 1;
    }
    return std::clamp(rows_of_a_ramp / static_cast<int>(rows.size()), 1, longest);
}

std::optional<std::pair<double, double>> box_of(std::size_t coordinate) {
    switch (coordinate) {
        case q_chi_Tg: return std::pair(chi_box_low, chi_box_high);
        case q_ln_B:
        case q_ln_B_fast: return std::pair(ln_B_low, ln_B_high);
        default: return std::nullopt;
    }
}

}  // namespace

SolverResult DynamicPolish::polish(const Layout& layout, const Eigen::VectorXd& start) const {
    // A process that may not be there lies in a long valley.
    const int most = evaluations_max_ * std::max(layout.has_fast ? 3 : 1, longer_for_sweeps(rows_));
    const int first = std::min(most, evaluations_before_box);
    SolverResult fit = minimize_fully(layout, start, first);
    if (fit.converged() || fit.termination == Termination::bad_start) {
        return fit;
    }
    if (auto inside = held_at_box(layout, fit, most)) {
        return std::move(*inside);
    }
    if (fit.termination == Termination::evaluations && most > first) {
        const int spent = fit.evaluations;
        fit = minimize_fully(layout, fit.p, most - first);
        fit.evaluations += spent;
        if (!fit.converged()) {
            if (auto inside = held_at_box(layout, fit, most)) {
                return std::move(*inside);
            }
        }
    }
    return fit;
}

std::optional<SolverResult> DynamicPolish::held_at_box(
    const Layout& layout, const SolverResult& fit, int evaluations_max
) const {
    Eigen::VectorXd next = fit.p;
    Eigen::MatrixXd inverse;
    if (invert_positive(fit.at.curvature, inverse)) {
        next -= inverse * fit.at.gradient;
    }
    Layout held = layout;
    Coordinates q{};
    if (!layout.expand(fit.p, q, nullptr)) {
        return std::nullopt;
    }
    for (std::size_t k = 0; k < layout.free.size(); ++k) {
        const std::size_t i = layout.free[k];
        const auto box = box_of(i);
        if (!box) {
            continue;
        }
        const double margin = 0.01 * (box->second - box->first);
        const double value = fit.p[static_cast<Eigen::Index>(k)];
        const double towards = next[static_cast<Eigen::Index>(k)];
        const double low = box->first + 0.1 * margin;
        const double high = box->second - 0.1 * margin;
        const bool is_near = value < box->first + margin || value > box->second - margin;
        if (is_near || towards < low || towards > high) {
            held.mode[i] = Mode::fixed;
            q[i] = held.value[i] = is_near ? value : std::clamp(towards, low, high);
            std::erase(held.free, i);
        }
    }
    if (held.free.size() == layout.free.size()) {
        return std::nullopt;
    }
    SolverResult inside = minimize_fully(held, held.collect(q), evaluations_max);
    if (!inside.converged() || !(inside.at.cost < fit.at.cost * box_cost) ||
        !held.expand(inside.p, q, nullptr)) {
        return std::nullopt;
    }
    inside.p = layout.collect(q);
    return inside;
}

SolverResult DynamicPolish::minimize_fully(
    const Layout& layout, const Eigen::VectorXd& start, int evaluations_max
) const {
    const DynamicIsotherm isotherm(layout);
    DynamicObjective objective(isotherm.layout(), form_, rows_, CauchyLoss{});
    SolverOptions tight;
    tight.evaluations_max = evaluations_max;
    tight.cost_tolerance = 0.0;
    tight.decrement_tolerance = 0.0;
    tight.decrement_absolute = 1e-7;
    tight.damping = 1e-4;
    tight.newton_after = 30;
    tight.polish = 2;
    isotherm.bound(tight);
    Coordinates q{};
    if (!layout.expand(start, q, nullptr)) {
        return minimize(objective, start, tight);
    }
    return isotherm.whole(minimize(objective, isotherm.collect(q), tight));
}

bool DynamicPolish::is_near(const SolverResult& fit) const {
    Eigen::MatrixXd inverse;
    if (fit.termination == Termination::bad_start || !invert_positive(fit.at.curvature, inverse)) {
        return false;
    }
    const double scatter = fit.at.cost / (2.0 * static_cast<double>(rows_.size()));
    return fit.at.gradient.dot(inverse * fit.at.gradient) < 1e-3 * std::max(1.0, scatter);
}

}  // namespace relaxd::model
