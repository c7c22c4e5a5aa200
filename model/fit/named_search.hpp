// SPDX-License-Identifier: MIT
//
// The way to the optimum: squares first, then the robust loss with the residuals' own scale, then
// the data weighed against the priors; a coordinate that wants out of its box is held at its wall.
// Inner header of model/fit.

#pragma once

#include "model/fit/named_objective.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace relaxd::model {

class NamedSearch {
  public:
    /// Works on `out`, which must outlive it.
    NamedSearch(
        ResidualModel& model,
        std::span<const NamedCoordinate> coordinates,
        const NamedFitOptions& options,
        NamedFit& out
    );

    /// From the starts; false where there is no optimum (out.termination says why).
    [[nodiscard]] bool run();

    [[nodiscard]] NamedObjective& objective() { return objective_; }
    [[nodiscard]] bool is_pinned(std::size_t i) const { return is_pinned_[i]; }
    [[nodiscard]] std::size_t rows() const { return n_; }
    /// Rows minus free coordinates, at least 1.
    [[nodiscard]] double degrees() const;
    /// max(1, robust scale) of the residuals, without their correlation.
    [[nodiscard]] double robust_factor() const;
    [[nodiscard]] double correlation() const;
    /// The robust sum over this has the curvature of (J'J)/variance_factor.
    [[nodiscard]] double weight_divisor() const;

  private:
    [[nodiscard]] double residual_sd(const Eigen::VectorXd& r) const;
    [[nodiscard]] bool scale_by_neighbours();
    [[nodiscard]] bool rescale();
    [[nodiscard]] bool settle();
    void hold();
    [[nodiscard]] bool minimize_once();
    [[nodiscard]] static bool is_near_optimum(const SolverResult& fit);
    [[nodiscard]] bool pin_one();
    [[nodiscard]] bool release_one(std::vector<bool>& was_released);
    [[nodiscard]] RobustScale sums() const;

    std::span<const NamedCoordinate> coordinates_;
    const NamedFitOptions& options_;
    NamedFit& out_;
    NamedObjective objective_;
    std::size_t n_;
    std::vector<bool> is_pinned_;
    bool has_prior_ = false;
    Evaluation at_;
};

}  // namespace relaxd::model
