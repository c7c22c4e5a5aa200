// SPDX-License-Identifier: MIT
//
// A ResidualModel with priors, box and robust loss as an Objective of the solver. Inner header of
// model/fit.

#pragma once

#include "model/fit/named_fit.hpp"

#include <Eigen/Core>

#include <cstddef>
#include <span>
#include <vector>

namespace relaxd::model {

/// How residuals enter the cost: w loss_scale^2 rho(r/(unit loss_scale)).
struct ResidualScaling {
    double unit = 1.0;        ///< The given sigmas times this are standard deviations.
    double loss_scale = 1.0;  ///< Robust standard deviation of the residuals over `unit`.
    double weight = 1.0;      ///< Of the data against the priors.
};

class NamedObjective final : public Objective {
  public:
    NamedObjective(ResidualModel& model, std::span<const NamedCoordinate> coordinates);

    [[nodiscard]] bool evaluate(const Eigen::VectorXd& p, Evaluation& out) override;

    /// Everything but what is held at `q`; the values of the held ones come from there.
    void hold(const Eigen::VectorXd& q, const std::vector<bool>& is_held);
    [[nodiscard]] Eigen::VectorXd expand(const Eigen::VectorXd& p) const;
    [[nodiscard]] Eigen::VectorXd collect(const Eigen::VectorXd& q) const;
    [[nodiscard]] const std::vector<std::size_t>& free() const { return free_; }

    /// Residuals over `unit` and the information J'J of all coordinates at q.
    [[nodiscard]] bool information(
        const Eigen::VectorXd& q, Eigen::VectorXd& residuals, Eigen::MatrixXd& information
    );

    CauchyLoss loss;
    ResidualScaling scaling;
    /// Not empty: squares of the differences to these residuals, priors centred at `pseudo_q` (the
    /// noise-free data that the model itself would make there).
    Eigen::VectorXd pseudo_residuals;
    Eigen::VectorXd pseudo_q;

  private:
    [[nodiscard]] bool is_inside(const Eigen::VectorXd& q) const;
    [[nodiscard]] bool residuals_at(const Eigen::VectorXd& q);

    ResidualModel& model_;
    std::span<const NamedCoordinate> coordinates_;
    Eigen::VectorXd q_;
    std::vector<std::size_t> free_;
    Eigen::VectorXd r_;
    Eigen::MatrixXd j_;
};

}  // namespace relaxd::model
