// SPDX-License-Identifier: MIT
//
// What must be true of a TOML text before Debian's toml++ 3.3 may see it, and how its mistakes are
// told. toml++ itself is not included here.
//
// That release runs into undefined behaviour at most non-ASCII characters outside strings and
// comments (`execution reached an unreachable program point`, found by fuzzing: "y°"). TOML 1.0
// allows none there anyway, so they are refused first. Inside quotes and comments anything goes. It
// also trips over its own assertion where a table's head begins with no key (`[+`).

#pragma once

#include "schema/base/result.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

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

/// "this is not TOML: WHY" at SOURCE:LINE.
[[nodiscard]] Error not_toml(std::string_view why, std::string_view source, std::size_t line);

/// "unknown key 'KEY' in OF_WHAT" at `where`, with the nearest known one.
[[nodiscard]] Error unknown_key(
    std::string_view key,
    std::string_view of_what,
    std::string where,
    std::span<const std::string_view> known
);

/// Every key of `table` (a toml::table) is among `known`, else `unknown_key` at SOURCE:LINE.
template <typename Table>
[[nodiscard]] Result<void> check_keys(
    const Table& table,
    std::string_view of_what,
    std::string_view source,
    std::span<const std::string_view> known
) {
    for (const auto& [key, node] : table) {
        if (std::ranges::find(known, key.str()) == known.end()) {
            std::string where = std::string(source) + ":" + std::to_string(key.source().begin.line);
            return fail(unknown_key(key.str(), of_what, std::move(where), known));
        }
    }
    return {};
}

}  // namespace relaxd
