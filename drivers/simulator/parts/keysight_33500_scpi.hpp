// SPDX-License-Identifier: MIT
//
// SCPI text as the simulated 33500 reads it: headers in short or long form, channel suffixes,
// numbers with units. Pure functions.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relaxd::simulator::scpi {

/// A header by which a command is chosen.
struct Header {
    std::string name;  ///< Short forms with ':' between, optional nodes left out.
    bool is_known = true;
    int channel = 1;
    Header() = default;
};

/// Of the nodes of a header without its '?'.
[[nodiscard]] Header header_of(const std::vector<std::string>& nodes);

/// A number with an optional unit; `MHZ` is a megahertz and `MV` a millivolt (SCPI 7.4.1).
[[nodiscard]] std::optional<double> number_of(std::string_view argument, std::string_view unit);

/// `+1.0000000000000E+03`, as the manual's examples are written.
[[nodiscard]] std::string shown(double value);

[[nodiscard]] std::string upper(std::string_view text);
/// Without blanks at both ends and CR at its end.
[[nodiscard]] std::string_view trimmed(std::string_view text);
/// At least one part.
[[nodiscard]] std::vector<std::string> split(std::string_view text, char at);

}  // namespace relaxd::simulator::scpi
