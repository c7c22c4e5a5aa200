// SPDX-License-Identifier: MIT
//
// An HTTP and WebSocket client written from the RFCs alone (9112, 6455), on plain sockets: it
// shares no code with the server under test. Coroutines on the test's io_context.

#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/json/object.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace relaxd::test {

template <typename T>
using Task = boost::asio::awaitable<T>;

struct Reply {
    unsigned status = 0;                         ///< 0 = the connection ended without a response.
    std::map<std::string, std::string> headers;  ///< Lower-case names.
    std::string body;
    Reply() = default;
    [[nodiscard]] boost::json::object json() const;
    [[nodiscard]] std::string error_code() const;  ///< body.error.code
    [[nodiscard]] std::string error_text() const;  ///< message, where and hint together
};

class RawClient {
  public:
    RawClient(boost::asio::io_context& io, std::uint16_t port);
    /// Connects; call first.
    Task<void> connect();
    Task<void> send(std::string bytes);
    /// Reads one response; the body by Content-Length.
    Task<Reply> receive(bool head_only = false);
    /// Connects if needed, sends a request with Host and these header lines, reads the response.
    Task<Reply> ask(
        std::string method, std::string target, std::string lines = {}, std::string body = {}
    );
    /// POST as application/json, same origin.
    Task<Reply> post(std::string target, std::string body, std::string lines = {});
    /// True when the server has closed (waits for it).
    Task<bool> is_closed();

    /// The WebSocket handshake; the server's response.
    Task<Reply> upgrade(std::string lines = {}, std::string target = "/api/v1/stream");
    Task<void> send_text(std::string text);
    Task<void> send_frame(unsigned opcode, std::string payload);
    /// The next text message as JSON; {"type":"closed","code":N} after a close or an end.
    Task<boost::json::object> next();
    /// The next message that is no tick.
    Task<boost::json::object> next_row();

    [[nodiscard]] boost::asio::ip::tcp::socket& socket() { return socket_; }
    [[nodiscard]] std::string host() const { return "127.0.0.1:" + std::to_string(port_); }

  private:
    Task<bool> fill();
    Task<bool> need(std::size_t bytes);

    boost::asio::ip::tcp::socket socket_;
    std::uint16_t port_;
    std::string buffer_;
    bool connected_ = false;
};

}  // namespace relaxd::test
