// SPDX-License-Identifier: MIT
#include "tests/serve/raw_client.hpp"

#include "schema/base/number.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/parse.hpp>

#include <array>
#include <tuple>
#include <utility>

namespace relaxd::test {

namespace asio = boost::asio;
namespace json = boost::json;
using asio::ip::tcp;

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

std::string lowered(std::string text) {
    for (char& c : text) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    }
    return text;
}

json::object closed_message(std::uint64_t code) {
    json::object message;
    message["type"] = "closed";
    message["code"] = code;
    return message;
}

std::uint64_t big_endian(std::string_view bytes) {
    std::uint64_t value = 0;
    for (const char c : bytes) {
        value = (value << 8U) | static_cast<unsigned char>(c);
    }
    return value;
}

}  // namespace

json::object Reply::json() const {
    boost::system::error_code ec;
    auto value = json::parse(body, ec);
    return !ec && value.is_object() ? value.get_object() : json::object();
}

std::string Reply::error_code() const {
    const auto whole = json();
    const auto* error = whole.if_contains("error");
    return error == nullptr ? "" : std::string(error->at("code").as_string());
}

std::string Reply::error_text() const {
    const auto whole = json();
    const auto* error = whole.if_contains("error");
    std::string text;
    for (const char* key : {"message", "where", "hint"}) {
        const auto* part = error == nullptr ? nullptr : error->as_object().if_contains(key);
        if (part != nullptr && part->is_string()) {
            text += std::string(part->get_string()) + " | ";
        }
    }
    return text;
}

RawClient::RawClient(asio::io_context& io, std::uint16_t port) : socket_(io), port_(port) {}

Task<void> RawClient::connect() {
    const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), port_);
    co_await socket_.async_connect(endpoint, as_result);
    connected_ = true;
}

Task<void> RawClient::send(std::string bytes) {
    co_await asio::async_write(socket_, asio::buffer(bytes), as_result);
}

Task<bool> RawClient::fill() {
    std::array<char, 16384> room{};
    auto read = co_await socket_.async_read_some(asio::buffer(room), as_result);
    if (std::get<0>(read)) {
        co_return false;
    }
    buffer_.append(room.data(), std::get<1>(read));
    co_return true;
}

Task<bool> RawClient::need(std::size_t bytes) {
    while (buffer_.size() < bytes) {
        const bool more = co_await fill();
        if (!more) {
            co_return false;
        }
    }
    co_return true;
}

Task<Reply> RawClient::receive(bool head_only) {
    Reply reply;
    while (buffer_.find("\r\n\r\n") == std::string::npos) {
        const bool more = co_await fill();
        if (!more) {
            co_return reply;
        }
    }
    const auto end = buffer_.find("\r\n\r\n");
    std::string head = buffer_.substr(0, end + 2);
    buffer_.erase(0, end + 4);
    reply.status = static_cast<unsigned>(to_count(head.substr(9, 3)).value_or(0));
    std::size_t at = head.find("\r\n") + 2;
    while (at < head.size()) {
        const auto stop = head.find("\r\n", at);
        const std::string line = head.substr(at, stop - at);
        const auto colon = line.find(": ");
        reply.headers[lowered(line.substr(0, colon))] = line.substr(colon + 2);
        at = stop + 2;
    }
    if (head_only || reply.headers.count("content-length") == 0) {
        co_return reply;
    }
    const auto length = static_cast<std::size_t>(*to_count(reply.headers["content-length"]));
    const bool whole = co_await need(length);
    if (whole) {
        reply.body = buffer_.substr(0, length);
        buffer_.erase(0, length);
    }
    co_return reply;
}

Task<Reply> RawClient::ask(
    std::string method, std::string target, std::string lines, std::string body
) {
    if (!connected_) {
        co_await connect();
    }
    std::string bytes = method + " " + target + " HTTP/1.1\r\n";
    if (lines.find("Host:") == std::string::npos) {
        bytes += "Host: " + host() + "\r\n";
    }
    bytes += lines;
    if (!body.empty()) {
        bytes += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    }
    bytes += "\r\n" + body;
    co_await send(std::move(bytes));
    co_return co_await receive(method == "HEAD");
}

Task<Reply> RawClient::post(std::string target, std::string body, std::string lines) {
    std::string all = "Content-Type: application/json\r\nOrigin: http://" + host() + "\r\n" + lines;
    co_return co_await ask("POST", std::move(target), std::move(all), std::move(body));
}

Task<bool> RawClient::is_closed() {
    while (true) {
        const bool more = co_await fill();
        if (!more) {
            co_return true;
        }
    }
}

Task<Reply> RawClient::upgrade(std::string lines, std::string target) {
    std::string all =
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
        lines;
    co_return co_await ask("GET", std::move(target), std::move(all));
}

Task<void> RawClient::send_text(std::string text) {
    co_await send_frame(1, std::move(text));
}

Task<void> RawClient::send_frame(unsigned opcode, std::string payload) {
    std::string frame(1, static_cast<char>(0x80U | opcode));
    if (payload.size() < 126) {
        frame.push_back(static_cast<char>(0x80U | payload.size()));
    } else {
        const bool is_long = payload.size() > 65535;
        frame.push_back(static_cast<char>(0x80U | (is_long ? 127U : 126U)));
        for (int shift = is_long ? 56 : 8; shift >= 0; shift -= 8) {
            frame.push_back(
                static_cast<char>((payload.size() >> static_cast<unsigned>(shift)) & 0xFFU)
            );
        }
    }
    constexpr std::string_view mask = "\x11\x22\x33\x44";
    frame += mask;
    for (std::size_t i = 0; i < payload.size(); ++i) {
        frame.push_back(static_cast<char>(payload[i] ^ mask[i % 4]));
    }
    co_await send(std::move(frame));
}

Task<json::object> RawClient::next() {
    while (true) {
        bool there = co_await need(2);
        if (!there) {
            co_return closed_message(0);
        }
        const unsigned opcode = static_cast<unsigned char>(buffer_[0]) & 0x0FU;
        std::size_t length = static_cast<unsigned char>(buffer_[1]) & 0x7FU;
        std::size_t header = 2;
        if (length >= 126) {
            const std::size_t extra = length == 126 ? 2 : 8;
            there = co_await need(2 + extra);
            if (!there) {
                co_return closed_message(0);
            }
            length =
                static_cast<std::size_t>(big_endian(std::string_view(buffer_).substr(2, extra)));
            header += extra;
        }
        there = co_await need(header + length);
        if (!there) {
            co_return closed_message(0);
        }
        std::string payload = buffer_.substr(header, length);
        buffer_.erase(0, header + length);
        if (opcode == 8) {
            co_return closed_message(big_endian(std::string_view(payload).substr(0, 2)));
        }
        if (opcode == 9) {
            co_await send_frame(10, std::move(payload));
            continue;
        }
        if (opcode == 1) {
            co_return json::parse(payload).as_object();
        }
    }
}

Task<json::object> RawClient::next_row() {
    while (true) {
        json::object message = co_await next();
        if (message.at("type").as_string() != "tick") {
            co_return message;
        }
    }
}

}  // namespace relaxd::test
