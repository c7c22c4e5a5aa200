// SPDX-License-Identifier: MIT
//
// The posterior of the dynamic fit at its optimum: covariance with robust scale and correlation of
// residuals, and the state of every coordinate (ANALYSIS 4.1).

#pragma once

#include "model/estimate/dynamic_data.hpp"
#include "model/estimate/dynamic_layout.hpp"
#include "model/estimate/dynamic_objective.hpp"
#include "schema/record/fit.hpp"

#include <Eigen/Core>

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace relaxd::model {

/// What is known at the optimum, in all coordinates.
struct DynamicPosterior {
    Coordinates q{};
    Eigen::MatrixXd covariance;        ///< q_count x q_count
    Eigen::MatrixXd prior_covariance;  ///< The same without any data.
    std::vector<RowResidual> residuals;
    double flag_sd = 0.0;      ///< A row with a larger residual is an outlier.
    double robust_factor = 1;  ///< Of the variance: scatter beyond sigma, and the robust loss …
    double correlation = 1;    ///< … and (1 + r)/(1 - r) of the lag-1 r of neighbours.
    Coordinates shrinkage{};   ///< Posterior over prior s.d.
    std::array<record::ParameterState, q_count> state{};
    std::array<std::string, q_count> traded_with;  ///< By reported name.
};

/// By the ratio of the standard deviations with and without data: below 0.3 determined, to 0.9
/// hinted (ANALYSIS 4.1).
[[nodiscard]] record::ParameterState state_of_shrinkage(double shrinkage);

/// Also fills reduced_chi2, n_flagged and flagged_seqs of `result`, or its reason on failure.
[[nodiscard]] std::optional<DynamicPosterior> dynamic_posterior(
    const DynamicData& data,
    const Layout& layout,
    record::Form form,
    const Eigen::VectorXd& optimum,
    record::FitResult& result
);

}  // namespace relaxd::model
