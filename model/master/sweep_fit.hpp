// SPDX-License-Identifier: MIT
//
// The common frame of the superposition: any model of all sweeps is fitted in coordinates q that
// make up its full coordinates linearly (shifts free, or all from one activation energy), with
// robust weights, weak priors and a covariance that knows scale and correlation of the residuals.

#pragma once

#include "model/fit/levenberg_marquardt.hpp"
#include "model/master/sweeps.hpp"

#include <Eigen/Core>

#include <array>
#include <vector>

namespace relaxd::model {

/// One number a row and channel: [2 * row + channel].
using PerValue = std::vector<double>;

/// Full coordinates: first those of the shape, then one shift an isotherm, so that a row lies at
/// ln omega + shift of the common curve.
class SweepModel {
  public:
    SweepModel() = default;
    SweepModel(const SweepModel&) = delete;
    SweepModel& operator=(const SweepModel&) = delete;
    virtual ~SweepModel() = default;

    [[nodiscard]] virtual Eigen::Index shape_size() const = 0;
    /// Sum of weight x r^2 with r = (model - y) x inverse, its half gradient and half curvature,
    /// and the r themselves. False where the model has no finite value or leaves its box.
    [[nodiscard]] virtual bool evaluate(
        const Eigen::VectorXd& full, const PerValue& weights, Evaluation& out, PerValue& r
    ) = 0;
    /// Coordinates that the model solves for by itself (those of a spline), at the last evaluation.
    [[nodiscard]] virtual double inner_size() const { return 0.0; }
    /// Called between passes: a model with a range may move it to where the shifts went.
    virtual void recentre(const Eigen::VectorXd& /*full*/) {}
};

/// full = map q + origin, each q with a Gaussian prior (0 = none).
struct SweepMap {
    Eigen::MatrixXd map;
    Eigen::VectorXd origin;
    Eigen::VectorXd prior_mean;
    Eigen::VectorXd prior_inverse_sd;
};

struct SweepFit {
    bool is_usable = false;
    Eigen::VectorXd q;
    Eigen::VectorXd full;
    Eigen::MatrixXd covariance;             ///< Of q, times the variance factor.
    Eigen::MatrixXd full_covariance;        ///< Of the full coordinates.
    PerValue residuals;                     ///< In units of the given sigma.
    PerValue weights;                       ///< The last ones: robust x 1/scale^2.
    std::array<double, 2> scale{1.0, 1.0};  ///< Of the residuals, by channel.
    double chi2 = 0.0;                      ///< Plain squares, in units of the given sigma.
    double n_values = 0.0;
    double n_free = 0.0;  ///< With inner ones.
    double variance_factor = 1.0;
    double correlation = 1.0;  ///< The part of it from the correlation of neighbours.
    int evaluations = 0;

    /// Robust sum of squares with the scales of `reference`: comparable between models.
    [[nodiscard]] double robust_chi2(const SweepFit& reference) const;
};

/// Residuals over sigma, or over their own scale where no sigma was given, by isotherm, modulus and
/// frequency; a series is one modulus of one isotherm.
struct ResidualSeries {
    std::vector<double> residuals;
    std::vector<std::size_t> ends;
};
[[nodiscard]] ResidualSeries residual_series(const SweepFit& fit, const Sweeps& sweeps);

/// Each of at most 9 robust passes takes at most evaluations_max/5 evaluations.
[[nodiscard]] SweepFit fit_sweeps(
    SweepModel& model,
    const Sweeps& sweeps,
    const SweepMap& map,
    const Eigen::VectorXd& start,
    int evaluations_max
);

/// Shifts relative to isotherm `reference`, which stays at 0: one q for every other isotherm, with
/// a prior of two decades around `shifts`. `shape` coordinates come first, without prior.
[[nodiscard]] SweepMap free_shifts(
    Eigen::Index shape, const Eigen::VectorXd& shifts, std::size_t reference, bool is_anchored
);

/// Shifts E/R (1/T - 1/T_ref) with q = [shape, (common shift,) E].
[[nodiscard]] SweepMap arrhenius_shifts(
    Eigen::Index shape, const Sweeps& sweeps, double T_ref_K, bool is_anchored
);

}  // namespace relaxd::model
