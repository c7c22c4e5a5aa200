// SPDX-License-Identifier: MIT
//
// The operator page, embedded in the program. Look-up by exact name only: there is no path logic,
// so nothing outside the table can be reached. Immutable; any thread.

#pragma once

#include "daemon/serve/http_message.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace relaxd::daemon {

/// One embedded file.
struct Asset {
    std::string_view name;    ///< "index.html", "app.0123abcd.js" …
    std::string_view plain;   ///< Its bytes.
    std::string_view gzip;    ///< The same bytes gzip'd; empty if that saves nothing.
    std::string_view sha256;  ///< Of the plain bytes, hex.
    std::string_view mime;
    bool is_hashed = false;  ///< The name contains a hash of the content: cache for ever.
};

[[nodiscard]] std::optional<Asset> find_asset(std::string_view name);

/// First 16 hex digits of index.html's SHA-256: tells an open page that it is old.
[[nodiscard]] std::string page_build();

/// The response for an asset: ETag and 304, gzip where the client takes it, caching by name.
[[nodiscard]] http::Response asset_response(const Asset& asset, const http::Request& request);

/// True if `Accept-Encoding` allows gzip (RFC 9110, 12.5.3).
[[nodiscard]] bool accepts_gzip(const http::Request& request);

}  // namespace relaxd::daemon
