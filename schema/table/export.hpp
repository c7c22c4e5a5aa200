// SPDX-License-Identifier: MIT
//
// A stored run as the CSV of CONTRACT 2: the one writer behind `relaxctl export`, the API's export
// route and the `data_sha256` of a fit on `run:ID`. Pure: records in, text out.

#pragma once

#include "schema/record/records.hpp"

#include <string>
#include <vector>

namespace relaxd::table {

/// The run's points, in their given (seq) order: `# key: value` facts of run and specimen (T_g_K
/// where it is known), one header row, every column that holds a value. Same records, same bytes.
[[nodiscard]] std::string export_csv(
    const record::Run& run,
    const record::Specimen& specimen,
    const std::vector<record::Point>& points
);

}  // namespace relaxd::table
