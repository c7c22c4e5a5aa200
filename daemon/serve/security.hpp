// SPDX-License-Identifier: MIT
//
// Who may talk to the daemon from a browser (OPERATOR T1-T3): exact Host list against DNS
// rebinding, Origin on every POST and before every WebSocket upgrade, POST as application/json
// only, and the headers that every response carries. Pure.

#pragma once

#include "daemon/serve/http_message.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relaxd::daemon {

/// The exact values of `Host` that this server answers to; lower case.
class HostList {
  public:
    /// Loopback names and addresses with `port` (without it too if it is 80), the address listened
    /// on, and `more` as configured.
    HostList(
        std::string_view listen_address, std::uint16_t port, const std::vector<std::string>& more
    );
    /// Equal to one entry, ASCII case ignored; nothing is normalised.
    [[nodiscard]] bool allows_host(std::string_view host) const;
    /// Exactly "http://" and an allowed host.
    [[nodiscard]] bool allows_origin(std::string_view origin) const;

  private:
    std::vector<std::string> hosts_;
};

/// Why a request is refused before it reaches a route.
struct Refusal {
    unsigned status = 400;
    std::string code;
    std::string message;
    std::string where;
    std::string hint;
};

/// Judges a request by its header alone. `is_stream` = it asks to become the WebSocket.
[[nodiscard]] std::optional<Refusal> judge(
    const http::Request& request, const HostList& hosts, bool is_stream
);

/// True for loopback addresses in numbers ("127.x.y.z", "::1").
[[nodiscard]] bool is_loopback(std::string_view address);

/// Content-Security-Policy, nosniff, referrer and cross-origin policies (OPERATOR 1.10), and
/// `Cache-Control: no-store` where the response says nothing about caching.
void put_security_headers(http::HeaderList& headers);

}  // namespace relaxd::daemon
