// SPDX-License-Identifier: MIT
//
// Text as simulated devices read and write it. Pure; not shared with any driver.

#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace relaxd::simulator {

/// Without blanks at both ends.
[[nodiscard]] std::string_view trimmed(std::string_view text);

/// What stands between the separators, trimmed; at least one.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);

/// So many significant digits, as C's %g writes them, with an exponent of three digits.
[[nodiscard]] std::string general_text(double value, int digits);

/// So many digits behind the point; no minus before a zero.
[[nodiscard]] std::string decimal_text(double value, int decimals);

/// "+1.2346E-03": a sign always, one digit before the point, `decimals` behind it.
[[nodiscard]] std::string signed_exponent_text(double value, int decimals);

}  // namespace relaxd::simulator
