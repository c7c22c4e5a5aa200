// SPDX-License-Identifier: MIT
//
// A shape common to all sweeps with one time an isotherm: the true stretched exponential (S2 Eqs.
// 15, 16) or the quasi-point defects of S2 Eq. 9. Full coordinates: those of the shape, then ln tau
// (s) of every isotherm, which is what its shift is up to a constant.

#pragma once

#include "model/kww/kww_table.hpp"
#include "model/master/sweep_fit.hpp"

#include <complex>
#include <cstdint>

namespace relaxd::model {

enum class Shape : std::uint8_t {
    kww,  ///< [ln dG, beta]
    eq9,  ///< [ln(G_el - G_r), G_r/unit, ln eta, chi]; `unit` is the largest modulus.
};

/// ln G', ln G'' with derivatives by ln(omega tau) and by the shape's coordinates (at most 4).
struct ShapeValue {
    double y[2]{};
    double by_ln_omega_tau[2]{};
    double by_shape[2][4]{};
};

class ShapeCurve final : public SweepModel {
  public:
    ShapeCurve(const Sweeps& sweeps, Shape shape);

    [[nodiscard]] Eigen::Index shape_size() const override { return shape_ == Shape::kww ? 2 : 4; }
    [[nodiscard]] bool evaluate(
        const Eigen::VectorXd& full, const PerValue& weights, Evaluation& out, PerValue& r
    ) override;

    /// Start from shifts: the best of a grid of shapes and times, the strength by level.
    [[nodiscard]] Eigen::VectorXd start(const Eigen::VectorXd& shifts);

    [[nodiscard]] double unit() const { return unit_; }

  private:
    /// Reads the shape's coordinates; false outside the box.
    [[nodiscard]] bool set(const Eigen::VectorXd& full);
    [[nodiscard]] bool value(double ln_omega_tau, ShapeValue& out);
    [[nodiscard]] double level_chi2(const Eigen::VectorXd& full, std::size_t stride, double& level);

    const Sweeps& sweeps_;
    Shape shape_;
    double unit_ = 1.0;
    KwwAtBeta kww_;
    double ln_strength_ = 0.0;
    double strength_ = 1.0;
    double relaxed_ = 0.0;
    std::complex<double> turned_eta_;  ///< eta i^-chi
    double chi_ = 0.5;
};

}  // namespace relaxd::model
