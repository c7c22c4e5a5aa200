// SPDX-License-Identifier: MIT
//
// Columns with a row of names and a row of units, as instruments' and analysts' programs export
// them: separated by comma, tab, semicolon, or of fixed width (blanks). UTF-8 or Latin-1.

#pragma once

#include "schema/base/result.hpp"
#include "schema/table/table.hpp"

#include <string_view>

namespace relaxd::ta_files {

/// The first two lines that are not empty are names and units, as many of one as of the other; a
/// title of one cell may stand above them.
/// `text` is UTF-8.
[[nodiscard]] bool has_unit_row(std::string_view text);

/// Known names and units become columns of the house in SI, others extra channels; every bad cell
/// is an error with its line. A column "Set" counts the segments; else a file whose frequencies go
/// one way is one segment, else isotherms are told by their temperature. In fixed width a last line
/// of one text is kept as key `trailer`. Lines "# key: value" are keys as in CSV of the house.
[[nodiscard]] Result<table::Table> read_unit_row(std::string_view bytes, std::string_view source);

}  // namespace relaxd::ta_files
