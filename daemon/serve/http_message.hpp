// SPDX-License-Identifier: MIT
//
// One HTTP request and one HTTP response as plain values, so that only one file needs Beast.
//
// Pure values; a body that has been handed over is immutable and shared, so that one encoded
// answer can serve many clients.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relaxd::daemon::http {

/// A request whose header (and, for a handler, body) has been read whole.
struct Request {
    std::string method;  ///< "GET", "POST" …, as sent.
    std::string target;  ///< Path and query, as sent.
    /// Names in lower case; a header sent twice stands here twice.
    std::multimap<std::string, std::string, std::less<>> headers;
    std::string body;
    std::string remote;  ///< The peer's address without port.
    Request() = default;

    /// The header's value if it was sent exactly once.
    [[nodiscard]] std::optional<std::string_view> header(std::string_view lower_case_name) const;
    [[nodiscard]] std::size_t count(std::string_view lower_case_name) const;
    /// `target` up to its first '?'.
    [[nodiscard]] std::string_view path() const;
    /// True if a body follows or followed: a Content-Length above 0 or a Transfer-Encoding.
    [[nodiscard]] bool announces_body() const;
    /// True if the client asks for the WebSocket protocol.
    [[nodiscard]] bool wants_websocket() const;
};

/// Response headers that cannot be split: what a browser could read as a second header is refused.
class HeaderList {
  public:
    /// Sets or replaces one header. False, and nothing is set, if the name is not a token or the
    /// value holds a control byte (below 0x20, or 0x7F).
    [[nodiscard]] bool set(std::string_view name, std::string_view value);
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
    [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& entries() const {
        return entries_;
    }

  private:
    std::vector<std::pair<std::string, std::string>> entries_;
};

using Body = std::shared_ptr<const std::string>;

/// What goes back. Content-Length and Connection are the server's business.
struct Response {
    unsigned status = 200;
    HeaderList headers;
    Body body;           ///< Null means empty.
    bool close = false;  ///< End the connection after this response.
    Response() = default;
    Response(unsigned status_code, std::string_view content_type, std::string text);
    Response(unsigned status_code, std::string_view content_type, Body shared);
};

/// ASCII lower case; other bytes as they are.
[[nodiscard]] std::string lower_case(std::string_view text);

/// Percent-decoded text ('+' stays '+'), or nothing if an escape is broken or decodes to NUL.
[[nodiscard]] std::optional<std::string> percent_decoded(std::string_view text);

}  // namespace relaxd::daemon::http
