// SPDX-License-Identifier: MIT
//
// The nearest known word to a misspelt one, for error messages: unknown keys, modes, sentences.

#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace relaxd {

/// Levenshtein distance of two byte strings, ASCII case ignored.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

/// The candidate with the smallest distance to `word` (the first of equals); empty if none is
/// given.
[[nodiscard]] std::string_view nearest(
    std::string_view word, std::span<const std::string_view> candidates
);

/// "a, b, c" for messages.
[[nodiscard]] std::string joined(std::span<const std::string_view> words);

}  // namespace relaxd
