// SPDX-License-Identifier: MIT
#include "model/estimate/dynamic_pseudo.hpp"

#include "model/estimate/dynamic_model.hpp"
#include "model/estimate/dynamic_objective.hpp"
#include "model/fit/levenberg_marquardt.hpp"
#include "model/fit/robust.hpp"

#include <cmath>
#include <limits>

namespace relaxd::model {

namespace {

constexpr std::size_t profile_rows = 120;
constexpr double far_away = 15.0;      ///< In ln tau_max: nothing but the power law is left.
constexpr double weak_prior_sd = 1.0;  ///< In ln: from here on a prior separates no trade.
constexpr double far_sd = 12.0;
constexpr double wider = 3.0;      ///< What the priors of the others say is a guess.
constexpr double far_rise = 16.0;  ///< Of 4 standard deviations.
const CauchyLoss least_squares{std::numeric_limits<double>::infinity()};

Eigen::Index at(std::size_t i) {
    return static_cast<Eigen::Index>(i);
}

/// Coordinate `i` is no longer free.
void hold(Layout& layout, std::size_t i, double value) {
    layout.mode[i] = Mode::fixed;
    layout.value[i] = value;
    std::erase(layout.free, i);
}

}  // namespace

DynamicPseudo::DynamicPseudo(
    const Layout& layout,
    record::Form form,
    const std::vector<DynamicRow>& rows,
    const Coordinates& optimum,
    double scale
)
    : layout_(layout),
      form_(form),
      q_(optimum),
      rows_(thinned(rows, profile_rows)),
      centred_(layout),
      p_(layout.collect(optimum)) {
    for (auto& term : centred_.priors) {
        term.mean = quantity_of(term, q_, layout.T_ref_K).value;
    }
    const double kept = static_cast<double>(rows_.size()) / static_cast<double>(rows.size());
    DynamicModel model(layout, form);
    model.set(q_);
    for (auto& row : rows_) {
        LiveModel::Value value;
        if (!model.at(row, value)) {
            return;
        }
        row.storage_Pa = value.modulus_Pa.real();
        row.loss_Pa = value.modulus_Pa.imag();
        row.storage_sigma_Pa *= std::sqrt(scale * kept);
        row.loss_sigma_Pa *= std::sqrt(scale * kept);
    }
    DynamicObjective objective(centred_, form, rows_, least_squares);
    Evaluation here;
    is_valid_ = objective.evaluate(p_, here) && invert_positive(here.curvature, covariance_);
}

bool DynamicPseudo::profile_holds(std::size_t a, double sd) const {
    // From the straight path of the linear theory the others are refitted to 5 % of the rise.
    const std::size_t i = layout_.free[a];
    const double variance = covariance_(at(a), at(a));
    const double expected = 4.0 * sd * sd / variance;
    Layout held = centred_;
    hold(held, i, q_[i]);
    DynamicObjective objective(held, form_, rows_, least_squares);
    SolverOptions options;
    options.evaluations_max = 8;
    options.decrement_absolute = 0.05 * expected;
    for (const double side : {-2.0, 2.0}) {
        Eigen::VectorXd path = p_ + (side * sd / variance) * covariance_.col(at(a));
        path[at(a)] = q_[i] + side * sd;
        Coordinates q{};
        if (!layout_.expand(path, q, nullptr)) {
            return false;
        }
        held.value[i] = q[i];
        const SolverResult fit = minimize(objective, held.collect(q), options);
        if (fit.termination == Termination::bad_start ||
            !(std::abs(fit.at.cost - expected) <= profile_tolerance * expected)) {
            return false;
        }
    }
    return true;
}

bool DynamicPseudo::is_alone(std::size_t a, double sd) const {
    const std::size_t i = layout_.free[a];
    Layout held = centred_;
    hold(held, i, q_[i]);
    for (std::size_t k = 0; k < held.priors.size(); ++k) {
        const PriorTerm& term = layout_.priors[k];
        const bool is_ours =
            term.quantity == Quantity::coordinate && term.mean == layout_.start[term.coordinate];
        held.priors[k].sd *= is_ours ? wider : 1.0;
    }
    DynamicObjective objective(held, form_, rows_, least_squares);
    SolverOptions options;
    options.evaluations_max = 20;
    options.decrement_absolute = 0.2;
    for (const double side : {-1.0, 1.0}) {
        Coordinates q = q_;
        double rise = 0.0;
        for (double far = 2.0; far <= far_sd && rise < far_rise; far += 2.0) {
            q[i] = held.value[i] = q_[i] + side * far * sd;
            const SolverResult fit = minimize(objective, held.collect(q), options);
            if (fit.termination == Termination::bad_start || !held.expand(fit.p, q, nullptr)) {
                break;  // the end of the physical box
            }
            rise = fit.at.cost;
        }
        if (rise < far_rise) {
            return false;
        }
    }
    return true;
}

double DynamicPseudo::gain_over_power_law() const {
    Layout held = centred_;
    std::erase_if(held.priors, [](const PriorTerm& term) {
        const bool is_trader = term.coordinate == q_ln_A_an || term.coordinate == q_ln_A_vp ||
                               term.coordinate == q_ln_tau_max_Tg;
        return term.quantity == Quantity::coordinate && is_trader && term.sd >= weak_prior_sd;
    });
    Coordinates q = q_;
    q[q_ln_tau_max_Tg] += far_away;
    q[q_ln_A_an] += q[q_chi_Tg] * far_away;
    q[q_ln_A_vp] += q[q_chi_Tg] * far_away;
    hold(held, q_ln_tau_max_Tg, q[q_ln_tau_max_Tg]);
    if (layout_.is_one_temperature) {
        hold(held, q_U, q[q_U]);
        hold(held, q_T_g, q[q_T_g]);
    }
    DynamicObjective objective(held, form_, rows_, least_squares);
    SolverOptions options;
    options.evaluations_max = 12;
    options.decrement_absolute = 0.5;
    const SolverResult fit = minimize(objective, held.collect(q), options);
    return fit.termination == Termination::bad_start ? std::numeric_limits<double>::infinity()
                                                     : fit.at.cost;
}

}  // namespace relaxd::model
