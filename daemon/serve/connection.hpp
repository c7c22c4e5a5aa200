// SPDX-License-Identifier: MIT
//
// One connection as the server keeps it. Implemented in beast_server.cpp, the one file that knows
// Beast; the server's accept loop and registry (http_server.cpp) need only this. io thread only.

#pragma once

#include "daemon/serve/http_server.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <string>

namespace relaxd::daemon::http {

/// What all connections of one server share.
struct Shared {
    Shared(Limits the_limits, Hooks the_hooks, const Clock& the_clock)
        : limits(the_limits), hooks(std::move(the_hooks)), clock(the_clock) {}
    Limits limits;
    Hooks hooks;
    const Clock& clock;
    Counters counters;
    bool stopping = false;
};

class Connection {
  public:
    virtual ~Connection() = default;
    /// Serves until the connection ends; the caller keeps it alive meanwhile.
    [[nodiscard]] virtual boost::asio::awaitable<void> run() = 0;
    [[nodiscard]] virtual const std::string& remote() const = 0;
    /// Ends what waits; a running request is left to finish.
    virtual void stop() = 0;
    /// Ends everything at once.
    virtual void cut() = 0;
    /// Cuts a WebSocket whose present frame has not gone out in time.
    virtual void cut_if_stuck(SteadyTime now) = 0;
};

[[nodiscard]] std::shared_ptr<Connection> make_connection(
    std::shared_ptr<Shared> shared, boost::asio::ip::tcp::socket socket, std::string remote
);

/// 414 or 431 if request line, header bytes or number of fields exceed the limits.
[[nodiscard]] std::optional<unsigned> excess(const Request& head, const Limits& limits);

/// Counts an exception that no one expected.
void note_failure(Counters& counters, const std::exception_ptr& failure);

}  // namespace relaxd::daemon::http
