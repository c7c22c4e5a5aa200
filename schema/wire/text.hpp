// SPDX-License-Identifier: MIT
//
// Texts for JSON: bytes from instruments and files need not be UTF-8, JSON must be. Private to
// schema/wire.

#pragma once

#include <boost/json/value.hpp>

#include <string>
#include <string_view>

namespace relaxd::wire {

/// The text with every byte that is not part of valid UTF-8 (RFC 3629) replaced by U+FFFD.
[[nodiscard]] std::string valid_utf8(std::string_view text);

/// A JSON string, or null for an empty text.
[[nodiscard]] boost::json::value text_or_null(std::string_view text);

}  // namespace relaxd::wire
