// SPDX-License-Identifier: MIT
//
// The TCP counterpart of pty.hpp: whoever plays an instrument on a port begins here.

#pragma once

#include "schema/base/result.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <string>

namespace relaxd::simulator {

/// Listens on an address in numbers or `localhost`; port 0 takes a free one. Returns
/// `tcp://ADDRESS:PORT`. Errors: `invalid` (no address), `io` (the port is taken, no permission).
[[nodiscard]] Result<std::string> listen_on(
    boost::asio::ip::tcp::acceptor& acceptor, const std::string& address, std::uint16_t port
);

}  // namespace relaxd::simulator
