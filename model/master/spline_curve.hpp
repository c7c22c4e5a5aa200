// SPDX-License-Identifier: MIT
//
// One cubic B-spline through ln G' and one through ln G'' of all sweeps, on the same knots (2 per
// decade of omega a_T, penalty 1e-3 on second differences). Coefficients are linear and solved for
// inside (variable projection, Kaufman's derivative); the shifts are the only full coordinates.

#pragma once

#include "model/master/sweep_fit.hpp"

#include <Eigen/Cholesky>

namespace relaxd::model {

/// Is one shape enough? The gain when every isotherm may bend away from the common curve by a
/// parabola in each modulus (level, slope, curvature), to first order about the fit, in squares of
/// the robust residuals.
struct ShapeTest {
    double gain = 0.0;
    double n_extra = 0.0;  ///< Of the extra coordinates, those that are not the model's own.
    double rest = 0.0;     ///< Squares that remain.
    double degrees = 0.0;  ///< Of the rest.
    double p_value = 1.0;  ///< Of such a gain by chance.
};

class SplineCurve final : public SweepModel {
  public:
    SplineCurve(const Sweeps& sweeps, double knots_per_decade);

    [[nodiscard]] Eigen::Index shape_size() const override { return 0; }
    [[nodiscard]] bool evaluate(
        const Eigen::VectorXd& full, const PerValue& weights, Evaluation& out, PerValue& r
    ) override;
    [[nodiscard]] double inner_size() const override;
    void recentre(const Eigen::VectorXd& full) override;

    /// At the coordinates and weights of `fit`.
    [[nodiscard]] ShapeTest shape_test(const SweepFit& fit);

  private:
    struct Place {
        Eigen::Index first = 0;  ///< Coefficients first … first + 3 act here.
        double value[4]{};
        double slope[4]{};
    };
    struct Extended;
    void judge(Extended& e, const SweepFit& fit, ShapeTest& test);
    [[nodiscard]] bool place_all(const Eigen::VectorXd& shifts);
    void accumulate(const PerValue& weights);
    [[nodiscard]] bool solve();

    const Sweeps& sweeps_;
    double step_;
    double low_ = 0.0;  ///< ln(omega a_T) of the first knot.
    Eigen::Index intervals_ = 1;
    std::vector<Place> places_;
    Eigen::MatrixXd penalty_;
    Eigen::MatrixXd normal_[2];
    Eigen::VectorXd right_[2];
    Eigen::LLT<Eigen::MatrixXd> factor_[2];
    Eigen::VectorXd coefficients_[2];
};

}  // namespace relaxd::model
