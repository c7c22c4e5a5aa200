// SPDX-License-Identifier: MIT
//
// An HTTP/1.1 and WebSocket server with hard limits (OPERATOR 3.4), free of Beast in its header.
//
// Everything happens on the io thread of the given io_context, hooks included. A connection keeps
// itself alive; the server object may go when `stop` has returned.

#pragma once

#include "daemon/serve/http_message.hpp"
#include "schema/base/clock.hpp"
#include "schema/base/result.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace relaxd::daemon::http {

/// The server's end of one WebSocket, as its owner sees it.
class WebSocket {
  public:
    virtual ~WebSocket() = default;
    /// Queues one text frame. False, and nothing is queued, when the queue is full (or the socket
    /// is closing): the owner keeps count and is told by `on_writable`.
    [[nodiscard]] virtual bool send(std::shared_ptr<const std::string> frame) = 0;
    /// Sends what is queued, then a close frame with this code.
    virtual void close(std::uint16_t code, std::string_view reason) = 0;
};

/// What the owner of one WebSocket is told. After `on_close` nothing more comes.
class WebSocketOwner {
  public:
    virtual ~WebSocketOwner() = default;
    virtual void on_message(std::string text) = 0;
    /// After a refused `send`: at most half of the queue is left.
    virtual void on_writable() = 0;
    virtual void on_close() = 0;
};

struct Limits {
    std::size_t request_line_bytes = 4'096;
    std::size_t header_bytes = 8'192;
    std::size_t header_fields = 64;
    std::size_t body_bytes = 1'048'576;
    std::chrono::milliseconds header_time{5'000};
    std::chrono::milliseconds body_time{15'000};
    std::chrono::milliseconds write_time{15'000};  ///< For each piece that the socket takes.
    std::chrono::milliseconds idle_time{30'000};   ///< Between two requests of a connection.
    std::size_t connections = 1'200;
    std::size_t connections_per_address = 64;  ///< Loopback addresses are not counted.
    std::size_t websocket_message_bytes = 65'536;
    std::size_t websocket_queue_frames = 32;
    std::size_t websocket_queue_bytes = 1'048'576;
    std::chrono::milliseconds websocket_handshake_time{5'000};
    std::chrono::milliseconds websocket_idle_time{20'000};  ///< Pinged after half of it.
    std::chrono::milliseconds websocket_stuck_time{5'000};  ///< A frame unsent so long: closed.
    /// Bytes the operating system buffers for one WebSocket: what a slow client can lag unseen.
    int websocket_kernel_buffer_bytes = 128 * 1024;
};

struct Hooks {
    /// Sees the header alone, before body and upgrade; a response here refuses and closes.
    std::function<std::optional<Response>(const Request&)> gate;
    std::function<boost::asio::awaitable<Response>(Request)> handle;
    /// The body was too large, the header too long …: makes the error response for a status.
    std::function<Response(unsigned status, std::string_view sentence)> refuse;
    /// The path that may become a WebSocket.
    std::string websocket_path;
    std::function<std::shared_ptr<WebSocketOwner>(std::shared_ptr<WebSocket>)> open;
};

/// What has happened since start.
struct Counters {
    std::size_t connections = 0;  ///< Now.
    std::size_t websockets = 0;   ///< Now.
    std::uint64_t accepted = 0;
    std::uint64_t turned_away = 0;  ///< Over a connection cap.
    std::uint64_t stuck = 0;        ///< WebSockets closed because they did not read.
    std::uint64_t failures = 0;     ///< Connections that ended by an unexpected exception.
    std::string last_failure;
};

class HttpServer {
  public:
    struct Core;

    HttpServer(boost::asio::io_context& io, Limits limits, Hooks hooks, const Clock& clock);
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    /// Binds an address in numbers and starts to accept; the port bound. Errors: `invalid`, `io`.
    [[nodiscard]] Result<std::uint16_t> listen(const std::string& address, std::uint16_t port);
    /// Stops accepting, closes WebSockets with 1001, waits for running requests up to `patience`,
    /// then cuts what is left.
    [[nodiscard]] boost::asio::awaitable<void> stop(std::chrono::milliseconds patience);
    /// Closes WebSockets whose present frame has waited too long; call about once a second.
    void sweep();
    [[nodiscard]] const Counters& counters() const;

  private:
    std::shared_ptr<Core> core_;
};

}  // namespace relaxd::daemon::http
