// SPDX-License-Identifier: MIT
//
// What the tests of links share: calls run to their end on one io_context in manual time, a
// pseudo-terminal whose master the test holds, a TCP server for one peer.
#pragma once

#include "drivers/link/link.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/manual_timing.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <array>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <fcntl.h>
#include <memory>
#include <optional>
#include <string>
#include <unistd.h>
#include <utility>

namespace relaxd::test {

namespace asio = boost::asio;
using drivers::link::ByteLink;
using drivers::link::Uri;
using std::chrono_literals::operator""ns;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

template <typename T>
void spawn(asio::io_context& io, asio::awaitable<T> call, std::optional<T>& result) {
    asio::co_spawn(io, std::move(call), [&result](const std::exception_ptr& thrown, T value) {
        if (thrown) {
            std::rethrow_exception(thrown);
        }
        result.emplace(std::move(value));
    });
}

constexpr auto ample = 5s;  // for what must come, so that a busy machine is no failure

template <typename T>
void wait_for(asio::io_context& io, const std::optional<T>& result) {
    io.restart();
    const auto end = std::chrono::steady_clock::now() + ample;
    while (!result && std::chrono::steady_clock::now() < end) {
        io.run_one_for(100ms);
        if (io.stopped()) {
            io.restart();
        }
    }
    REQUIRE(result.has_value());
}

template <typename T>
T run(asio::io_context& io, asio::awaitable<T> call) {
    std::optional<T> result;
    spawn(io, std::move(call), result);
    wait_for(io, result);
    return std::move(*result);
}

/// What a call answers whose deadline passes: nothing before it.
template <typename T>
T late(
    asio::io_context& io,
    ManualTiming& timing,
    asio::awaitable<T> call,
    std::chrono::milliseconds deadline
) {
    std::optional<T> result;
    spawn(io, std::move(call), result);
    const auto end = drivers::link::after(timing.clock().steady(), deadline);
    io.restart();
    io.poll();
    timing.advance_to(drivers::link::after(end, -1ns));
    io.poll();
    CHECK_FALSE(result.has_value());
    timing.advance_to(end);
    wait_for(io, result);
    return std::move(*result);
}

inline std::string read_text(asio::io_context& io, ByteLink& link) {
    std::array<char, 256> buffer{};
    const auto got = run(io, link.read_some(buffer));
    INFO((got ? std::string() : got.error().sentence()));
    REQUIRE(got.has_value());
    return std::string(buffer.data(), *got);
}

/// A pseudo-terminal whose master this test holds.
class Pty {
  public:
    Pty() : master_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
        REQUIRE(master_ >= 0);
        REQUIRE(::grantpt(master_) == 0);
        REQUIRE(::unlockpt(master_) == 0);
        std::array<char, 64> name{};
        REQUIRE(::ptsname_r(master_, name.data(), name.size()) == 0);
        path_ = name.data();
    }
    ~Pty() { close(); }
    Pty(Pty&& other) noexcept
        : master_(std::exchange(other.master_, -1)), path_(std::move(other.path_)) {}
    Pty& operator=(Pty&&) = delete;
    void close() {
        if (master_ >= 0) {
            ::close(master_);
            master_ = -1;
        }
    }
    [[nodiscard]] int master() const { return master_; }
    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    int master_;
    std::string path_;
};

inline Uri uri_of(const std::string& text) {
    const auto uri = drivers::link::parse_uri(text);
    REQUIRE(uri.has_value());
    return *uri;
}

struct TcpServer {
    explicit TcpServer(asio::io_context& io)
        : acceptor(io, {asio::ip::address_v4::loopback(), 0}), peer(io) {
        acceptor.async_accept(peer, [](const boost::system::error_code&) {});
    }
    [[nodiscard]] Uri uri() const {
        return uri_of("tcp://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port()));
    }
    asio::ip::tcp::acceptor acceptor;
    asio::ip::tcp::socket peer;
};

}  // namespace relaxd::test
