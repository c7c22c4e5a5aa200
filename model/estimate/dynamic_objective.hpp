// SPDX-License-Identifier: MIT
//
// The sum that the dynamic fit makes small: Cauchy (or square) loss of E' and E'' in units of their
// sigma, plus the Gaussian priors, with gradient and curvature in the free coordinates.

#pragma once

#include "model/estimate/dynamic_data.hpp"
#include "model/estimate/dynamic_layout.hpp"
#include "model/estimate/dynamic_model.hpp"
#include "model/fit/levenberg_marquardt.hpp"
#include "model/fit/robust.hpp"

#include <span>
#include <vector>

namespace relaxd::model {

/// Residuals (data minus model over sigma) of one row.
struct RowResidual {
    double storage = 0.0;
    double loss = 0.0;
};

class DynamicObjective final : public Objective {
  public:
    DynamicObjective(
        const Layout& layout, record::Form form, std::span<const DynamicRow> rows, CauchyLoss loss
    );

    void set_loss(CauchyLoss loss) { loss_ = loss; }

    [[nodiscard]] bool evaluate(const Eigen::VectorXd& p, Evaluation& out) override;

    /// Residuals at q; false outside the box.
    [[nodiscard]] bool residuals(const Coordinates& q, std::vector<RowResidual>& out);

    /// J'J over the data, unweighted by the loss, in all coordinates; false outside the box.
    [[nodiscard]] bool information(const Coordinates& q, Eigen::MatrixXd& out);

  private:
    [[nodiscard]] bool accumulate(const Coordinates& q, CauchyLoss loss);
    [[nodiscard]] bool is_inside(const Coordinates& q) const;

    const Layout& layout_;
    std::span<const DynamicRow> rows_;
    CauchyLoss loss_;
    DynamicModel model_;
    double cost_ = 0.0;
    Eigen::Index columns_;  ///< Active coordinates + 1.
    Eigen::MatrixXd sums_;  ///< columns^2; the last column is J'r.
    Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> block_;
    Eigen::MatrixXd derivative_;
};

}  // namespace relaxd::model
