// SPDX-License-Identifier: MIT
//
// Does E_u fall with temperature? Two layouts of one fit, the criteria between them, and the few
// steps from the optimum of the one to that of the other.

#pragma once

#include "model/estimate/dynamic_data.hpp"
#include "model/estimate/dynamic_layout.hpp"
#include "model/fit/levenberg_marquardt.hpp"
#include "schema/record/fit.hpp"

#include <string>
#include <vector>

namespace relaxd::model {

/// What a unit of chi2 is worth in the sum of the robust loss: mean(psi^2)/mean(psi') of the
/// residuals (by which differences of that sum are distributed as chi2), never below that of noise
/// that has exactly its sigma. Unknown outside the domain.
[[nodiscard]] double loss_per_chi2(
    const std::vector<DynamicRow>& rows,
    record::Form form,
    const Layout& layout,
    const SolverResult& fit
);

/// Robust loss of the data alone (no priors) over `per_chi2`, with AIC and BIC; E' and E'' of a row
/// count apart.
[[nodiscard]] record::Alternative criteria_of(
    std::string name,
    const DynamicData& data,
    const Layout& layout,
    const SolverResult& fit,
    double per_chi2
);

/// The layout with the slope free where `layout` holds it at 0, and the other way round.
[[nodiscard]] Result<Layout> with_other_slope(
    const Layout& layout, DynamicStart start, const record::FitOptions& options
);

/// A layout that holds the slope at 0, with the slope free under its usual prior.
[[nodiscard]] Layout with_free_slope(const Layout& layout);

/// `other` fitted from the optimum of `layout`, to a tenth in chi2.
[[nodiscard]] SolverResult step_to_other_slope(
    const DynamicData& data,
    record::Form form,
    const Layout& layout,
    const SolverResult& fit,
    const Layout& other
);

}  // namespace relaxd::model
