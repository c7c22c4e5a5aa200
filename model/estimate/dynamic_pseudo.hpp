// SPDX-License-Identifier: MIT
//
// What a dynamic fit would find on noise-free data of its own optimum: whether the cost rises about
// it as the covariance says. SI; the cost in units of chi2.

#pragma once

#include "model/estimate/dynamic_data.hpp"
#include "model/estimate/dynamic_layout.hpp"
#include "schema/record/fit.hpp"

#include <Eigen/Core>

#include <vector>

namespace relaxd::model {

/// By how much the rise at ±2 standard deviations may differ from 4, relative.
inline constexpr double profile_tolerance = 0.3;

class DynamicPseudo {
  public:
    /// `layout` must outlive the object. `scale`: of the variances of `rows`, a part of which is
    /// taken.
    DynamicPseudo(
        const Layout& layout,
        record::Form form,
        const std::vector<DynamicRow>& rows,
        const Coordinates& optimum,
        double scale
    );

    /// False where the model or the covariance does not exist; then ask nothing else.
    [[nodiscard]] bool is_valid() const { return is_valid_; }

    /// The profile of free coordinate `a` at ±2 of `sd` rises as the parabola.
    [[nodiscard]] bool profile_holds(std::size_t a, double sd) const;

    /// No value of free coordinate `a` between 2 and 12 of `sd` away lets the cost stay below what
    /// it should be 4 away.
    [[nodiscard]] bool is_alone(std::size_t a, double sd) const;

    /// What chi2 loses when tau_max goes far away along the valley of constant A_an tau_max^-chi,
    /// the others refitted; of one temperature with U and T_g held, which would bring it back.
    [[nodiscard]] double gain_over_power_law() const;

  private:
    const Layout& layout_;
    record::Form form_;
    Coordinates q_;
    std::vector<DynamicRow> rows_;
    Layout centred_;  ///< The priors centred on the optimum.
    Eigen::VectorXd p_;
    Eigen::MatrixXd covariance_;
    bool is_valid_ = false;
};

}  // namespace relaxd::model
