// SPDX-License-Identifier: MIT
#include "model/fit/named_fit.hpp"

#include "model/fit/distributions.hpp"
#include "model/fit/named_objective.hpp"
#include "model/fit/named_profile.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace relaxd::model {

namespace {

using record::ParameterState;

constexpr double traded_from = 0.98;
constexpr double hinted_below = 0.9;
constexpr double determined_below = 0.3;
constexpr double flag_from_sd = 4.0;
constexpr double overshoot_sd = 1e-2;     ///< A step out of the box by less is no limit.
constexpr double limit_share = 1e-3;      ///< Of the box: so near its end is at the end.
constexpr double weakest_prior_sd = 1e4;  ///< Times weak_sd: only where the data leave a hole.
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

/// E psi^2/E psi' of standard normal residuals: what turns the robust sum into a chi2.
double normal_ratio(const CauchyLoss& loss) {
    if (std::isinf(loss.c)) {
        return 1.0;
    }
    double psi2 = 0.0;
    double psi1 = 0.0;
    for (double r = -9.0; r <= 9.0; r += 0.05) {
        const double density = std::exp(-0.5 * r * r);
        psi2 += density * std::pow(loss.weight(r) * r, 2);
        psi1 += density * loss.curvature(r);
    }
    return psi2 / psi1;
}

class Fit {
  public:
    Fit(ResidualModel& model,
        std::span<const NamedCoordinate> coordinates,
        const NamedFitOptions& options)
        : coordinates_(coordinates),
          options_(options),
          objective_(model, coordinates),
          n_(model.rows()),
          is_pinned_(coordinates.size(), false) {
        for (const auto& c : coordinates) {
            has_prior_ = has_prior_ || (!c.is_fixed && std::isfinite(c.prior_sd));
            out_.n_free += c.is_fixed ? 0 : 1;
        }
    }

    NamedFit run() {
        out_.q.resize(at(coordinates_.size()));
        for (std::size_t i = 0; i < coordinates_.size(); ++i) {
            const auto& c = coordinates_[i];
            out_.q[at(i)] = c.is_fixed ? c.start : std::clamp(c.start, c.low, c.high);
        }
        if (!find_optimum()) {
            return out_;
        }
        Eigen::MatrixXd information;
        if (!objective_.information(out_.q, out_.residuals, information)) {
            out_.termination = Termination::stalled;
            return out_;
        }
        judge_residuals();
        if (!find_covariance(information)) {
            out_.termination = Termination::stalled;
            return out_;
        }
        judge_coordinates(information);
        return out_;
    }

  private:
    // --- the optimum

    bool find_optimum() {
        objective_.loss = least_squares;
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

    [[nodiscard]] double degrees() const {
        return std::max(1.0, static_cast<double>(n_) - out_.n_free);
    }

    /// Robust standard deviation of the residuals, in units of the given sigmas.
    [[nodiscard]] double residual_sd(const Eigen::VectorXd& r) const {
        const double freedom = std::sqrt(static_cast<double>(n_) / degrees());
        if (!std::isinf(options_.loss.c)) {
            std::vector<double> sizes;
            for (const double x : r) {
                sizes.push_back(std::abs(x));
            }
            const double sd = 1.4826 * median(std::move(sizes)) * freedom;
            if (sd > 0.0) {
                return sd;
            }
        }
        return std::sqrt(r.squaredNorm() / degrees());
    }

    bool rescale() {
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
    bool settle() {
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

    void hold() {
        std::vector<bool> is_held;
        for (std::size_t i = 0; i < coordinates_.size(); ++i) {
            is_held.push_back(coordinates_[i].is_fixed || is_pinned_[i]);
        }
        objective_.hold(out_.q, is_held);
    }

    bool minimize_once() {
        hold();
        SolverOptions solver;
        solver.evaluations_max =
            std::max(options_.evaluations_max - out_.evaluations, options_.evaluations_max / 4);
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
        return true;
    }

    /// Where the undamped step from here leaves the box: the farthest out is held at the box's end.
    bool pin_one() {
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
    bool release_one(std::vector<bool>& was_released) {
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

    // --- what the residuals say

    [[nodiscard]] RobustScale sums() const {
        RobustScale robust;
        for (const double r : out_.residuals) {
            robust.add(r / out_.loss_scale, options_.loss);
        }
        return robust;
    }

    /// max(1, robust scale) of the residuals, without their correlation.
    [[nodiscard]] double robust_factor() const {
        const double scale = out_.loss_scale * out_.loss_scale;
        const double factor = scale * sums().factor(out_.n_free);
        return options_.sigma_is_relative ? factor : std::max(1.0, factor);
    }

    [[nodiscard]] double correlation() const {
        const std::span<const double> r(out_.residuals.data(), n_);
        return correlation_factor(r, options_.series_ends);
    }

    /// The robust sum over this has the curvature of (J'J)/variance_factor.
    [[nodiscard]] double weight_divisor() const {
        const RobustScale robust = sums();
        const double psi1 = n_ > 0 ? std::max(0.1, robust.psi1 / robust.n) : 1.0;
        return robust_factor() * correlation() * psi1;
    }

    void judge_residuals() {
        out_.variance_factor = robust_factor() * correlation();
        out_.data_weight = 1.0 / weight_divisor();
        out_.chi2 = out_.residuals.squaredNorm();
        out_.reduced_chi2 = static_cast<double>(n_) > out_.n_free
                                ? out_.chi2 / (static_cast<double>(n_) - out_.n_free)
                                : record::unknown;
        if (options_.sigma_is_relative) {
            out_.quantile_95 = student_975(degrees());
        }
        const double flag = flag_from_sd * std::sqrt(robust_factor());
        double sum = 0.0;
        for (Eigen::Index i = 0; i < out_.residuals.size(); ++i) {
            if (std::abs(out_.residuals[i]) > flag && !std::isinf(options_.loss.c)) {
                out_.flagged.push_back(static_cast<std::size_t>(i));
            }
            const double scale = out_.loss_scale;
            sum += scale * scale * options_.loss.cost(out_.residuals[i] / scale);
        }
        const double unit2 = out_.sigma_unit * out_.sigma_unit;
        const double n = std::max(1.0, static_cast<double>(n_));
        const double likelihood =
            n * std::log(std::max(1e-300, unit2 * sum / normal_ratio(options_.loss) / n));
        out_.aic = likelihood + 2.0 * out_.n_free;
        out_.bic = likelihood + std::log(n) * out_.n_free;
        out_.check = check_residuals(
            {out_.residuals.data(), n_},
            options_.series_ends,
            out_.n_free,
            !options_.sigma_is_relative
        );
    }

    // --- covariance and states

    bool find_covariance(const Eigen::MatrixXd& information) {
        std::vector<std::size_t> free;
        for (std::size_t i = 0; i < coordinates_.size(); ++i) {
            if (!coordinates_[i].is_fixed) {
                free.push_back(i);
            }
        }
        const auto n = at(free.size());
        Eigen::MatrixXd h(n, n);
        for (Eigen::Index a = 0; a < n; ++a) {
            for (Eigen::Index b = 0; b < n; ++b) {
                h(a, b) =
                    information(
                        at(free[static_cast<std::size_t>(a)]), at(free[static_cast<std::size_t>(b)])
                    ) /
                    out_.variance_factor;
            }
            const auto& c = coordinates_[free[static_cast<std::size_t>(a)]];
            if (std::isfinite(c.prior_sd)) {
                h(a, a) += 1.0 / (c.prior_sd * c.prior_sd);
            }
        }
        Eigen::MatrixXd inverse;
        if (!invert_positive(h, inverse) || inverse.diagonal().minCoeff() <= 0.0) {
            for (Eigen::Index a = 0; a < n; ++a) {
                const auto& c = coordinates_[free[static_cast<std::size_t>(a)]];
                const double sd = weakest_prior_sd * c.weak_sd;
                h(a, a) += 1.0 / (sd * sd);
            }
            if (!invert_positive(h, inverse)) {
                return false;
            }
        }
        const auto all = at(coordinates_.size());
        out_.covariance = Eigen::MatrixXd::Zero(all, all);
        for (Eigen::Index a = 0; a < n; ++a) {
            for (Eigen::Index b = 0; b < n; ++b) {
                out_.covariance(
                    at(free[static_cast<std::size_t>(a)]), at(free[static_cast<std::size_t>(b)])
                ) = inverse(a, b);
            }
        }
        return true;
    }

    void judge_coordinates(const Eigen::MatrixXd& information) {
        const std::size_t n = coordinates_.size();
        out_.states.assign(n, ParameterState::fixed);
        out_.shrinkage.assign(n, record::unknown);
        out_.traded_with.resize(n);
        const bool has_scale =
            !options_.sigma_is_relative || n_ > static_cast<std::size_t>(std::max(0, out_.n_free));
        for (std::size_t i = 0; i < n; ++i) {
            out_.traded_with[i] = i;
            const auto& c = coordinates_[i];
            if (c.is_fixed) {
                continue;
            }
            const double sd = std::sqrt(out_.covariance(at(i), at(i)));
            const bool has_prior = std::isfinite(c.prior_sd);
            const double share = sd / (has_prior ? c.prior_sd : c.weak_sd);
            if (has_prior) {
                out_.shrinkage[i] = share;
            }
            if (share > hinted_below || !has_scale || information(at(i), at(i)) <= 0.0) {
                out_.states[i] = ParameterState::undetermined;
            } else {
                out_.states[i] =
                    share < determined_below ? ParameterState::determined : ParameterState::hinted;
            }
        }
        mark_traded();
        mark_limits();
        if (options_.wants_profile_check) {
            check_profiles();
        }
    }

    void mark_traded() {
        const auto& C = out_.covariance;
        for (std::size_t a = 0; a < coordinates_.size(); ++a) {
            double largest = traded_from;
            for (std::size_t b = 0; b < coordinates_.size(); ++b) {
                if (a == b || coordinates_[a].is_fixed || coordinates_[b].is_fixed) {
                    continue;
                }
                const double r =
                    std::abs(C(at(a), at(b))) / std::sqrt(C(at(a), at(a)) * C(at(b), at(b)));
                if (r > largest) {
                    largest = r;
                    out_.traded_with[a] = b;
                }
            }
            if (out_.traded_with[a] != a && out_.states[a] != ParameterState::undetermined) {
                out_.states[a] = ParameterState::traded;
            }
        }
    }

    void mark_limits() {
        for (std::size_t i = 0; i < coordinates_.size(); ++i) {
            const auto& c = coordinates_[i];
            const double q = out_.q[at(i)];
            const double margin =
                std::isfinite(c.high - c.low) ? limit_share * (c.high - c.low) : 0.0;
            const bool is_near = q <= c.low + margin || q >= c.high - margin;
            if (!c.is_fixed && (is_pinned_[i] || is_near)) {
                out_.states[i] = ParameterState::at_limit;
            }
        }
    }

    void check_profiles() {
        ProfileOnPseudoData profile(objective_, coordinates_, out_);
        for (std::size_t i = 0; i < coordinates_.size(); ++i) {
            if (out_.states[i] == ParameterState::determined && !profile.is_parabola(i)) {
                out_.states[i] = ParameterState::hinted;
            }
        }
    }

    std::span<const NamedCoordinate> coordinates_;
    const NamedFitOptions& options_;
    NamedObjective objective_;
    std::size_t n_;
    std::vector<bool> is_pinned_;
    bool has_prior_ = false;
    Evaluation at_;
    NamedFit out_;
};

}  // namespace

NamedFit fit_named(
    ResidualModel& model,
    std::span<const NamedCoordinate> coordinates,
    const NamedFitOptions& options
) {
    return Fit(model, coordinates, options).run();
}

}  // namespace relaxd::model
