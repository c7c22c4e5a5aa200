// SPDX-License-Identifier: MIT
//
// What must be true of a TOML text before Debian's toml++ 3.3 may see it.
//
// That release runs into undefined behaviour at most non-ASCII characters outside strings and
// comments (`execution reached an unreachable program point`, found by fuzzing: "y°"). TOML 1.0
// allows none there anyway, so they are refused first. Inside quotes and comments anything goes. It
// also trips over its own assertion where a table's head begins with no key (`[+`).

#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace relaxd {

struct TextPlace {
    std::size_t line = 1;    ///< From 1.
    std::size_t column = 1;  ///< In bytes, from 1.
};

/// The words of the refusal.
inline constexpr std::string_view toml_character_refusal =
    "a character stands outside quotes where TOML allows none such";

/// Where the first non-ASCII byte outside strings and comments is, or a byte after a table's
/// bracket that can begin no key; nothing when there is neither.
[[nodiscard]] std::optional<TextPlace> find_toml_misplaced(std::string_view text);

}  // namespace relaxd
