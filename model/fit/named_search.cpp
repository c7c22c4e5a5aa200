// SPDX-License-Identifier: MIT
#include "model/fit/named_search.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace relaxd::model {

namespace {

constexpr double short_step = 1e-6;
constexpr double structured = 3.0;  ///< Correlation factor from which residuals are a wave.
constexpr double wild_sd = 15.0;
constexpr double wall_share = 1e-6;    ///< Of the box: so near its wall is at the wall.
constexpr double overshoot_sd = 1e-2;  ///< A step out of the box by less is no limit.
const CauchyLoss least_squares{std::numeric_limits<double>::infinity()};

Eigen::Index at(std::size_t i) {
    return static_cast<Eigen::Index>(i);
}

double median(std::vector<double> v) {
    if (v.empty()) {
        return 0.0;
    }
    const auto middle = v.begin() + static_cast<std::ptrdiff_t>(v.size() / 2);
    std::nth_element(v.begin(), middle, v.end());
    return *middle;
}

}  // namespace

NamedSearch::NamedSearch(
    ResidualModel& model,
    std::span<const NamedCoordinate> coordinates,
    const NamedFitOptions& options,
    NamedFit& out
)
    : coordinates_(coordinates),
      options_(options),
      out_(out),
      objective_(model, coordinates),
      n_(model.rows()),
      is_pinned_(coordinates.size(), false) {
    out_.q.resize(at(coordinates.size()));
    for (std::size_t i = 0; i < coordinates.size(); ++i) {
        const auto& c = coordinates[i];
        has_prior_ = has_prior_ || (!c.is_fixed && std::isfinite(c.prior_sd));
        out_.n_free += c.is_fixed ? 0 : 1;
        out_.q[at(i)] = c.is_fixed ? c.start : std::clamp(c.start, c.low, c.high);
    }
}

bool NamedSearch::run() {
    objective_.loss = least_squares;
    if (options_.sigma_is_relative && !scale_by_neighbours()) {
        out_.termination = Termination::bad_start;
        return false;
    }
    if (!settle()) {
        return false;
    }
    objective_.loss = options_.loss;
    for (int pass = 0; pass < 3; ++pass) {
        const double before = objective_.scaling.unit * objective_.scaling.loss_scale;
        if (!rescale()) {
            return false;
        }
        const double now = objective_.scaling.unit * objective_.scaling.loss_scale;
        const bool is_same = std::abs(now - before) <= 0.05 * before;
        if (pass > 0 && is_same) {
            break;
        }
        if (std::isinf(options_.loss.c) && is_same) {
            break;
        }
        if (!settle()) {
            return false;
        }
    }
    if (!rescale()) {
        return false;
    }
    if (has_prior_) {
        objective_.scaling.weight = 1.0 / weight_divisor();
        if (!settle()) {
            return false;
        }
    }
    return true;
}

double NamedSearch::degrees() const {
    return std::max(1.0, static_cast<double>(n_) - out_.n_free);
}

/// Robust standard deviation of the residuals, in units of the given sigmas.
double NamedSearch::residual_sd(const Eigen::VectorXd& r) const {
    const double freedom = std::sqrt(static_cast<double>(n_) / degrees());
    if (!std::isinf(options_.loss.c)) {
        std::vector<double> sizes;
        for (const double x : r) {
            sizes.push_back(std::abs(x));
        }
        const double sd = 1.4826 * median(std::move(sizes)) * freedom;
        const std::span<const double> all(r.data(), n_);
        if (sd > 0.0 && correlation_factor(all, options_.series_ends) < structured) {
            return sd;
        }
        if (sd > 0.0) {
            // A wave, not noise: its crests are no outliers, and must not be treated as such.
            const double bound = wild_sd * sd;
            const Eigen::VectorXd held = r.cwiseMax(-bound).cwiseMin(bound);
            return std::max(sd, std::sqrt(held.squaredNorm() / degrees()));
        }
    }
    return std::sqrt(r.squaredNorm() / degrees());
}

/// Relative sigmas say nothing of the data's weight beside the priors. At the start the residuals
/// are mostly misfit; what is no misfit shows in the differences of neighbours.
bool NamedSearch::scale_by_neighbours() {
    Eigen::MatrixXd unused;
    if (!objective_.information(out_.q, out_.residuals, unused)) {
        return false;
    }
    const Eigen::VectorXd& r = out_.residuals;
    std::vector<double> bends;
    for (Eigen::Index i = 1; i + 1 < r.size(); ++i) {
        bends.push_back(std::abs(r[i + 1] - 2.0 * r[i] + r[i - 1]));
    }
    const double all = std::sqrt(r.squaredNorm() / degrees());
    const double noise = 1.4826 / std::sqrt(6.0) * median(std::move(bends));
    const double unit = std::clamp(noise, 1e-6 * all, all);
    objective_.scaling.unit = unit > 0.0 ? unit : 1.0;
    return true;
}

bool NamedSearch::rescale() {
    objective_.scaling.unit = 1.0;
    Eigen::MatrixXd unused;
    if (!objective_.information(out_.q, out_.residuals, unused)) {
        out_.termination = Termination::stalled;
        return false;
    }
    const double sd = residual_sd(out_.residuals);
    if (options_.sigma_is_relative) {
        objective_.scaling.unit = sd > 0.0 ? sd : 1.0;
        out_.residuals /= objective_.scaling.unit;
    } else {
        objective_.scaling.loss_scale = std::max(1.0, sd);
    }
    out_.sigma_unit = objective_.scaling.unit;
    out_.loss_scale = objective_.scaling.loss_scale;
    return true;
}

/// Minimises from out_.q; a coordinate that wants out of the box is held at its end.
bool NamedSearch::settle() {
    is_pinned_.assign(coordinates_.size(), false);
    std::vector<bool> was_released(coordinates_.size(), false);
    for (std::size_t round = 0; round <= 3 * coordinates_.size(); ++round) {
        if (!minimize_once()) {
            return false;
        }
        if (!pin_one() && !release_one(was_released)) {
            break;
        }
    }
    return out_.is_usable();
}

void NamedSearch::hold() {
    std::vector<bool> is_held;
    is_held.reserve(coordinates_.size());
    for (std::size_t i = 0; i < coordinates_.size(); ++i) {
        is_held.push_back(coordinates_[i].is_fixed || is_pinned_[i]);
    }
    objective_.hold(out_.q, is_held);
}

bool NamedSearch::minimize_once() {
    hold();
    SolverOptions solver;
    solver.evaluations_max =
        std::max(options_.evaluations_max - out_.evaluations, options_.evaluations_max / 2);
    // Slow is not done: only a point where nothing can be gained ends the search.
    solver.cost_tolerance = 0.0;
    solver.decrement_absolute = options_.sigma_is_relative ? 0.0 : 1e-10;
    // With squares the curvature is right where the residuals are small.
    solver.newton_after = std::isinf(objective_.loss.c) ? 0 : 40;
    solver.polish = 3;
    const SolverResult fit = minimize(objective_, objective_.collect(out_.q), solver);
    out_.evaluations += fit.evaluations;
    out_.termination = fit.termination;
    if (fit.termination == Termination::bad_start) {
        return false;
    }
    out_.q = objective_.expand(fit.p);
    out_.cost = fit.at.cost;
    at_ = fit.at;
    if (fit.termination == Termination::step && !is_near_optimum(fit)) {
        out_.termination = Termination::stalled;  // short because damped, not because done
    } else if (!fit.converged() && is_near_optimum(fit)) {
        out_.termination = Termination::decrement;  // there but for rounding
    }
    return true;
}

/// Would the undamped step move every coordinate by less than 1e-6 of itself, or lower the cost by
/// less than that?
bool NamedSearch::is_near_optimum(const SolverResult& fit) {
    // What nothing depends on has no curvature and no gradient: any positive number will do.
    Eigen::MatrixXd h = fit.at.curvature;
    for (Eigen::Index i = 0; i < h.rows(); ++i) {
        h(i, i) = h(i, i) > 0.0 ? h(i, i) : 1.0;
    }
    Eigen::MatrixXd inverse;
    if (!invert_positive(h, inverse)) {
        return false;
    }
    const Eigen::VectorXd step = inverse * fit.at.gradient;
    const bool is_short = (step.cwiseAbs().array() <= short_step * fit.p.cwiseAbs().array()).all();
    return fit.at.gradient.dot(step) <= (is_short ? 1e-2 : short_step) * fit.at.cost;
}

/// Where the undamped step from here leaves the box: the farthest out is held at the box's end.
bool NamedSearch::pin_one() {
    Eigen::MatrixXd inverse;
    Eigen::MatrixXd h = at_.curvature;
    h.diagonal() *= 1.0 + 1e-9;
    if (at_.gradient.size() == 0 || !invert_positive(h, inverse)) {
        return false;
    }
    const Eigen::VectorXd step = -inverse * at_.gradient;
    double farthest = overshoot_sd;
    std::size_t which = coordinates_.size();
    double where = 0.0;
    for (std::size_t k = 0; k < objective_.free().size(); ++k) {
        const std::size_t i = objective_.free()[k];
        const auto& c = coordinates_[i];
        const double q = out_.q[at(i)];
        const double wanted = q + step[at(k)];
        const double out = std::max(c.low - wanted, wanted - c.high);
        const double sd = std::sqrt(inverse(at(k), at(k)));
        if (std::isfinite(out) && out > farthest * sd) {
            farthest = out / sd;
            which = i;
            where = wanted < c.low ? c.low : c.high;
        }
        // At the wall with the cost falling outside: every damped step is refused there, and more
        // damping turns it further out.
        const double g = at_.gradient[at(k)];
        const double box = c.high - c.low;
        const double reach = std::isfinite(box) ? wall_share * box : 0.0;
        const bool is_stuck = (q <= c.low + reach && g > 0.0) || (q >= c.high - reach && g < 0.0);
        if (is_stuck && !out_.is_usable() && which == coordinates_.size()) {
            which = i;
            where = q;
        }
    }
    if (which == coordinates_.size()) {
        return false;
    }
    const double before = out_.q[at(which)];
    is_pinned_[which] = true;
    out_.q[at(which)] = where;
    hold();
    Evaluation trial;
    if (!objective_.evaluate(objective_.collect(out_.q), trial)) {
        out_.q[at(which)] = before;  // no value at the very end: held where it is
    }
    return true;
}

/// A held coordinate that now wants back inside is let go, once each.
bool NamedSearch::release_one(std::vector<bool>& was_released) {
    for (std::size_t i = 0; i < coordinates_.size(); ++i) {
        if (!is_pinned_[i] || was_released[i]) {
            continue;
        }
        was_released[i] = true;
        is_pinned_[i] = false;
        hold();
        Evaluation trial;
        const bool has_value = objective_.evaluate(objective_.collect(out_.q), trial);
        const auto place = std::find(objective_.free().begin(), objective_.free().end(), i);
        const double g = has_value ? trial.gradient[place - objective_.free().begin()] : 0.0;
        const auto& c = coordinates_[i];
        const bool is_low = out_.q[at(i)] - c.low < c.high - out_.q[at(i)];
        if (has_value && (is_low ? g < 0.0 : g > 0.0)) {
            return true;
        }
        is_pinned_[i] = true;
    }
    hold();
    return false;
}

RobustScale NamedSearch::sums() const {
    RobustScale robust;
    for (const double r : out_.residuals) {
        robust.add(r / out_.loss_scale, options_.loss);
    }
    return robust;
}

/// max(1, robust scale) of the residuals, without their correlation.
double NamedSearch::robust_factor() const {
    const double scale = out_.loss_scale * out_.loss_scale;
    const double factor = scale * sums().factor(out_.n_free);
    return options_.sigma_is_relative ? factor : std::max(1.0, factor);
}

double NamedSearch::correlation() const {
    const std::span<const double> r(out_.residuals.data(), n_);
    return correlation_factor(r, options_.series_ends);
}

/// The robust sum over this has the curvature of (J'J)/variance_factor.
double NamedSearch::weight_divisor() const {
    const RobustScale robust = sums();
    const double psi1 = n_ > 0 ? std::max(0.1, robust.psi1 / robust.n) : 1.0;
    return robust_factor() * correlation() * psi1;
}

}  // namespace relaxd::model
