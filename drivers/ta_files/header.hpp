// SPDX-License-Identifier: MIT
//
// The header that the native Q-Series file and the Universal Analysis text share: keys, signals,
// planned segments, date. The first writes "Key value", the second "Key TAB value".

#pragma once

#include "drivers/ta_files/signals.hpp"
#include "drivers/ta_files/text.hpp"
#include "schema/base/clock.hpp"
#include "schema/base/result.hpp"

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace relaxd::ta_files {

struct Header {
    bool closed = false;  ///< "OPEN": the run was not ended, or its file not closed.
    Facts facts;
    std::vector<Signal> signals;
    std::map<int, std::string> planned;  ///< OrgMethod sentences by segment number.
    UtcTime started;                     ///< Date + Time, local wall time; ns = 0 if absent.
};

/// Parses the header's lines (the first is CLOSED or OPEN).
[[nodiscard]] Result<Header> read_header(
    std::span<const std::string_view> lines, char separator, std::string_view source
);

/// What the rows of a table get from the header: keys, format, column names.
[[nodiscard]] std::map<std::string, std::string> keys_of(const Header& header);
[[nodiscard]] Loading loading_of(const Facts& facts, Loading otherwise);

}  // namespace relaxd::ta_files
