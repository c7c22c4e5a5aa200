// SPDX-License-Identifier: MIT
//
// Text exports of TA's TRIOS: "LIMS" ([Step] blocks with Variables, Units, Data point lines) and
// the plain one ([step] blocks with a name, column names, units, rows, a blank line).

#pragma once

#include "schema/base/result.hpp"
#include "schema/table/table.hpp"

#include <string_view>

namespace relaxd::ta_files {

/// Each [Step] becomes one step. "Storage modulus" is a shear modulus unless the instrument is a
/// DMA or RSA (without a shear clamp). Columns of text are left out with a warning; a step with
/// fewer points than it announces, and a last line without line end, are warned about.
[[nodiscard]] Result<table::Table> read_trios_lims(std::string_view bytes, std::string_view source);

/// The same for the plain export. Derived blocks ("TTS - …") are not measurements: left out.
[[nodiscard]] Result<table::Table> read_trios_text(std::string_view bytes, std::string_view source);

}  // namespace relaxd::ta_files
