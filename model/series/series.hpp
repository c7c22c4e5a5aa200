// SPDX-License-Identifier: MIT
//
// Estimators of tests in time: creep with recovery, ageing, stress relaxation, tension
// (ANALYSIS 4.2 D, E, H). Pure, as model/estimate/estimate.hpp.

#pragma once

#include "schema/record/fit.hpp"

namespace relaxd::model {

/// Models "creep", "aging", "relaxation", "tension" of CONTRACT 4. Inputs are fitted jointly.
[[nodiscard]] record::FitResult fit_creep(
    const record::SeriesData& data, const record::FitOptions& options
);
[[nodiscard]] record::FitResult fit_aging(
    const record::SeriesData& data, const record::FitOptions& options
);
[[nodiscard]] record::FitResult fit_relaxation(
    const record::SeriesData& data, const record::FitOptions& options
);
[[nodiscard]] record::FitResult fit_tension(
    const record::SeriesData& data, const record::FitOptions& options
);

}  // namespace relaxd::model
