// SPDX-License-Identifier: MIT
//
// How mistakes in a TOML text are told. toml++ itself is not included here: toml_parser.hpp.

#pragma once

#include "schema/base/result.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace relaxd {

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
