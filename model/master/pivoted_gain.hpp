// SPDX-License-Identifier: MIT
//
// How much the sum of squares falls when columns are added to a linear problem.

#pragma once

#include <Eigen/Core>

namespace relaxd::model {

/// g' A^- g over the independent directions of the positive semi-definite A, found by pivoting;
/// `n_independent` counts them. `size` = what the diagonal was before the model's own directions
/// were taken out.
[[nodiscard]] double pivoted_gain(
    Eigen::MatrixXd a,
    const Eigen::VectorXd& size,
    Eigen::VectorXd g,
    double dependent,
    double& n_independent
);

}  // namespace relaxd::model
