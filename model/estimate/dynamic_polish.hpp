// SPDX-License-Identifier: MIT
//
// From a start near an optimum of the dynamic fit to that optimum, on all rows.

#pragma once

#include "model/estimate/dynamic_data.hpp"
#include "model/estimate/dynamic_layout.hpp"
#include "model/fit/levenberg_marquardt.hpp"
#include "schema/record/fit.hpp"

#include <optional>
#include <vector>

namespace relaxd::model {

class DynamicPolish {
  public:
    /// `rows` must outlive the object.
    DynamicPolish(const std::vector<DynamicRow>& rows, record::Form form, int evaluations_max)
        : rows_(rows), form_(form), evaluations_max_(evaluations_max) {}

    /// The optimum next to `start`. One outside the physical box: with the coordinates that the box
    /// stopped held there; its p is whole, its gradient and curvature lack them.
    [[nodiscard]] SolverResult polish(const Layout& layout, const Eigen::VectorXd& start) const;

    /// The next step would move by less than 0.03 standard errors, of which the misfit is a part:
    /// as near as the tables and the rounding of a large cost let one come.
    [[nodiscard]] bool is_near(const SolverResult& fit) const;

  private:
    /// With what the box stopped held, or at its end where the next step would leave it; nothing
    /// where the box stopped nothing.
    [[nodiscard]] std::optional<SolverResult> held_at_box(
        const Layout& layout, const SolverResult& fit, int evaluations_max
    ) const;
    [[nodiscard]] SolverResult minimize_fully(
        const Layout& layout, const Eigen::VectorXd& start, int evaluations_max
    ) const;

    const std::vector<DynamicRow>& rows_;
    record::Form form_;
    int evaluations_max_;
};

}  // namespace relaxd::model
