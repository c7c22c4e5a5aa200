// SPDX-License-Identifier: MIT
//
// Any file that relaxd can import, recognised by its content.

#pragma once

#include "schema/base/result.hpp"
#include "schema/table/table.hpp"

#include <string>
#include <string_view>

namespace relaxd::ta_files {

/// Reads a file: native Q-Series, Universal Analysis text, TRIOS LIMS or plain text, columns with a
/// row of units, else CSV of the house. Errors: not_found, io, corrupt (damaged or cut), invalid.
/// The table's keys hold the header without operators, users and folders.
[[nodiscard]] Result<table::Table> read_file(const std::string& path);

/// The same from bytes; `source` (a file's own name) goes into errors.
[[nodiscard]] Result<table::Table> read_bytes(std::string_view bytes, std::string_view source);

}  // namespace relaxd::ta_files
