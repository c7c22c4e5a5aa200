// SPDX-License-Identifier: MIT
//
// The client API: HTTP/1.1 + WebSocket of CONTRACT 5, the operator page, health and metrics.
//
// Runs on the io thread; database reads run on one reader thread of its own with a read-only
// connection, so that no page view delays acquisition. Beast stays in beast_server.cpp.

#pragma once

#include "daemon/serve/laboratory.hpp"
#include "schema/base/clock.hpp"
#include "schema/base/result.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace relaxd::daemon {

struct ServeConfig {
    std::string listen_host = "127.0.0.1";  ///< Loopback only for now; anything else is refused.
    std::uint16_t listen_port = 8737;       ///< 0 = any free one.
    std::string database_path;              ///< Opened read-only for queries.
    /// Extra exact Host values besides loopback names and addresses with the port.
    std::vector<std::string> allowed_hosts;
};

class ApiServer {
  public:
    /// `laboratory` and `clock` must outlive the server.
    ApiServer(
        boost::asio::io_context& io, Laboratory& laboratory, ServeConfig config, const Clock& clock
    );
    ~ApiServer();
    ApiServer(const ApiServer&) = delete;
    ApiServer& operator=(const ApiServer&) = delete;

    /// Binds and starts to accept; the port actually bound. Errors: address in use, not loopback.
    [[nodiscard]] Result<std::uint16_t> start();
    /// Stops accepting, closes WebSockets with 1001, waits for running requests up to 2 s.
    [[nodiscard]] Awaitable<void> stop();

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace relaxd::daemon
