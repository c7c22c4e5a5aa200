// SPDX-License-Identifier: MIT
#include "model/fit/named_profile.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace relaxd::model {

namespace {

constexpr double expected_rise = 4.0;
constexpr double profile_tolerance = 0.3;
constexpr int search_steps_max = 60;
constexpr double normal_975 = 1.959963984540054;

Eigen::Index at(std::size_t i) {
    return static_cast<Eigen::Index>(i);
}

std::vector<bool> held_with(std::span<const NamedCoordinate> coordinates, std::size_t which) {
    std::vector<bool> is_held;
    is_held.reserve(coordinates.size());
    for (std::size_t i = 0; i < coordinates.size(); ++i) {
        is_held.push_back(coordinates[i].is_fixed || i == which);
    }
    return is_held;
}

/// Where linear theory expects the optimum of the others when `which` moves by `move`, inside the
/// box.
Eigen::VectorXd path_to(
    const NamedFit& fit,
    std::span<const NamedCoordinate> coordinates,
    std::size_t which,
    double move
) {
    const auto& C = fit.covariance;
    Eigen::VectorXd q = fit.q + (move / C(at(which), at(which))) * C.col(at(which));
    for (std::size_t i = 0; i < coordinates.size(); ++i) {
        if (i != which && !coordinates[i].is_fixed) {
            q[at(i)] = std::clamp(q[at(i)], coordinates[i].low, coordinates[i].high);
        }
    }
    q[at(which)] = fit.q[at(which)] + move;
    return q;
}

/// The profile of the real cost along one coordinate.
class RealProfile {
  public:
    RealProfile(
        NamedObjective& objective,
        std::span<const NamedCoordinate> coordinates,
        const NamedFit& fit,
        std::size_t which
    )
        : objective_(objective), coordinates_(coordinates), fit_(fit), which_(which) {
        best_ = cost_at(fit.q[at(which)]);
    }

    /// Rise of the minimised cost at `value`; none where the model has no value.
    [[nodiscard]] std::optional<double> rise_at(double value) {
        const auto cost = cost_at(value);
        if (!cost || !best_) {
            return std::nullopt;
        }
        return *cost - *best_;
    }

  private:
    [[nodiscard]] std::optional<double> cost_at(double value) {
        const double move = value - fit_.q[at(which_)];
        const Eigen::VectorXd q = path_to(fit_, coordinates_, which_, move);
        std::optional<double> least;
        // From the linear path, from the optimum and from the last place: the deepest counts.
        const std::array<const Eigen::VectorXd*, 3> starts = {&q, &fit_.q, &last_};
        for (const Eigen::VectorXd* from : starts) {
            if (from->size() == 0) {
                continue;
            }
            Eigen::VectorXd start = *from;
            start[at(which_)] = value;
            objective_.hold(start, held_with(coordinates_, which_));
            SolverOptions solver;
            solver.evaluations_max = 60;
            solver.decrement_absolute = 1e-6;
            const SolverResult result = minimize(objective_, objective_.collect(start), solver);
            if (result.termination != Termination::bad_start &&
                (!least || result.at.cost < *least)) {
                least = result.at.cost;
                last_ = objective_.expand(result.p);
            }
        }
        return least;
    }

    NamedObjective& objective_;
    std::span<const NamedCoordinate> coordinates_;
    const NamedFit& fit_;
    std::size_t which_;
    std::optional<double> best_;
    Eigen::VectorXd last_;
};

/// Where the profile has risen by `rise` on one side; none where it does not inside the box.
std::optional<double> end_of(
    RealProfile& profile, double from, double first_step, double limit, double rise
) {
    double inside = from;
    double outside = from + first_step;
    for (int k = 0;; ++k) {
        const bool is_beyond = first_step < 0.0 ? outside <= limit : outside >= limit;
        if (is_beyond) {
            outside = limit;
        }
        const auto here = profile.rise_at(outside);
        if (!here || *here >= rise) {
            if (!here && is_beyond) {
                return std::nullopt;
            }
            break;
        }
        if (is_beyond || k == search_steps_max) {
            return std::nullopt;
        }
        inside = outside;
        outside = from + (outside - from) * 1.6;
    }
    bool has_value_outside = profile.rise_at(outside).has_value();
    for (int k = 0; k < 50 && std::abs(outside - inside) > 1e-6 * std::abs(outside - from); ++k) {
        const double middle = 0.5 * (inside + outside);
        const auto here = profile.rise_at(middle);
        if (here && *here < rise) {
            inside = middle;
        } else {
            outside = middle;
            has_value_outside = here.has_value();
        }
    }
    if (!has_value_outside) {
        return std::nullopt;  // the model ends before the cost has risen
    }
    return 0.5 * (inside + outside);
}

}  // namespace

ProfileOnPseudoData::ProfileOnPseudoData(
    NamedObjective& objective, std::span<const NamedCoordinate> coordinates, const NamedFit& fit
)
    : objective_(objective), coordinates_(coordinates), fit_(fit) {
    objective_.pseudo_residuals = fit.residuals;
    objective_.pseudo_q = fit.q;
    objective_.scaling.weight = 1.0 / fit.variance_factor;
}

bool ProfileOnPseudoData::is_parabola(std::size_t which) {
    const double sd = std::sqrt(fit_.covariance(at(which), at(which)));
    for (const double side : {-2.0, 2.0}) {
        const double value = fit_.q[at(which)] + side * sd;
        if (value < coordinates_[which].low || value > coordinates_[which].high) {
            return false;
        }
        const Eigen::VectorXd start = path_to(fit_, coordinates_, which, side * sd);
        objective_.hold(start, held_with(coordinates_, which));
        SolverOptions solver;
        solver.evaluations_max = 12;
        solver.decrement_absolute = 0.05 * expected_rise;
        const SolverResult result = minimize(objective_, objective_.collect(start), solver);
        if (result.termination == Termination::bad_start ||
            !(std::abs(result.at.cost - expected_rise) <= profile_tolerance * expected_rise)) {
            return false;
        }
    }
    return true;
}

std::optional<std::pair<double, double>> profile_interval(
    ResidualModel& model,
    std::span<const NamedCoordinate> coordinates,
    const NamedFitOptions& options,
    const NamedFit& fit,
    std::size_t which,
    double rise
) {
    if (!fit.is_usable() || which >= coordinates.size() || coordinates[which].is_fixed) {
        return std::nullopt;
    }
    NamedObjective objective(model, coordinates);
    objective.loss = options.loss;
    objective.scaling = {fit.sigma_unit, fit.loss_scale, fit.data_weight};
    const auto& c = coordinates[which];
    const double sd = std::sqrt(fit.covariance(at(which), at(which)));
    const double q = fit.q[at(which)];
    // Where the noise is known from few residuals alone the interval is Student's here too.
    rise *= std::pow(fit.quantile_95 / normal_975, 2);
    const double step = std::sqrt(rise) * (std::isfinite(sd) && sd > 0.0 ? sd : c.weak_sd);
    RealProfile profile(objective, coordinates, fit, which);
    const auto low = end_of(profile, q, -step, c.low, rise);
    const auto high = end_of(profile, q, step, c.high, rise);
    if (!low || !high) {
        return std::nullopt;
    }
    return std::pair{*low, *high};
}

}  // namespace relaxd::model
