// SPDX-License-Identifier: MIT
//
// Puts a recorded trace on a TCP port or a pseudo-terminal: the connections of the record, one
// after the other, each with the next host that comes. One thread, that of the io_context.

#pragma once

#include "drivers/link/timing.hpp"
#include "drivers/link/traffic.hpp"
#include "schema/base/result.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <memory>
#include <string>

namespace relaxd::ctl::traffic {

/// What has been played.
struct Played {
    std::size_t connections = 0;
    std::size_t asides = 0;  ///< Requests answered out of the record's order.
    Played() = default;
};

class Player {
  public:
    /// `traffic` as read from `source`; `speed` > 0 times faster than recorded. `io` and `timing`
    /// outlive it. Error `invalid`: nothing in it can be played.
    [[nodiscard]] static Result<std::unique_ptr<Player>> make(
        boost::asio::io_context& io,
        drivers::link::Timing& timing,
        const drivers::link::Traffic& traffic,
        const std::string& source,
        double speed
    );
    Player() = default;
    Player(const Player&) = delete;
    Player& operator=(const Player&) = delete;
    virtual ~Player() = default;

    /// Listens on an address such as 127.0.0.1; port 0 takes a free one. Returns
    /// `tcp://ADDRESS:PORT`. Errors: `io`, `invalid`.
    [[nodiscard]] virtual Result<std::string> listen(
        const std::string& address, std::uint16_t port
    ) = 0;
    /// Makes a pseudo-terminal under this symlink. Returns `pty PATH`.
    [[nodiscard]] virtual Result<std::string> open_pty(const std::string& path) = 0;
    /// Plays all connections to their end. Errors: `refused`, the host says something else than in
    /// the record; `unreachable`, it left too early.
    [[nodiscard]] virtual boost::asio::awaitable<Result<Played>> play() = 0;
};

}  // namespace relaxd::ctl::traffic
