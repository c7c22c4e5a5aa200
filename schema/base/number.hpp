// SPDX-License-Identifier: MIT
//
// Numbers as text, without loss and without locale: the shortest decimal that reads back to the
// same double, and a strict reader that takes a whole string or nothing. No NaN, no infinity.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace relaxd {

/// Shortest text that `to_double` turns back into exactly `value`. `value` must be finite.
[[nodiscard]] std::string to_text(double value);

/// The whole of `text` as a finite double. Takes ".5", "-.5", "+1", "1E-4"; refuses "", " 1",
/// "nan".
[[nodiscard]] std::optional<double> to_double(std::string_view text);

/// The whole of `text` as an unsigned decimal integer.
[[nodiscard]] std::optional<std::uint64_t> to_count(std::string_view text);

}  // namespace relaxd
