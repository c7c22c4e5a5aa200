// SPDX-License-Identifier: MIT
//
// The server's accept loop, its registry of connections, connection caps and orderly end.

#include "daemon/serve/http_server.hpp"

#include "daemon/serve/connection.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fcntl.h>
#include <map>
#include <set>
#include <string_view>
#include <utility>

namespace relaxd::daemon::http {

namespace asio = boost::asio;
using boost::asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr std::string_view too_many =
    "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

}  // namespace

struct HttpServer::Core : std::enable_shared_from_this<HttpServer::Core> {
    Core(asio::io_context& context, Limits limits, Hooks hooks, const Clock& clock)
        : io(context),
          shared(std::make_shared<Shared>(limits, std::move(hooks), clock)),
          acceptor(context),
          emptied(context) {}

    asio::io_context& io;
    std::shared_ptr<Shared> shared;
    tcp::acceptor acceptor;
    asio::steady_timer emptied;  ///< Cancelled when the last connection has ended.
    std::set<std::shared_ptr<Connection>> connections;
    std::map<std::string, std::size_t> per_address;

    asio::awaitable<void> accept();
    void admit(tcp::socket socket);
    void ended(const std::shared_ptr<Connection>& connection, const std::exception_ptr& failure);
    void cut_all();
};

std::optional<unsigned> excess(const Request& head, const Limits& limits) {
    if (head.method.size() + head.target.size() + 11 > limits.request_line_bytes) {
        return 414;
    }
    std::size_t bytes = 0;
    for (const auto& field : head.headers) {
        bytes += field.first.size() + field.second.size() + 4;
    }
    if (head.headers.size() > limits.header_fields || bytes > limits.header_bytes) {
        return 431;
    }
    return std::nullopt;
}

/// Asio's sockets are without it; child processes must not get them.
void close_on_exec(int descriptor) {
    static_cast<void>(::fcntl(descriptor, F_SETFD, FD_CLOEXEC));
}

void note_failure(Counters& counters, const std::exception_ptr& failure) {
    ++counters.failures;
    try {
        std::rethrow_exception(failure);
    } catch (const std::exception& exception) {
        counters.last_failure = exception.what();
    } catch (...) {
        counters.last_failure = "an exception that is not a std::exception";
    }
}

asio::awaitable<void> HttpServer::Core::accept() {
    asio::steady_timer pause(io);
    while (!shared->stopping) {
        auto accepted = co_await acceptor.async_accept(as_result);
        if (shared->stopping) {
            co_return;
        }
        if (std::get<0>(accepted)) {
            // Out of descriptors, or the peer has gone again: go on in a moment.
            pause.expires_after(std::chrono::milliseconds(100));
            co_await pause.async_wait(as_result);
            continue;
        }
        admit(std::move(std::get<1>(accepted)));
    }
}

void HttpServer::Core::admit(tcp::socket socket) {
    close_on_exec(socket.native_handle());
    error_code ec;
    const auto peer = socket.remote_endpoint(ec);
    if (ec) {
        return;
    }
    const std::string remote = peer.address().to_string();
    std::size_t& from_there = per_address[remote];
    const bool crowded =
        !peer.address().is_loopback() && from_there >= shared->limits.connections_per_address;
    if (connections.size() >= shared->limits.connections || crowded) {
        ++shared->counters.turned_away;
        if (from_there == 0) {
            per_address.erase(remote);
        }
        socket.non_blocking(true, ec);
        socket.write_some(asio::buffer(too_many.data(), too_many.size()), ec);
        return;
    }
    ++from_there;
    ++shared->counters.accepted;
    socket.set_option(tcp::no_delay(true), ec);
    auto connection = make_connection(shared, std::move(socket), remote);
    connections.insert(connection);
    shared->counters.connections = connections.size();
    auto done = [core = shared_from_this(), connection](const std::exception_ptr& failure) {
        core->ended(connection, failure);
    };
    asio::co_spawn(io, connection->run(), std::move(done));
}

void HttpServer::Core::ended(
    const std::shared_ptr<Connection>& connection, const std::exception_ptr& failure
) {
    if (failure) {
        note_failure(shared->counters, failure);
    }
    connection->cut();
    const auto from_there = per_address.find(connection->remote());
    if (from_there != per_address.end() && --from_there->second == 0) {
        per_address.erase(from_there);
    }
    connections.erase(connection);
    shared->counters.connections = connections.size();
    if (connections.empty()) {
        emptied.cancel();
    }
}

void HttpServer::Core::cut_all() {
    const auto present = connections;
    for (const auto& connection : present) {
        connection->cut();
    }
}

HttpServer::HttpServer(asio::io_context& io, Limits limits, Hooks hooks, const Clock& clock)
    : core_(std::make_shared<Core>(io, limits, std::move(hooks), clock)) {}

HttpServer::~HttpServer() {
    core_->shared->stopping = true;
    error_code ignored;
    core_->acceptor.close(ignored);
    const auto left = std::exchange(core_->connections, {});
    for (const auto& connection : left) {
        connection->cut();
    }
}

Result<std::uint16_t> HttpServer::listen(const std::string& address, std::uint16_t port) {
    error_code ec;
    const auto numbers = asio::ip::make_address(address, ec);
    if (ec) {
        return fail(Errc::invalid, "\"" + address + "\" is not an address in numbers", "listen");
    }
    const tcp::endpoint endpoint(numbers, port);
    tcp::acceptor& acceptor = core_->acceptor;
    acceptor.open(endpoint.protocol(), ec);
    if (!ec) {
        close_on_exec(acceptor.native_handle());
        acceptor.set_option(asio::socket_base::reuse_address(true), ec);
    }
    if (!ec) {
        acceptor.bind(endpoint, ec);
    }
    if (!ec) {
        acceptor.listen(asio::socket_base::max_listen_connections, ec);
    }
    const auto bound = ec ? endpoint : acceptor.local_endpoint(ec);
    if (ec) {
        error_code ignored;
        acceptor.close(ignored);
        return fail(
            Errc::io,
            "cannot listen on " + address + " port " + std::to_string(port) + ": " + ec.message(),
            "listen",
            "another program may hold the port: choose another one, or 0 for any free one"
        );
    }
    auto done = [core = core_](const std::exception_ptr& failure) {
        if (failure) {
            note_failure(core->shared->counters, failure);
        }
    };
    asio::co_spawn(core_->io, core_->accept(), std::move(done));
    return bound.port();
}

asio::awaitable<void> HttpServer::stop(std::chrono::milliseconds patience) {
    const std::shared_ptr<Core> core = core_;
    core->shared->stopping = true;
    error_code ignored;
    core->acceptor.close(ignored);
    const auto present = core->connections;
    for (const auto& connection : present) {
        connection->stop();
    }
    if (!core->connections.empty()) {
        core->emptied.expires_after(patience);
        co_await core->emptied.async_wait(as_result);
    }
    core->cut_all();
    if (!core->connections.empty()) {
        core->emptied.expires_after(std::chrono::seconds(1));
        co_await core->emptied.async_wait(as_result);
    }
}

void HttpServer::sweep() {
    const SteadyTime now = core_->shared->clock.steady();
    const auto present = core_->connections;
    for (const auto& connection : present) {
        connection->cut_if_stuck(now);
    }
}

const Counters& HttpServer::counters() const {
    return core_->shared->counters;
}

}  // namespace relaxd::daemon::http
