// SPDX-License-Identifier: MIT
//
// Segments of rows that came without: isotherms by temperature, and the steps that rows belong to.

#pragma once

#include "schema/record/records.hpp"
#include "schema/table/table.hpp"

#include <vector>

namespace relaxd::table {

/// Numbers isothermal frequency sweeps 1, 2, 3 … in `rows[].segment`; leaves a ramp, and rows
/// without frequency, in segment 1. See read_csv for the rule.
void mark_isotherms(std::vector<record::Reading>& rows);

/// One step a segment that occurs, ascending, named after its temperature; at least one.
[[nodiscard]] std::vector<Step> steps_of(const std::vector<record::Reading>& rows);

}  // namespace relaxd::table
