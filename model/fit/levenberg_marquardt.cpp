// SPDX-License-Identifier: MIT
#include "model/fit/levenberg_marquardt.hpp"

#include <Eigen/Cholesky>

#include <algorithm>
#include <cmath>
#include <limits>

namespace relaxd::model {

namespace {

constexpr double damping_down = 1.0 / 5.0;
constexpr double damping_up = 4.0;
constexpr double damping_min = 1e-15;
constexpr double damping_max = 1e18;
constexpr double gain_left = 10.0;            ///< Times a tolerance, that no step may promise.
constexpr double rounding_decrement = 1e-12;  ///< Relative to the cost.

bool is_finite(const Evaluation& e) {
    return std::isfinite(e.cost) && e.gradient.allFinite() && e.curvature.allFinite();
}

Eigen::VectorXd scales_of(const Eigen::MatrixXd& curvature) {
    const double largest = std::max(curvature.diagonal().maxCoeff(), 1e-300);
    return curvature.diagonal().cwiseMax(1e-30 * largest).cwiseSqrt();
}

/// -(H + damping D^2)^-1 g; false when the matrix is not positive.
bool damped_step(
    const Evaluation& at,
    double damping,
    const Eigen::VectorXd& damping_scale,
    Eigen::VectorXd& step
) {
    const Eigen::VectorXd scale = scales_of(at.curvature);
    const Eigen::VectorXd inverse = scale.cwiseInverse();
    Eigen::MatrixXd h = inverse.asDiagonal() * at.curvature * inverse.asDiagonal();
    if (damping > 0.0) {
        h.diagonal() += damping * damping_scale.cwiseProduct(inverse).cwiseAbs2();
    }
    const Eigen::LLT<Eigen::MatrixXd> factor(h);
    if (factor.info() != Eigen::Success) {
        return false;
    }
    step = -inverse.cwiseProduct(factor.solve(inverse.cwiseProduct(at.gradient)));
    return step.allFinite();
}

/// g'H^-1 g, or infinity when H is not positive.
double decrement_of(const Evaluation& at) {
    Eigen::VectorXd step;
    if (!damped_step(at, 0.0, at.gradient, step)) {
        return std::numeric_limits<double>::infinity();
    }
    return -at.gradient.dot(step);
}

class Run {
  public:
    Run(Objective& objective, const SolverOptions& options)
        : objective_(objective), options_(options) {}

    SolverResult from(const Eigen::VectorXd& start) {
        result_.p = start;
        ++result_.evaluations;
        if (!start.allFinite() || !objective_.evaluate(start, result_.at) ||
            !is_finite(result_.at)) {
            return result_;
        }
        if (start.size() == 0) {
            result_.termination = Termination::decrement;  // nothing to move
            return result_;
        }
        has_own_scale_ = options_.damping_scale.size() == start.size();
        damping_scale_ = has_own_scale_ ? options_.damping_scale : scales_of(result_.at.curvature);
        double damping = options_.damping;
        int flat_steps = 0;
        for (;;) {
            if (is_stationary()) {
                return finished(Termination::decrement);
            }
            if (result_.evaluations >= options_.evaluations_max) {
                return finished(Termination::evaluations);
            }
            if (damping > damping_max) {
                // No lower cost can be represented: stationary to rounding, or really stuck.
                const bool is_rounding =
                    decrement_of(result_.at) <= rounding_decrement * result_.at.cost;
                return finished(is_rounding ? Termination::decrement : Termination::stalled);
            }
            if (options_.newton_after > 0 && result_.evaluations > options_.newton_after) {
                use_true_curvature();
            }
            if (!damped_step(result_.at, damping, damping_scale_, step_) || is_too_long()) {
                damping = std::max(damping, 1e-6) * damping_up;
                continue;
            }
            const double before = result_.at.cost;
            if (!try_step()) {
                damping = std::max(damping, 1e-12) * damping_up;
                continue;
            }
            damping = std::max(damping * damping_down, damping_min);
            flat_steps =
                before - result_.at.cost <= options_.cost_tolerance * before ? flat_steps + 1 : 0;
            if (options_.cost_tolerance > 0.0 && flat_steps >= 2 && is_flat()) {
                return finished(Termination::cost);
            }
            if (is_short(step_) && is_short_undamped()) {
                return finished(Termination::step);
            }
        }
    }

  private:
    [[nodiscard]] bool is_stationary() const {
        const double enough =
            std::max(options_.decrement_tolerance * result_.at.cost, options_.decrement_absolute);
        if (result_.at.gradient.isZero(0.0)) {
            return true;
        }
        return enough > 0.0 && decrement_of(result_.at) <= enough;
    }

    /// A cost that falls slowly may be that of a long valley: can much more be gained?
    [[nodiscard]] bool is_flat() const {
        return decrement_of(result_.at) <= gain_left * options_.cost_tolerance * result_.at.cost;
    }

    [[nodiscard]] bool is_short(const Eigen::VectorXd& step, double times = 1.0) const {
        const Eigen::VectorXd scale = scales_of(result_.at.curvature);
        for (Eigen::Index i = 0; i < step.size(); ++i) {
            const double size = std::abs(result_.p[i]) + 1.0 / scale[i];
            if (!(std::abs(step[i]) <= times * options_.step_tolerance * size)) {
                return false;
            }
        }
        return options_.step_tolerance > 0.0;
    }

    [[nodiscard]] bool is_too_long() const {
        return has_own_scale_ && options_.step_max > 0.0 &&
               step_.cwiseProduct(damping_scale_).norm() > options_.step_max;
    }

    /// And not only because it was damped.
    [[nodiscard]] bool is_short_undamped() const {
        Eigen::VectorXd step;
        return damped_step(result_.at, 0.0, damping_scale_, step) && is_short(step, gain_left);
    }

    /// Once per accepted point.
    void use_true_curvature() {
        if (has_true_curvature_) {
            return;
        }
        has_true_curvature_ = true;
        const Eigen::VectorXd scale = scales_of(result_.at.curvature);
        Eigen::MatrixXd h(scale.size(), scale.size());
        for (Eigen::Index i = 0; i < scale.size(); ++i) {
            const double move = 1e-4 / scale[i];
            trial_p_ = result_.p;
            trial_p_[i] += move;
            ++result_.evaluations;
            if (!objective_.evaluate(trial_p_, trial_) || !is_finite(trial_)) {
                return;
            }
            h.col(i) = (trial_.gradient - result_.at.gradient) / move;
        }
        result_.at.curvature = 0.5 * (h + h.transpose());
        // A negative diagonal cannot scale a step: keep the size of the Gauss-Newton one.
        for (Eigen::Index i = 0; i < scale.size(); ++i) {
            result_.at.curvature(i, i) =
                std::max(result_.at.curvature(i, i), 1e-3 * scale[i] * scale[i]);
        }
    }

    bool try_step() {
        trial_p_ = result_.p + step_;
        ++result_.evaluations;
        if (!objective_.evaluate(trial_p_, trial_) || !is_finite(trial_) ||
            !(trial_.cost < result_.at.cost)) {
            return false;
        }
        std::swap(result_.p, trial_p_);
        std::swap(result_.at, trial_);
        has_true_curvature_ = false;
        if (!has_own_scale_) {
            // Largest so far, as MINPACK: a coordinate that lost its influence must not run away.
            damping_scale_ = damping_scale_.cwiseMax(scales_of(result_.at.curvature));
        }
        return true;
    }

    SolverResult& finished(Termination termination) {
        result_.termination = termination;
        if (!result_.converged()) {
            return result_;
        }
        double decrement = decrement_of(result_.at);
        for (int k = 0; k < options_.polish && decrement > 0.0; ++k) {
            if (!damped_step(result_.at, 0.0, damping_scale_, step_)) {
                break;
            }
            trial_p_ = result_.p + step_;
            ++result_.evaluations;
            if (!objective_.evaluate(trial_p_, trial_) || !is_finite(trial_)) {
                break;
            }
            const double next = decrement_of(trial_);
            if (!(next < decrement)) {
                break;
            }
            decrement = next;
            std::swap(result_.p, trial_p_);
            std::swap(result_.at, trial_);
        }
        return result_;
    }

    Objective& objective_;
    const SolverOptions& options_;
    SolverResult result_;
    Eigen::VectorXd step_;
    Eigen::VectorXd damping_scale_;
    Eigen::VectorXd trial_p_;
    Evaluation trial_;
    bool has_true_curvature_ = false;
    bool has_own_scale_ = false;
};

}  // namespace

std::string_view to_word(Termination termination) {
    switch (termination) {
        case Termination::cost: return "cost";
        case Termination::step: return "step";
        case Termination::decrement: return "decrement";
        case Termination::evaluations: return "evaluations";
        case Termination::stalled: return "stalled";
        case Termination::bad_start: return "bad_start";
    }
    return "stalled";
}

SolverResult minimize(
    Objective& objective, const Eigen::VectorXd& start, const SolverOptions& options
) {
    return Run(objective, options).from(start);
}

bool invert_positive(const Eigen::MatrixXd& matrix, Eigen::MatrixXd& inverse) {
    if (!matrix.allFinite()) {
        return false;
    }
    if (matrix.size() == 0) {
        inverse = matrix;
        return true;
    }
    const Eigen::VectorXd unit = scales_of(matrix).cwiseInverse();
    const Eigen::MatrixXd scaled = unit.asDiagonal() * matrix * unit.asDiagonal();
    const Eigen::LLT<Eigen::MatrixXd> factor(scaled);
    if (factor.info() != Eigen::Success) {
        return false;
    }
    inverse = factor.solve(Eigen::MatrixXd::Identity(matrix.rows(), matrix.cols()));
    inverse = (unit.asDiagonal() * inverse * unit.asDiagonal()).eval();
    return inverse.allFinite();
}

}  // namespace relaxd::model
