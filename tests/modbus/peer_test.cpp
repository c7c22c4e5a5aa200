// SPDX-License-Identifier: MIT
//
// The codec talks to two implementations that others wrote: libmodbus 3.1 (client and server) and
// pymodbus 3.0 (server), as processes, over TCP and over a pseudo-terminal. A peer that is not
// installed is skipped with a message; tools/install-dependencies installs both.
#include "drivers/modbus/registers.hpp"
#include "schema/base/number.hpp"
#include "tests/conformance/child_process.hpp"
#include "tests/modbus/peer_memory.hpp"
#include "tests/modbus/peer_wire.hpp"
#include "tests/support/catch.hpp"

#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <vector>

using namespace relaxd::drivers::modbus;
using namespace relaxd::test;
using relaxd::Errc;
namespace memory = relaxd::test::peer_memory;

namespace {

using Registers = std::vector<std::uint16_t>;
using Command = std::vector<std::string>;
constexpr auto patience = std::chrono::seconds(60);
constexpr std::uint8_t unit = memory::unit;

/// The server's process and the client that talks to it.
struct Peer {
    std::unique_ptr<ChildProcess> process;
    std::unique_ptr<Client> client;

    Reply read(const relaxd::Result<Request>& request) const {
        REQUIRE(request);
        INFO(request->sentence());
        const auto answer = client->ask(unit, *request);
        if (!answer) {
            FAIL(answer.error().sentence());
        }
        const auto reply = reply_or_error(*answer, unit, *request);
        if (!reply) {
            FAIL(reply.error().sentence());
        }
        return *reply;
    }

    std::uint8_t exception(const relaxd::Result<Request>& request) const {
        REQUIRE(request);
        const auto answer = client->ask(unit, *request);
        if (!answer) {
            FAIL(answer.error().sentence());
        }
        REQUIRE(std::holds_alternative<ExceptionReply>(*answer));
        return std::get<ExceptionReply>(*answer).code;
    }
};

std::optional<Command> libmodbus() {
    const std::string program = std::string(RELAXD_BIN_DIR) + "/libmodbus_peer";
    if (!std::filesystem::exists(program)) {
        WARN("skipped: " << program << " is not built, libmodbus was not found");
        return std::nullopt;
    }
    return Command{program};
}

/// The interpreter that has pymodbus: Debian's may not be the first in the path.
std::optional<Command> pymodbus() {
    const std::string script =
        std::string(RELAXD_SOURCE_DIR) + "/tests/modbus/peer/pymodbus_server.py";
    std::string heard;
    for (const char* python : {"/usr/bin/python3", "python3"}) {
        const Command command{python, script};
        const ChildProcess probe({python, script, "probe"}, patience);
        if (probe.first_line() == "present") {
            return command;
        }
        heard += std::string(" ") + python + " says '" + probe.first_line() + "'";
    }
    WARN("skipped: python3-pymodbus 3.0 is not installed:" << heard);
    return std::nullopt;
}

Peer start(const Command& program, Client::Mode mode) {
    Peer peer;
    Command command = program;
    if (command.back().ends_with("libmodbus_peer")) {
        command.emplace_back("server");
    }
    if (mode == Client::Mode::rtu) {
        std::string path;
        Wire wire = Wire::open_pty(path);
        command.insert(command.end(), {"rtu", path});
        peer.process = std::make_unique<ChildProcess>(command, patience);
        REQUIRE(peer.process->first_line() == "listening");
        peer.client = std::make_unique<Client>(mode, std::move(wire));
        return peer;
    }
    command.emplace_back("tcp");
    peer.process = std::make_unique<ChildProcess>(command, patience);
    const std::string line = peer.process->first_line();
    INFO(line);
    REQUIRE(line.starts_with("listening "));
    const auto port = relaxd::to_count(line.substr(std::string("listening ").size()));
    REQUIRE(port);
    peer.client = std::make_unique<Client>(mode, Wire::connect(static_cast<std::uint16_t>(*port)));
    return peer;
}

void check_bits(const Peer& peer) {
    for (const std::size_t count : {1U, 8U, 19U, 1999U}) {
        const std::vector<bool> coils = peer.read(Request::read_coils(1, count)).bits;
        const std::vector<bool> inputs = peer.read(Request::read_discrete_inputs(1, count)).bits;
        REQUIRE(coils.size() == count);
        bool same = inputs.size() == count;
        for (std::size_t i = 0; same && i < count; ++i) {
            const int address = static_cast<int>(i) + 1;
            same = coils[i] == memory::coil(address) && inputs[i] == memory::input_bit(address);
        }
        CHECK(same);
    }
    CHECK(peer.read(Request::read_coils(0, max_read_bits)).bits.size() == max_read_bits);
    peer.read(Request::write_coil(1, true));
    peer.read(Request::write_coil(3, false));
    CHECK(
        peer.read(Request::read_coils(0, 5)).bits ==
        std::vector<bool>{true, true, false, false, false}
    );
    std::vector<bool> pattern;
    for (std::size_t i = 0; i < max_write_bits; ++i) {
        pattern.push_back(i % 7 < 3);
    }
    peer.read(Request::write_coils(11, pattern));
    CHECK(peer.read(Request::read_coils(11, max_write_bits)).bits == pattern);
}

void check_registers(const Peer& peer) {
    const Registers holding = peer.read(Request::read_holding_registers(3, 125)).registers;
    const Registers input = peer.read(Request::read_input_registers(3, 125)).registers;
    REQUIRE(holding.size() == 125);
    REQUIRE(input.size() == 125);
    bool same = true;
    for (std::size_t i = 0; i < 125; ++i) {
        const int address = static_cast<int>(i) + 3;
        same = same && holding[i] == memory::holding(address);
        same = same && input[i] == memory::input(address);
    }
    CHECK(same);
    peer.read(Request::write_register(9, 0xBEEF));
    CHECK(peer.read(Request::read_holding_registers(9, 1)).registers == Registers{0xBEEF});
    Registers pattern;
    for (std::size_t i = 0; i < max_write_registers; ++i) {
        pattern.push_back(static_cast<std::uint16_t>(i * 521));
    }
    peer.read(Request::write_registers(20, pattern));
    CHECK(peer.read(Request::read_holding_registers(20, pattern.size())).registers == pattern);
    // Function 23 writes before it reads.
    pattern.resize(max_exchange_write);
    pattern.front() = 0xFFFF;
    CHECK(
        peer.read(Request::read_write_registers(70, max_exchange_write, 70, pattern)).registers ==
        pattern
    );
}

void check_floats(const Peer& peer) {
    const Registers words =
        peer.read(Request::read_input_registers(memory::floats_at, 8)).registers;
    REQUIRE(words.size() == 8);
    for (std::size_t i = 0; i < all_orders.size(); ++i) {
        INFO(to_word(all_orders[i]));
        CHECK(to_float({words[2 * i], words[2 * i + 1]}, all_orders[i]) == memory::number);
    }
}

void check_exceptions(const Peer& peer) {
    CHECK(peer.exception(Request::read_holding_registers(memory::registers - 1, 2)) == 2);
    CHECK(peer.exception(Request::read_input_registers(65411, 125)) == 2);
    CHECK(peer.exception(Request::read_coils(memory::bits, 1)) == 2);
    CHECK(peer.exception(Request::write_register(memory::registers, 1)) == 2);
    CHECK(peer.exception(Request::write_registers(65534, {1, 2})) == 2);
    CHECK(peer.exception(Request::write_coils(memory::bits, {true})) == 2);
    // And the next answer is in step again.
    CHECK(peer.read(Request::read_holding_registers(0, 1)).registers == Registers{1000});
}

void converse(const Command& program, bool loops_back) {
    for (const auto mode : {Client::Mode::tcp, Client::Mode::rtu}) {
        INFO((mode == Client::Mode::tcp ? "TCP" : "RTU"));
        const Peer peer = start(program, mode);
        check_bits(peer);
        check_registers(peer);
        check_floats(peer);
        check_exceptions(peer);
        if (loops_back) {
            CHECK(peer.read(Request::loopback(0xA537)).registers == Registers{0xA537});
        }
    }
}

}  // namespace

TEST_CASE("libmodbus serves every request, over TCP and RTU") {
    if (const auto program = libmodbus()) {
        converse(*program, false);  // it does not know function 8
    }
}

TEST_CASE("pymodbus serves every request, over TCP and RTU") {
    if (const auto program = pymodbus()) {
        converse(*program, true);
    }
}

TEST_CASE("a libmodbus client finds nothing wrong with a server made of our codec, over RTU") {
    const auto program = libmodbus();
    if (!program) {
        return;
    }
    std::string path;
    const Wire wire = Wire::open_pty(path);
    std::atomic<bool> stop = false;
    std::thread serving([&] {
        Server server;
        server.serve_rtu(wire, stop);
    });
    const ChildProcess client({program->front(), "client", "rtu", path}, patience);
    stop = true;
    serving.join();
    CHECK(client.first_line() == "all right");
}

TEST_CASE("a libmodbus client finds nothing wrong with a server made of our codec, over TCP") {
    const auto program = libmodbus();
    if (!program) {
        return;
    }
    std::uint16_t port = 0;
    const Wire listener = Wire::listen(port);
    std::atomic<bool> stop = false;
    std::thread serving([&] {
        pollfd waiting{listener.descriptor(), POLLIN, 0};
        if (::poll(&waiting, 1, 60'000) > 0) {
            const Wire wire(::accept4(listener.descriptor(), nullptr, nullptr, SOCK_CLOEXEC));
            Server server;
            server.serve_tcp(wire, stop);
        }
    });
    const ChildProcess client({program->front(), "client", "tcp", std::to_string(port)}, patience);
    stop = true;
    serving.join();
    CHECK(client.first_line() == "all right");
}
