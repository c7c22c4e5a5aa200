// SPDX-License-Identifier: MIT
//
// The text export of TA's Universal Analysis: header lines "Key TAB value", StartOfData, rows.

#pragma once

#include "schema/base/result.hpp"
#include "schema/table/table.hpp"

#include <string_view>

namespace relaxd::ta_files {

/// Reads UTF-16LE or UTF-8. The export has no segment log: its rows are one step, the planned
/// segments are keys. A last line without line end is left out with a warning (its last number may
/// be cut). Rows with negative time are kept with flag `marker`.
[[nodiscard]] Result<table::Table> read_ua_text(std::string_view bytes, std::string_view source);

}  // namespace relaxd::ta_files
