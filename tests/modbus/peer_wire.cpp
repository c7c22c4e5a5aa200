// SPDX-License-Identifier: MIT
#include "tests/modbus/peer_wire.hpp"

#include "tests/modbus/peer_memory.hpp"
#include "tests/support/catch.hpp"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>
#include <utility>

namespace relaxd::test {

using namespace drivers::modbus;

namespace {

constexpr auto patience = std::chrono::seconds(60);
constexpr std::size_t piece = 5;

sockaddr_in loopback_address(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

std::chrono::steady_clock::time_point deadline() {
    return std::chrono::steady_clock::now() + patience;
}

bool before(std::chrono::steady_clock::time_point end) {
    return std::chrono::steady_clock::now() < end;
}

tl::unexpected<Error> silent() {
    return fail(Errc::timeout, "the peer said nothing for 60 s");
}

}  // namespace

Wire::~Wire() {
    for (const int descriptor : {descriptor_, far_end_}) {
        if (descriptor >= 0) {
            ::close(descriptor);
        }
    }
}

Wire::Wire(Wire&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      far_end_(std::exchange(other.far_end_, -1)) {}

Wire Wire::connect(std::uint16_t port) {
    Wire wire(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_in address = loopback_address(port);
    REQUIRE(
        ::connect(wire.descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) ==
        0
    );
    return wire;
}

Wire Wire::listen(std::uint16_t& port) {
    Wire wire(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address = loopback_address(0);
    socklen_t size = sizeof(address);
    auto* any = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(::bind(wire.descriptor_, any, size) == 0);
    REQUIRE(::listen(wire.descriptor_, 1) == 0);
    REQUIRE(::getsockname(wire.descriptor_, any, &size) == 0);
    port = ntohs(address.sin_port);
    return wire;
}

Wire Wire::open_pty(std::string& path) {
    Wire wire(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
    REQUIRE(wire.descriptor_ >= 0);
    REQUIRE(::grantpt(wire.descriptor_) == 0);
    REQUIRE(::unlockpt(wire.descriptor_) == 0);
    std::array<char, 64> name{};
    REQUIRE(::ptsname_r(wire.descriptor_, name.data(), name.size()) == 0);
    path = name.data();
    wire.far_end_ = ::open(path.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
    REQUIRE(wire.far_end_ >= 0);
    termios settings{};
    REQUIRE(::tcgetattr(wire.far_end_, &settings) == 0);
    ::cfmakeraw(&settings);
    REQUIRE(::tcsetattr(wire.far_end_, TCSANOW, &settings) == 0);
    return wire;
}

bool Wire::send(View bytes) const {
    while (!bytes.empty()) {
        ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == ENOTSOCK) {
            sent = ::write(descriptor_, bytes.data(), bytes.size());
        }
        if (sent <= 0) {
            return false;
        }
        bytes = bytes.subspan(static_cast<std::size_t>(sent));
    }
    return true;
}

Bytes Wire::receive(int wait_ms, std::size_t limit) const {
    pollfd waiting{descriptor_, POLLIN, 0};
    Bytes bytes(limit);
    ssize_t count = 0;
    if (::poll(&waiting, 1, wait_ms) > 0) {
        count = ::read(descriptor_, bytes.data(), bytes.size());
    }
    bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return bytes;
}

// --- client

Result<Answer> Client::ask(std::uint8_t unit, const Request& request) {
    return mode_ == Mode::rtu ? ask_rtu(unit, request) : ask_tcp(unit, request);
}

Result<Answer> Client::ask_rtu(std::uint8_t unit, const Request& request) {
    REQUIRE(wire_.send(*encode_rtu(unit, request)));
    RtuDecoder decoder(RtuDecoder::Side::replies);
    for (const auto end = deadline(); before(end);) {
        decoder.feed(wire_.receive(100, piece));
        if (const auto frame = decoder.next()) {
            if (!*frame) {
                return fail(Errc::corrupt, frame->error().message);
            }
            CHECK(decoder.buffered() == 0);
            return match(**frame, unit, request);
        }
    }
    return silent();
}

Result<Answer> Client::ask_tcp(std::uint8_t unit, const Request& request) {
    ++transaction_;
    REQUIRE(wire_.send(encode_tcp(transaction_, unit, request)));
    for (const auto end = deadline(); before(end);) {
        tcp_.feed(wire_.receive(100, piece));
        if (const auto frame = tcp_.next()) {
            if (!*frame) {
                return fail(Errc::corrupt, frame->error().message);
            }
            CHECK(tcp_.buffered() == 0);
            return match(**frame, transaction_, unit, request);
        }
    }
    return silent();
}

// --- server

Server::Server() {
    for (int i = 0; i < peer_memory::bits; ++i) {
        coils_.push_back(peer_memory::coil(i));
        inputs_.push_back(peer_memory::input_bit(i));
    }
    for (int i = 0; i < peer_memory::registers; ++i) {
        holding_.push_back(peer_memory::holding(i));
        input_.push_back(peer_memory::input(i));
    }
}

bool Server::reaches(const Request& request) const {
    switch (request.function()) {
        case Function::read_coils:
        case Function::read_discrete_inputs:
        case Function::write_coil:
        case Function::write_coils: return request.address() + request.count() <= coils_.size();
        case Function::diagnostics: return true;
        case Function::read_write_registers:
            if (request.write_address() + request.registers().size() > holding_.size()) {
                return false;
            }
            [[fallthrough]];
        default: return request.address() + request.count() <= holding_.size();
    }
}

void Server::write(const Request& request) {
    std::size_t at = request.function() == Function::read_write_registers ? request.write_address()
                                                                          : request.address();
    if (request.function() == Function::diagnostics) {
        return;
    }
    for (const bool bit : request.bits()) {
        coils_[at++] = bit;
    }
    for (const std::uint16_t value : request.registers()) {
        holding_[at++] = value;
    }
}

Reply Server::read(const Request& request) const {
    Reply reply;
    const auto from = static_cast<std::ptrdiff_t>(request.address());
    const auto to = from + static_cast<std::ptrdiff_t>(request.count());
    switch (request.function()) {
        case Function::read_coils:
            reply.bits.assign(coils_.begin() + from, coils_.begin() + to);
            break;
        case Function::read_discrete_inputs:
            reply.bits.assign(inputs_.begin() + from, inputs_.begin() + to);
            break;
        case Function::read_holding_registers:
        case Function::read_write_registers:
            reply.registers.assign(holding_.begin() + from, holding_.begin() + to);
            break;
        case Function::read_input_registers:
            reply.registers.assign(input_.begin() + from, input_.begin() + to);
            break;
        default: break;
    }
    return reply;
}

Bytes Server::answer(View pdu) {
    const auto refuse = [&](ExceptionCode code) {
        return encode_exception(pdu[0], static_cast<std::uint8_t>(code));
    };
    const auto request = decode_request(pdu);
    if (!request) {
        return refuse(request.error().code);
    }
    if (!reaches(*request)) {
        return refuse(ExceptionCode::illegal_data_address);
    }
    write(*request);
    return *encode_reply(*request, read(*request));
}

void Server::serve_rtu(const Wire& wire, const std::atomic<bool>& stop) {
    RtuDecoder decoder(RtuDecoder::Side::requests);
    while (!stop) {
        decoder.feed(wire.receive(20, piece));
        while (const auto frame = decoder.next()) {
            const bool ours = *frame && (*frame)->unit == peer_memory::unit;
            if (ours && !wire.send(rtu_frame((*frame)->unit, answer((*frame)->pdu)))) {
                return;
            }
        }
    }
}

void Server::serve_tcp(const Wire& wire, const std::atomic<bool>& stop) {
    TcpDecoder decoder;
    while (!stop) {
        decoder.feed(wire.receive(20, piece));
        while (const auto frame = decoder.next()) {
            if (!*frame) {
                return;
            }
            const TcpFrame& asked = **frame;
            if (!wire.send(tcp_frame(asked.transaction, asked.unit, answer(asked.pdu)))) {
                return;
            }
        }
    }
}

}  // namespace relaxd::test
