// SPDX-License-Identifier: MIT
//
// The wires of the peer tests: a TCP socket or the near end of a pseudo-terminal, and one request
// and its answer over either. The codec knows neither; this is all the I/O there is.
#pragma once

#include "drivers/modbus/rtu.hpp"
#include "drivers/modbus/tcp.hpp"

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

namespace relaxd::test {

/// Owns a descriptor.
class Wire {
  public:
    explicit Wire(int descriptor) : descriptor_(descriptor) {}
    ~Wire();
    Wire(Wire&& other) noexcept;
    Wire& operator=(Wire&&) = delete;

    /// Connects to 127.0.0.1; fails the test when nobody listens.
    [[nodiscard]] static Wire connect(std::uint16_t port);
    /// A raw pseudo-terminal; `path` becomes the name of its far end, which stays open here too.
    [[nodiscard]] static Wire open_pty(std::string& path);
    /// A listening socket on a port of the system's choice, which `port` becomes.
    [[nodiscard]] static Wire listen(std::uint16_t& port);

    [[nodiscard]] int descriptor() const { return descriptor_; }
    /// Writes everything; false when the peer does not take it.
    [[nodiscard]] bool send(drivers::modbus::View bytes) const;
    /// What has come within `wait_ms`, at most `limit` bytes; empty if nothing has, or at the end.
    [[nodiscard]] drivers::modbus::Bytes receive(int wait_ms, std::size_t limit) const;

  private:
    int descriptor_;
    int far_end_ = -1;
};

/// Sends requests and waits at most 60 s for each answer; reads few bytes at a time so that most
/// frames come in pieces.
class Client {
  public:
    enum class Mode : std::uint8_t { tcp, rtu };
    Client(Mode mode, Wire wire) : mode_(mode), wire_(std::move(wire)) {}

    [[nodiscard]] Result<drivers::modbus::Answer> ask(
        std::uint8_t unit, const drivers::modbus::Request& request
    );

  private:
    [[nodiscard]] Result<drivers::modbus::Answer> ask_rtu(
        std::uint8_t unit, const drivers::modbus::Request& request
    );
    [[nodiscard]] Result<drivers::modbus::Answer> ask_tcp(
        std::uint8_t unit, const drivers::modbus::Request& request
    );

    Mode mode_;
    Wire wire_;
    std::uint16_t transaction_ = 0xFFFE;  // so that it wraps within each test
    drivers::modbus::TcpDecoder tcp_;
};

/// A server with the memory of peer_memory.hpp, made of our codec alone.
class Server {
  public:
    Server();
    /// The PDU that answers this one.
    [[nodiscard]] drivers::modbus::Bytes answer(drivers::modbus::View pdu);
    /// Answers what comes until `stop` is set or a reply cannot be sent; may run on any thread.
    void serve_rtu(const Wire& wire, const std::atomic<bool>& stop);
    void serve_tcp(const Wire& wire, const std::atomic<bool>& stop);

  private:
    [[nodiscard]] bool reaches(const drivers::modbus::Request& request) const;
    void write(const drivers::modbus::Request& request);
    [[nodiscard]] drivers::modbus::Reply read(const drivers::modbus::Request& request) const;

    std::vector<bool> coils_;
    std::vector<bool> inputs_;
    std::vector<std::uint16_t> holding_;
    std::vector<std::uint16_t> input_;
};

}  // namespace relaxd::test
