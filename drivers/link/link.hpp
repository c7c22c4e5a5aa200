// SPDX-License-Identifier: MIT
//
// One byte link: bytes out, bytes in, deadlines, nothing else. TCP, a serial port, a pty or memory.
//
// All calls run on the one io thread. Errors: `unreachable` when the peer or the device is gone
// (end of file, EIO, ENXIO, ENODEV, reset), `timeout` when a deadline passed (the link is closed
// then, for half a line may be out), `cancelled` after close(), `io` and `busy` for what the system
// says. A link may be destroyed while operations are in flight: they end with `cancelled`.
//
// A loss is told apart from silence, within a second, whether or not anything is read or written:
// "unplugged: …" (the line hung up, the device node is gone), "the instrument closed the
// connection", "silent: …" (nothing comes back). What was lost stays lost: a link is opened once,
// and nothing of it (bytes, deadlines, callers) reaches the next one.

#pragma once

#include "drivers/link/ports.hpp"
#include "drivers/link/timing.hpp"
#include "drivers/link/uri.hpp"
#include "schema/base/result.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>

namespace relaxd::drivers::link {

class ByteLink {
  public:
    virtual ~ByteLink() = default;
    /// At least one byte into `buffer`, which must live until the end; waits without limit.
    [[nodiscard]] virtual boost::asio::awaitable<Result<std::size_t>> read_some(
        std::span<char> buffer
    ) = 0;
    /// All of `bytes`, or an error; one write at a time.
    [[nodiscard]] virtual boost::asio::awaitable<Result<void>> write(
        std::string bytes, std::chrono::milliseconds deadline
    ) = 0;
    /// Ends pending operations with `cancelled`. Safe to repeat.
    virtual void close() = 0;
    [[nodiscard]] virtual bool is_open() const = 0;
    /// Ends when the link is lost, with why, or with `cancelled` after close(): for an owner who
    /// reads only now and then. A link without a watch of its own says `refused` at once.
    [[nodiscard]] virtual boost::asio::awaitable<Error> lost();
};

using LinkResult = Result<std::unique_ptr<ByteLink>>;

/// Opens one link, once; cancel() ends an open in flight with `cancelled`.
class Opener {
  public:
    virtual ~Opener() = default;
    [[nodiscard]] virtual boost::asio::awaitable<LinkResult> open(std::chrono::milliseconds deadline
    ) = 0;
    virtual void cancel() = 0;
    /// A serial line is slow: requests for much are cut smaller.
    [[nodiscard]] virtual bool is_slow() const = 0;
};

/// The opener for a parsed URI. TCP: TCP_NODELAY, keepalive, TCP_USER_TIMEOUT. Serial: see
/// serial.hpp; which device it is, resolve.hpp says anew at each opening, with the ports that
/// `lister` lists. `timing` outlives it and its links.
[[nodiscard]] std::unique_ptr<Opener> make_opener(
    boost::asio::any_io_executor executor, Uri uri, Timing& timing, PortLister lister = &list_ports
);

/// Two ends of a link in memory: what one writes the other reads. `capacity` bytes fit each way; a
/// write waits while they are full. `timing` outlives them.
[[nodiscard]] std::pair<std::unique_ptr<ByteLink>, std::unique_ptr<ByteLink>> make_memory_pair(
    const boost::asio::any_io_executor& executor, Timing& timing, std::size_t capacity = 65536
);

}  // namespace relaxd::drivers::link
