// SPDX-License-Identifier: MIT
//
// systematic_error and combined_error of every estimator but `dynamic` (which has its own in
// dynamic_more), from `modulus_scale_relative_sd` and `temperature_offset_sd_K`:
// - scale: moduli go with it, compliances against it, U, chi and times do not; a refit where a
//   modulus is given by fix, prior or material; unknown for relative data and for strains;
// - temperature: energies and times from several temperatures by a refit with every temperature
//   moved; T_g, T_x and peaks by the offset itself; what holds at one temperature by the slope
//   between its neighbours; unknown (never 0) where the data have one temperature alone.
// An error that the estimator itself has put there (start of ageing) is one more part.

#pragma once

#include "schema/record/fit.hpp"

#include <span>

namespace relaxd::model {

/// Nothing where neither error is given or `result` has no estimate. `dynamic` is what the
/// estimator was given.
void add_recipe_systematic_errors(
    std::span<const record::DynamicPoint> points,
    const record::FitOptions& options,
    const record::FitResult* dynamic,
    record::FitResult& result
);

void add_series_systematic_errors(
    const record::SeriesData& data, const record::FitOptions& options, record::FitResult& result
);

}  // namespace relaxd::model
