// SPDX-License-Identifier: MIT
//
// A text as it goes over the line: text, mark, checksum, terminator; and back.

#pragma once

#include "schema/protocol/description.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace relaxd::protocol {

[[nodiscard]] std::string on_wire(
    const LinkRules& link, std::string_view text, const std::string& terminator
);

/// The text of a whole line; nothing if terminator, mark or checksum is not right.
[[nodiscard]] std::optional<std::string> off_wire(
    const LinkRules& link, std::string_view line, const std::string& terminator
);

}  // namespace relaxd::protocol
