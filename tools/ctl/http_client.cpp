// SPDX-License-Identifier: MIT
#include "tools/ctl/http_client.hpp"

#include "schema/base/number.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

namespace relaxd::ctl {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace websocket = boost::beast::websocket;
using boost::system::error_code;

constexpr std::chrono::seconds connect_time{3};
constexpr std::chrono::seconds answer_time{60};  // Starting a run downloads a method.
constexpr std::uint64_t largest_answer = std::uint64_t{4} << 30U;

tl::unexpected<Error> lost(const Address& address, const error_code& error, const char* what) {
    if (error == beast::error::timeout) {
        return fail(
            Errc::timeout,
            std::string("relaxd did not answer in time while ") + what,
            address.text,
            "look at the daemon's log, or try again"
        );
    }
    return fail(
        Errc::unreachable,
        std::string("no connection to relaxd while ") + what + ": " + error.message(),
        address.text,
        "start relaxd, or name the daemon with --url or RELAXD_URL"
    );
}

/// Runs one asynchronous operation to its end: `start` gets the handler's place for the error.
template <typename Start>
error_code finish(asio::io_context& io, Start start) {
    error_code error;
    start(error);
    io.restart();
    io.run();
    return error;
}

Result<void> connect(asio::io_context& io, beast::tcp_stream& stream, const Address& address) {
    error_code error;
    asio::ip::tcp::resolver resolver(io);
    const auto found = resolver.resolve(address.host, address.port, error);
    if (!error) {
        stream.expires_after(connect_time);
        error = finish(io, [&](error_code& out) {
            stream.async_connect(found, [&out](error_code failed, const auto&) { out = failed; });
        });
    }
    if (error) {
        return lost(address, error, "connecting");
    }
    return {};
}

}  // namespace

std::string Address::authority() const {
    const bool is_ip6 = host.find(':') != std::string::npos;
    return (is_ip6 ? "[" + host + "]" : host) + ":" + port;
}

Result<Address> address_from(const std::string& url) {
    const auto bad = [&] {
        return fail(
            Errc::invalid,
            "'" + url + "' is not an address of relaxd",
            "--url",
            "write http://HOST:PORT, like http://127.0.0.1:8737"
        );
    };
    constexpr std::string_view scheme = "http://";
    std::string_view rest = url;
    if (!rest.starts_with(scheme)) {
        return bad();
    }
    rest.remove_prefix(scheme.size());
    if (rest.ends_with('/')) {
        rest.remove_suffix(1);
    }
    Address address;
    address.text = url;
    address.port = "80";
    std::string_view port;
    if (rest.starts_with('[')) {
        const std::size_t end = rest.find(']');
        if (end == std::string_view::npos) {
            return bad();
        }
        address.host = rest.substr(1, end - 1);
        port = rest.substr(end + 1);
    } else {
        const std::size_t end = std::min(rest.find(':'), rest.size());
        address.host = rest.substr(0, end);
        port = rest.substr(end);
    }
    if (!port.empty()) {
        const auto number = to_count(port.substr(1));
        if (port.front() != ':' || !number || *number == 0 || *number > 65535) {
            return bad();
        }
        address.port = port.substr(1);
    }
    if (address.host.empty() || address.host.find_first_of("/@? #") != std::string::npos) {
        return bad();
    }
    return address;
}

std::string percent_encoded(const std::string& text) {
    constexpr std::string_view plain =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        if (plain.find(c) != std::string_view::npos) {
            out += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            out += '%';
            out += digits[byte >> 4U];
            out += digits[byte & 0xFU];
        }
    }
    return out;
}

Result<Answer> send(const Address& address, const Request& request) {
    asio::io_context io;
    beast::tcp_stream stream(io);
    if (auto done = connect(io, stream, address); !done) {
        return fail(done.error());
    }
    http::request<http::string_body> message;
    message.method_string(request.method);
    message.target(request.target);
    message.version(11);
    message.set(http::field::host, address.authority());
    message.set(http::field::user_agent, "relaxctl");
    message.set(http::field::accept, "*/*");
    message.set(http::field::connection, "close");
    if (request.method == "POST") {
        message.set(http::field::content_type, "application/json");
        message.body() = request.body;
    }
    if (!request.lease.empty()) {
        message.set("X-Relaxd-Lease", request.lease);
    }
    message.prepare_payload();
    stream.expires_after(answer_time);
    error_code error = finish(io, [&](error_code& out) {
        http::async_write(stream, message, [&out](error_code failed, std::size_t) {
            out = failed;
        });
    });
    if (error) {
        return lost(address, error, "sending a request");
    }
    beast::flat_buffer buffer;
    http::response_parser<http::string_body> parser;
    parser.body_limit(largest_answer);
    error = finish(io, [&](error_code& out) {
        http::async_read(stream, buffer, parser, [&out](error_code failed, std::size_t) {
            out = failed;
        });
    });
    if (error) {
        return lost(address, error, "waiting for an answer");
    }
    return Answer{parser.get().result_int(), std::move(parser.get().body())};
}

struct Stream::State {
    Address address;
    asio::io_context io;
    websocket::stream<beast::tcp_stream> socket{io};
    beast::flat_buffer buffer;
    bool reading = false;
    bool read_done = false;
    error_code read_error;
    explicit State(Address of) : address(std::move(of)) {}
};

Stream::Stream(std::unique_ptr<State> state) : state_(std::move(state)) {}
Stream::Stream(Stream&&) noexcept = default;
Stream& Stream::operator=(Stream&&) noexcept = default;
Stream::~Stream() = default;

Result<Stream> Stream::open(const Address& address, const std::string& target) {
    auto state = std::make_unique<State>(address);
    auto& socket = state->socket;
    if (auto done = connect(state->io, beast::get_lowest_layer(socket), address); !done) {
        return fail(done.error());
    }
    beast::get_lowest_layer(socket).expires_never();
    auto timeouts = websocket::stream_base::timeout::suggested(beast::role_type::client);
    timeouts.handshake_timeout = connect_time;
    socket.set_option(timeouts);
    socket.set_option(websocket::stream_base::decorator([](websocket::request_type& request) {
        request.set(http::field::user_agent, "relaxctl");
    }));
    socket.read_message_max(std::size_t{16} << 20U);
    const error_code error = finish(state->io, [&](error_code& out) {
        socket.async_handshake(address.authority(), target, [&out](error_code failed) {
            out = failed;
        });
    });
    if (error) {
        return lost(address, error, "opening the live stream");
    }
    socket.text(true);
    return Stream(std::move(state));
}

Result<void> Stream::send(const std::string& text) {
    error_code error;
    state_->socket.write(asio::buffer(text), error);
    if (error) {
        return lost(state_->address, error, "writing to the live stream");
    }
    return {};
}

Result<std::optional<std::string>> Stream::receive(std::chrono::milliseconds patience) {
    State& state = *state_;
    // A read that was not done in time goes on: a half-read frame is not given up.
    if (!state.reading) {
        state.reading = true;
        state.read_done = false;
        state.socket.async_read(state.buffer, [&state](error_code error, std::size_t) {
            state.read_error = error;
            state.read_done = true;
        });
    }
    const auto deadline = std::chrono::steady_clock::now() + patience;
    state.io.restart();
    while (!state.read_done && state.io.run_one_until(deadline) != 0) {}
    if (!state.read_done) {
        return fail(Errc::timeout, "nothing came on the live stream", state.address.text);
    }
    state.reading = false;
    if (state.read_error == websocket::error::closed) {
        return std::nullopt;
    }
    if (state.read_error) {
        return lost(state.address, state.read_error, "reading the live stream");
    }
    std::string text = beast::buffers_to_string(state.buffer.data());
    state.buffer.consume(state.buffer.size());
    return std::optional(std::move(text));
}

}  // namespace relaxd::ctl
