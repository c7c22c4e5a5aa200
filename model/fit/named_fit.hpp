// SPDX-License-Identifier: MIT
//
// The common frame of all estimators but the dynamic one: named coordinates with weak Gaussian
// priors, a robust sum of squares, and what can honestly be said afterwards (ANALYSIS 4.1):
// covariance, 95 % intervals, states, trades, profile intervals, tests of the residuals.
//
// An estimator writes a ResidualModel in coordinates that are logarithmic and centred where that
// makes the problem close to linear, and reports physical names through `report`.

#pragma once

#include "model/fit/levenberg_marquardt.hpp"
#include "model/fit/robust.hpp"
#include "schema/record/fit.hpp"

#include <Eigen/Core>

#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace relaxd::model {

/// One coordinate of a fit. Without a prior (infinite sd) the shrinkage is unknown and the state
/// rests on the relative standard error (`weak_sd` in its place).
struct NamedCoordinate {
    std::string name;
    double start = 0.0;
    double prior_mean = 0.0;
    double prior_sd = std::numeric_limits<double>::infinity();
    double low = -std::numeric_limits<double>::infinity();  ///< The box: a step out is refused.
    double high = std::numeric_limits<double>::infinity();
    bool is_fixed = false;  ///< Stays at `start`.
    double weak_sd = 1.0;   ///< What counts as "nothing known" where there is no prior.
};

class ResidualModel {
  public:
    ResidualModel() = default;
    ResidualModel(const ResidualModel&) = delete;
    ResidualModel& operator=(const ResidualModel&) = delete;
    virtual ~ResidualModel() = default;

    [[nodiscard]] virtual std::size_t rows() const = 0;
    /// r_i = (model_i - data_i)/sigma_i at the coordinates q (all of them, fixed ones too) and, if
    /// asked, dr/dq (rows x coordinates). False where q has no finite answer: the step is refused.
    [[nodiscard]] virtual bool residuals(
        const Eigen::VectorXd& q, Eigen::VectorXd& r, Eigen::MatrixXd* derivative
    ) = 0;
};

struct NamedFitOptions {
    CauchyLoss loss;  ///< c = 2 (ANALYSIS 4.1) after a pass with squares; infinite = squares only.
    int evaluations_max = 200;
    /// Where a series of neighbouring residuals ends (one past its last row); empty = one series.
    std::vector<std::size_t> series_ends;
    /// The given sigmas are only relative: residuals are rescaled to unit variance.
    bool sigma_is_relative = false;
    bool wants_profile_check = true;  ///< `determined` only where the profile is a parabola.
};

struct NamedFit {
    Termination termination = Termination::bad_start;
    Eigen::VectorXd q;                           ///< All coordinates.
    Eigen::MatrixXd covariance;                  ///< Of all; fixed ones have zero rows.
    std::vector<double> shrinkage;               ///< Posterior s.d. / prior s.d.; NaN = no prior.
    std::vector<record::ParameterState> states;  ///< Of the coordinates.
    std::vector<std::size_t> traded_with;        ///< Own index = with none.
    Eigen::VectorXd residuals;                   ///< At q, in units of the given sigma.
    std::vector<std::size_t> flagged;            ///< Rows beyond four robust standard deviations.
    double cost = 0.0;                           ///< Robust, with prior terms.
    double chi2 = 0.0;                           ///< Plain squares, no prior (CONTRACT 4).
    double reduced_chi2 = 0.0;
    double variance_factor = 1.0;  ///< max(1, robust scale) x (1 + r)/(1 - r) of the lag-1 r > 0.
    double sigma_unit = 1.0;   ///< Residual s.d. over the given sigmas, where those are relative.
    double loss_scale = 1.0;   ///< The loss bends at c times this many sigmas.
    double data_weight = 1.0;  ///< Of the robust sum beside the priors, in cost and profiles.
    double quantile_95 = 1.959963984540054;  ///< Student's where sigmas are relative.
    int n_free = 0;
    int evaluations = 0;
    /// N ln(robust sum/N) + 2 k and + k ln N: for alternatives on the same rows, whatever the
    /// common scale of the sigmas.
    double aic = 0.0;
    double bic = 0.0;
    record::ResidualCheck check;

    [[nodiscard]] bool is_usable() const {
        return termination == Termination::cost || termination == Termination::step ||
               termination == Termination::decrement;
    }
};

/// Never throws; a fit that fails says so in `termination`. Deterministic.
[[nodiscard]] NamedFit fit_named(
    ResidualModel& model,
    std::span<const NamedCoordinate> coordinates,
    const NamedFitOptions& options
);

/// The ends of the interval of one coordinate in which the cost, minimised over all the others,
/// rises by less than `rise` (3.841 = 95 %; more by Student where sigmas are relative), times the
/// variance factor. None where the cost does not rise so far inside the box.
[[nodiscard]] std::optional<std::pair<double, double>> profile_interval(
    ResidualModel& model,
    std::span<const NamedCoordinate> coordinates,
    const NamedFitOptions& options,
    const NamedFit& fit,
    std::size_t which,
    double rise = 3.841
);

/// A reported quantity f(q): its worst state is that of the coordinates with a non-zero derivative.
/// `is_logarithm`: `value` and `gradient` are those of ln f; f and its (lognormal) interval come
/// out. Undetermined: value, error and interval stay unknown (CONTRACT 4).
[[nodiscard]] record::ParameterEstimate report(
    const NamedFit& fit,
    std::span<const NamedCoordinate> coordinates,
    std::string name,
    double value,
    const Eigen::VectorXd& gradient,
    bool is_logarithm
);

/// Signs of successive residuals and their correlation, per series; chi2_p for n - p degrees of
/// freedom, without the rows beyond four robust standard deviations. The alarm is on when
/// runs_p < 1e-4 and |lag1| > 0.3, or chi2_p < 1e-6. `sigma_is_known` false: chi2_p stays unknown.
/// runs_p is exact up to 400 rows (all orders of the signs), normal above.
[[nodiscard]] record::ResidualCheck check_residuals(
    std::span<const double> residuals,
    std::span<const std::size_t> series_ends,
    int n_free,
    bool sigma_is_known = true
);

/// (1 + r)/(1 - r) where the lag-1 correlation r > 2/sqrt(n) is significant, else 1: how much the
/// variance grows because neighbours say the same.
[[nodiscard]] double correlation_factor(
    std::span<const double> residuals, std::span<const std::size_t> series_ends
);

}  // namespace relaxd::model
