// SPDX-License-Identifier: MIT
//
// A recorded trace plays the instrument: one Conversation a connection. It is told what the host
// sends and says what is to be done next. Pure: no I/O, no clock.

#pragma once

#include "drivers/link/traffic.hpp"
#include "schema/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace relaxd::ctl::traffic {

/// Something to do, `after_ns` of recorded time after what was done before it.
struct Step {
    enum class Kind : std::uint8_t {
        send,        ///< `bytes` to the host.
        wait_host,   ///< It must say something first.
        hang_up,     ///< The instrument, or the line, ended the connection here.
        host_leaves  ///< All is played: the host closes, or the record ends here.
    };
    Kind kind = Kind::host_leaves;
    std::int64_t after_ns = 0;
    std::string bytes;
    Step() = default;
};

/// An answer that does not wait for its place in the record.
struct Aside {
    std::int64_t after_ns = 0;  ///< After the request.
    std::string bytes;
    Aside() = default;
};

class Conversation {
  public:
    virtual ~Conversation() = default;
    /// What the host sent, in any split. Error `refused`: it says something else than in the
    /// record, with offset and both texts.
    [[nodiscard]] virtual Result<std::vector<Aside>> hear(std::string_view bytes) = 0;
    /// What is to be done now; the same until done().
    [[nodiscard]] virtual Step next() = 0;
    /// The step that next() named has been done.
    virtual void done() = 0;
    /// What is left of the record, for messages: "line 7 of 90".
    [[nodiscard]] virtual std::string place() const = 0;
    /// Requests that were answered aside.
    [[nodiscard]] virtual std::size_t asides() const { return 0; }
};

/// The chunks of one connection, without its notes; how it ended.
struct Connection {
    struct Piece {
        drivers::link::Chunk chunk;
        std::size_t line = 0;  ///< In the file, from 1.
    };
    std::vector<Piece> pieces;
    bool is_lost = false;  ///< The instrument's side ended it, at `end`.
    SteadyTime end;
    std::size_t last_line = 0;
    Connection() = default;
};

/// The connections of a trace, in order. Error `invalid`: it holds no opening of the link. What
/// stands before the first opening (switched on amid a connection) cannot be played; a connection
/// with chunks that were missed ends before them.
[[nodiscard]] Result<std::vector<Connection>> connections_of(
    const drivers::link::Traffic& traffic, const std::string& source
);

/// Byte for byte; for every driver without rules of its own.
[[nodiscard]] std::unique_ptr<Conversation> exact_conversation(Connection connection);

/// The q800_class line protocol: what the host chooses freely (IDs, the run's token) may differ,
/// and `status`, `heartbeat` and `ack`, which it sends at its own pace, are answered as they were
/// answered at that place of the record, or not at all where they were not.
[[nodiscard]] std::unique_ptr<Conversation> q800_conversation(Connection connection);

/// By the driver that the trace names.
[[nodiscard]] std::unique_ptr<Conversation> conversation_for(
    const std::string& driver, Connection connection
);

/// The refusal of a host that says something else.
[[nodiscard]] tl::unexpected<Error> says_something_else(
    std::size_t line, std::uint64_t offset, std::string_view recorded, std::string_view received
);

}  // namespace relaxd::ctl::traffic
