// SPDX-License-Identifier: MIT
//
// Replies of text devices, taken whole or not at all: lines of numbers, and options that are one of
// a few words. Pure.

#pragma once

#include "schema/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace relaxd::drivers::parts {

/// The frame without its terminator. Nothing: it does not end so, or holds control characters.
[[nodiscard]] std::optional<std::string_view> line_of(
    std::string_view frame, std::string_view terminator
);

/// Exactly `count` finite decimal numbers between separators, nothing else.
[[nodiscard]] std::optional<std::vector<double>> numbers_in(
    std::string_view line, char separator, std::size_t count
);

/// Decimal with so many digits behind the point, no exponent. `value` is finite.
[[nodiscard]] std::string fixed_text(double value, int decimals);

/// Where `value` stands in a table of the device, within 1e-6 of it.
[[nodiscard]] std::optional<std::size_t> place_of(std::span<const double> table, double value);

/// The option's word, or `words.front()` where it is not given. Error `invalid`: another word.
[[nodiscard]] Result<std::string> chosen(
    const std::map<std::string, std::string>& options,
    const std::string& key,
    const std::vector<std::string>& words
);

}  // namespace relaxd::drivers::parts
