// SPDX-License-Identifier: MIT
//
// What one stored fit depended on, as texts that lose nothing: with the run's readings it is enough
// to compute the fit again, bit for bit. Pure.
//
// The texts are lines of `word name=value`. Names are percent-encoded where they hold anything but
// letters, digits and "_.+-"; numbers are the shortest that read back to the same double, `null`
// where unknown.

#pragma once

#include "schema/base/result.hpp"
#include "schema/record/fit.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace relaxd::record {

/// All options but the start vector.
[[nodiscard]] std::string options_text(const FitOptions& options);
/// What `options_text` wrote. Error `corrupt` names the line.
[[nodiscard]] Result<FitOptions> options_from(std::string_view text);

/// A start vector: one `name=value` a line.
[[nodiscard]] std::string start_text(const std::map<std::string, double>& start);
[[nodiscard]] Result<std::map<std::string, double>> start_from(std::string_view text);

/// "1 3 5"; empty = all segments.
[[nodiscard]] std::string segments_text(const std::vector<int>& segments);
[[nodiscard]] Result<std::vector<int>> segments_from(std::string_view text);

}  // namespace relaxd::record
