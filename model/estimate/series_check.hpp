// SPDX-License-Identifier: MIT
//
// What the estimators of tests in time and of master data must not be given: rows above the mask,
// numbers that no specimen has, standard deviations that cannot be. Said before a fit makes
// numbers of what are none. Pure.

#pragma once

#include "schema/record/fit.hpp"

#include <string>
#include <string_view>

namespace relaxd::model {

/// One sentence, or empty if nothing is wrong with what `model` reads.
[[nodiscard]] std::string what_is_wrong(const record::SeriesData& data, std::string_view model);

/// The rows at or below T_max_K, and those whose temperature is not known.
[[nodiscard]] record::SeriesData below_mask(const record::SeriesData& data, double T_max_K);

}  // namespace relaxd::model
