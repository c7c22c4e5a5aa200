// SPDX-License-Identifier: MIT
//
// From the optimum of the dynamic fit to what is published: covariance, states, profile check,
// reported names with propagated errors (ANALYSIS 4.1, CONTRACT 4).

#pragma once

#include "model/estimate/dynamic_data.hpp"
#include "model/estimate/dynamic_layout.hpp"
#include "schema/record/fit.hpp"

#include <Eigen/Core>

namespace relaxd::model {

/// Fills parameters, derived, correlations, states, flags, reduced chi2, known combinations, the
/// check of the residuals, profile intervals where wanted, and warm start. False with `reason` set
/// when the covariance does not exist.
[[nodiscard]] bool report_dynamic(
    const DynamicData& data,
    const Layout& layout,
    const record::FitOptions& options,
    const Eigen::VectorXd& optimum,
    record::FitResult& result
);

}  // namespace relaxd::model
