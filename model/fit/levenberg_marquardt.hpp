// SPDX-License-Identifier: MIT
//
// Levenberg-Marquardt with Marquardt scaling (ANALYSIS 4.1), for sums of squares and robust sums
// alike: the objective hands over cost, gradient and a positive curvature matrix.
//
// A step is accepted only when it makes the cost smaller and everything stays finite. Work is
// bounded by evaluations, never by a clock. Deterministic.

#pragma once

#include <Eigen/Core>

#include <cstdint>
#include <string_view>

namespace relaxd::model {

/// S(p), its half gradient and half curvature (Gauss-Newton or better): S(p + d) is about
/// S + 2 g'd + d'Hd.
struct Evaluation {
    double cost = 0.0;
    Eigen::VectorXd gradient;
    Eigen::MatrixXd curvature;
};

class Objective {
  public:
    Objective() = default;
    Objective(const Objective&) = delete;
    Objective& operator=(const Objective&) = delete;
    virtual ~Objective() = default;

    /// False when p is outside the box or a number is not finite: the step is then refused.
    [[nodiscard]] virtual bool evaluate(const Eigen::VectorXd& p, Evaluation& out) = 0;
};

enum class Termination : std::uint8_t {
    cost,  ///< Two accepted steps in a row lowered the cost by less than the tolerance, and the
           ///< undamped step would by less than ten times that.
    step,  ///< The accepted step is below the tolerance, relative to each coordinate, and the
           ///< undamped one below ten times that.
    decrement,    ///< The undamped step would lower the cost by less than the tolerance.
    evaluations,  ///< The bound on evaluations was reached first.
    stalled,      ///< No step however short lowers the cost, and the point is not stationary.
    bad_start,    ///< The objective has no finite value at the start.
};
[[nodiscard]] std::string_view to_word(Termination termination);

struct SolverOptions {
    int evaluations_max = 200;
    double cost_tolerance = 1e-9;        ///< Relative to the cost.
    double step_tolerance = 1e-12;       ///< |d_i| against |p_i| + 1/sqrt(H_ii).
    double decrement_tolerance = 1e-14;  ///< g'H^-1 g relative to the cost.
    double decrement_absolute = 0.0;     ///< The same in units of the cost (chi2).
    double damping = 1e-2;               ///< Of the first step; a short damped step ends nothing.
    /// What damping is measured against, one over a natural length of each coordinate; empty = the
    /// root of the largest curvature so far (Marquardt), which holds fast a coordinate that only
    /// together with others has little influence.
    Eigen::VectorXd damping_scale;
    double step_max = 0.0;  ///< Norm of a step in units of `damping_scale`; 0 = no bound.
    /// After so many evaluations the curvature is taken from differences of the gradient (n more
    /// evaluations a step): Gauss-Newton creeps where the noise times the second derivatives
    /// exceeds the curvature, as when a coordinate leaves its prior. 0 = never.
    int newton_after = 0;
    int polish = 0;  ///< Undamped steps after success, kept while the decrement falls.
};

struct SolverResult {
    Termination termination = Termination::bad_start;
    Eigen::VectorXd p;
    Evaluation at;
    int evaluations = 0;

    /// Only a point where the objective is finite and stationary is a success.
    [[nodiscard]] bool converged() const {
        return termination == Termination::cost || termination == Termination::step ||
               termination == Termination::decrement;
    }
};

/// An empty `start` is its own optimum.
[[nodiscard]] SolverResult minimize(
    Objective& objective, const Eigen::VectorXd& start, const SolverOptions& options
);

/// H^-1 of a symmetric positive matrix, scaled to unit diagonal first; false when not positive.
[[nodiscard]] bool invert_positive(const Eigen::MatrixXd& matrix, Eigen::MatrixXd& inverse);

}  // namespace relaxd::model
