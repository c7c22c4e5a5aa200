// SPDX-License-Identifier: MIT
//
// The method that a file was measured with, as a method of the house: for a run that is followed
// and that nobody wrote a method for.

#pragma once

#include "drivers/ta_files/header.hpp"
#include "schema/base/result.hpp"
#include "schema/record/records.hpp"

#include <string>
#include <vector>

namespace relaxd::ta_files {

/// TOML of mode multi-frequency-strain: the frequencies of `rows`, the header's planned sentences
/// that a method understands; the others as comments. `refused`: no moduli and frequencies in the
/// rows, or no sentence that is understood; the hint says what to do.
[[nodiscard]] Result<std::string> method_text(
    const Header& header, const std::vector<record::Reading>& rows, const std::string& file
);

}  // namespace relaxd::ta_files
