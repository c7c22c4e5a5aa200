// SPDX-License-Identifier: MIT
//
// Flat JSON objects ({"name": number or string}) as text, for the columns that keep what has no
// column of its own. Numbers keep every bit; keys are sorted. Private to schema/store.

#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace relaxd::store {

/// Unknown (NaN, infinite) numbers are left out.
[[nodiscard]] std::string flat_json(const std::map<std::string, double>& values);
[[nodiscard]] std::string flat_json(const std::map<std::string, std::string>& values);

/// What `flat_json` wrote; nothing if the text is something else.
[[nodiscard]] std::optional<std::map<std::string, double>> numbers_from(std::string_view text);
[[nodiscard]] std::optional<std::map<std::string, std::string>> texts_from(std::string_view text);

}  // namespace relaxd::store
