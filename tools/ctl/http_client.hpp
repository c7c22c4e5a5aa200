// SPDX-License-Identifier: MIT
//
// HTTP/1.1 and WebSocket towards the daemon, free of Beast (http_client.cpp is the one file that
// knows it). Every call blocks until it is done or its time is over; one thread.

#pragma once

#include "schema/base/result.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace relaxd::ctl {

/// The daemon's address: http://HOST[:PORT].
struct Address {
    std::string host;
    std::string port;
    std::string text;  ///< As given, for messages.

    /// `host:port` as the Host header wants it.
    [[nodiscard]] std::string authority() const;
};

/// Error `invalid` for anything but http://HOST[:PORT].
[[nodiscard]] Result<Address> address_from(const std::string& url);

struct Answer {
    unsigned status = 0;
    std::string body;
};

struct Request {
    std::string method = "GET";
    std::string target;  ///< e.g. /api/v1/status
    std::string body;    ///< Sent as application/json.
    std::string lease;   ///< X-Relaxd-Lease; empty = none.
};

/// One request, one answer, whatever its status. Errors: `unreachable`, `timeout`.
[[nodiscard]] Result<Answer> send(const Address& address, const Request& request);

/// Encodes what is not unreserved (RFC 3986) of one part of a path or query.
[[nodiscard]] std::string percent_encoded(const std::string& text);

/// The live stream of the daemon.
class Stream {
  public:
    [[nodiscard]] static Result<Stream> open(const Address& address, const std::string& target);
    Stream(Stream&&) noexcept;
    Stream& operator=(Stream&&) noexcept;
    ~Stream();

    [[nodiscard]] Result<void> send(const std::string& text);
    /// The next text frame; nothing when the daemon has closed. `timeout` after `patience`.
    [[nodiscard]] Result<std::optional<std::string>> receive(std::chrono::milliseconds patience);

  private:
    struct State;
    explicit Stream(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace relaxd::ctl
