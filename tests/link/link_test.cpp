// SPDX-License-Identifier: MIT
//
// Links: what a deadline, a hang-up and a close do, over memory, TCP and a pty; and addresses.
#include "drivers/link/link.hpp"

#include "drivers/link/ports.hpp"
#include "drivers/link/serial.hpp"
#include "tests/link/link_rig.hpp"

#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <fcntl.h>
#include <filesystem>
#include <optional>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

using namespace relaxd::drivers::link;
using namespace std::chrono_literals;
using namespace relaxd::test;
using relaxd::Errc;
using relaxd::Result;

TEST_CASE("addresses of both kinds are understood", "[link]") {
    const auto tcp = uri_of("tcp://192.168.1.20:4001");
    CHECK(tcp.transport == Transport::tcp);
    CHECK(tcp.host == "192.168.1.20");
    CHECK(tcp.port == 4001);
    CHECK(uri_of("tcp://[::1]:80").host == "::1");
    const auto serial = uri_of(
        "serial:///dev/serial/by-id/usb-X-port0?baudrate=9600&parity=even&data_bits=7&flow=rtscts"
    );
    CHECK(serial.transport == Transport::serial);
    CHECK(serial.serial.path == "/dev/serial/by-id/usb-X-port0");
    CHECK(serial.serial.baudrate == 9600);
    CHECK(serial.serial.parity == Parity::even);
    CHECK(serial.serial.data_bits == 7);
    CHECK(serial.serial.rtscts);
    CHECK(uri_of("serial:///dev/ttyS0").serial.baudrate == 115200);
}

TEST_CASE("an address that cannot work says which part, and how to write it", "[link]") {
    const std::vector<std::pair<std::string, std::string>> table{
        {"", "tcp://"},
        {"http://a:1", "tcp://"},
        {"tcp://", "host"},
        {"tcp://:4001", "host"},
        {"tcp://host", "port"},
        {"tcp://host:", "port"},
        {"tcp://host:0", "port"},
        {"tcp://host:65536", "port"},
        {"tcp://host:40x", "port"},
        {"tcp://host:4001/x", "port"},
        {"tcp://a b:1", "host"},
        {"tcp://[::1:80", "bracket"},
        {"serial://ttyUSB0", "path"},
        {"serial://", "path"},
        {"serial:///dev/ttyUSB0?baud=9600", "baudrate"},
        {"serial:///dev/ttyUSB0?baudrate=fast", "baudrate"},
        {"serial:///dev/ttyUSB0?baudrate", "key=value"},
        {"serial:///dev/ttyUSB0?parity=maybe", "parity"},
        {"serial:///dev/ttyUSB0?stop_bits=3", "stop_bits"},
        {"serial:///dev/ttyUSB0?data_bits=9", "data_bits"},
        {"serial:///dev/ttyUSB0?flow=xon", "flow"},
    };
    for (const auto& [text, part] : table) {
        CAPTURE(text);
        const auto uri = parse_uri(text);
        REQUIRE_FALSE(uri.has_value());
        CHECK(uri.error().code == Errc::invalid);
        CHECK(uri.error().message.find(part) != std::string::npos);
        CHECK(uri.error().where == text);
        CHECK_FALSE(uri.error().hint.empty());
    }
}

TEST_CASE("what one end of a link in memory writes the other reads", "[link]") {
    ManualTiming timing;
    asio::io_context io{1};
    auto [a, b] = make_memory_pair(io.get_executor(), timing, 8);
    CHECK(run(io, a->write("hello", ample)).has_value());
    CHECK(read_text(io, *b) == "hello");
    SECTION("a write that nobody reads ends at its deadline") {
        CHECK(late(io, timing, a->write("0123456789", 20ms), 20ms).error().code == Errc::timeout);
    }
    SECTION("the peer's close is unreachable, one's own is cancelled") {
        std::array<char, 8> buffer{};
        std::optional<Result<std::size_t>> pending;
        spawn(io, b->read_some(buffer), pending);
        io.restart();
        io.poll();
        a->close();
        CHECK(run(io, a->read_some(buffer)).error().code == Errc::cancelled);
        wait_for(io, pending);
        CHECK(pending->error().code == Errc::unreachable);
        CHECK(run(io, b->write("x", 10ms)).error().code == Errc::unreachable);
    }
}

TEST_CASE("bytes cross a TCP link both ways, and its end is unreachable", "[link]") {
    ManualTiming timing;
    asio::io_context io{1};
    TcpServer server(io);
    auto opener = make_opener(io.get_executor(), server.uri(), timing);
    auto opened = run(io, opener->open(ample));
    REQUIRE(opened.has_value());
    auto& link = **opened;
    CHECK(run(io, link.write("ping", ample)).has_value());
    std::array<char, 4> got{};
    asio::read(server.peer, asio::buffer(got));
    CHECK(std::string(got.data(), 4) == "ping");
    asio::write(server.peer, asio::buffer("pong", 4));
    CHECK(read_text(io, link) == "pong");
    server.peer.close();
    std::array<char, 8> buffer{};
    CHECK(run(io, link.read_some(buffer)).error().code == Errc::unreachable);
}

TEST_CASE("a TCP write that the peer does not take ends at its deadline and closes", "[link]") {
    ManualTiming timing;
    asio::io_context io{1};
    TcpServer server(io);
    auto opener = make_opener(io.get_executor(), server.uri(), timing);
    auto opened = run(io, opener->open(ample));
    REQUIRE(opened.has_value());
    const auto written =
        late(io, timing, (*opened)->write(std::string(50'000'000, 'x'), 50ms), 50ms);
    REQUIRE_FALSE(written.has_value());
    CHECK(written.error().code == Errc::timeout);
    CHECK_FALSE((*opened)->is_open());
}

TEST_CASE("a refused connection is unreachable, with a hint", "[link]") {
    ManualTiming timing;
    asio::io_context io{1};
    Uri uri;
    {
        TcpServer server(io);
        uri = server.uri();
    }
    auto opener = make_opener(io.get_executor(), uri, timing);
    const auto opened = run(io, opener->open(ample));
    REQUIRE_FALSE(opened.has_value());
    CHECK(opened.error().code == Errc::unreachable);
    CHECK_FALSE(opened.error().hint.empty());
}

TEST_CASE("an open that nobody answers ends at its deadline, or when cancelled", "[link]") {
    ManualTiming timing;
    asio::io_context io{1};
    asio::ip::tcp::acceptor full(io);  // room for one that is never accepted: the next ones wait
    full.open(asio::ip::tcp::v4());
    full.bind({asio::ip::address_v4::loopback(), 0});
    full.listen(0);
    asio::ip::tcp::socket first(io);
    first.connect(full.local_endpoint());
    const auto port = std::to_string(full.local_endpoint().port());
    auto opener = make_opener(io.get_executor(), uri_of("tcp://127.0.0.1:" + port), timing);
    std::optional<LinkResult> opened;
    spawn(io, opener->open(ample), opened);
    io.poll();
    REQUIRE_FALSE(opened.has_value());
    SECTION("cancelled") {
        opener->cancel();
        wait_for(io, opened);
        CHECK(opened->error().code == Errc::cancelled);
    }
    SECTION("late") {
        auto impatient = make_opener(io.get_executor(), uri_of("tcp://127.0.0.1:" + port), timing);
        const auto missed = late(io, timing, impatient->open(20ms), 20ms);
        REQUIRE_FALSE(missed.has_value());
        CHECK(missed.error().code == Errc::unreachable);
        opener->cancel();
        wait_for(io, opened);
    }
}

TEST_CASE("a link destroyed while it reads ends that read with cancelled", "[link]") {
    ManualTiming timing;
    asio::io_context io{1};
    TcpServer server(io);
    auto opener = make_opener(io.get_executor(), server.uri(), timing);
    auto opened = run(io, opener->open(ample));
    REQUIRE(opened.has_value());
    std::array<char, 8> buffer{};
    std::optional<Result<std::size_t>> pending;
    spawn(io, (*opened)->read_some(buffer), pending);
    io.restart();
    io.poll();
    opened->reset();
    wait_for(io, pending);
    CHECK(pending->error().code == Errc::cancelled);
}

TEST_CASE("a pty opens as a serial line through a symbolic link and stays quiet", "[link]") {
    ManualTiming timing;
    asio::io_context io{1};
    Pty pty;
    const auto link_path =
        std::filesystem::temp_directory_path() / ("relaxd-link-test-" + std::to_string(::getpid()));
    std::filesystem::create_symlink(pty.path(), link_path);
    auto opener = make_opener(
        io.get_executor(), uri_of("serial://" + link_path.string() + "?baudrate=9600"), timing
    );
    CHECK(opener->is_slow());
    auto opened = run(io, opener->open(ample));
    std::filesystem::remove(link_path);
    INFO((opened ? std::string() : opened.error().sentence()));
    REQUIRE(opened.has_value());
    auto& link = **opened;

    std::array<char, 16> buffer{};
    std::optional<Result<std::size_t>> pending;
    spawn(io, link.read_some(buffer), pending);
    io.restart();
    io.poll();
    CHECK_FALSE(pending.has_value());  // VMIN = 0 would have said end of file at once

    REQUIRE(::write(pty.master(), "R\n", 2) == 2);
    wait_for(io, pending);
    REQUIRE(pending->has_value());
    CHECK(std::string(buffer.data(), **pending) == "R\n");

    CHECK(run(io, link.write("1 identify\n", ample)).has_value());
    const auto size = ::read(pty.master(), buffer.data(), buffer.size());
    CHECK(std::string(buffer.data(), static_cast<std::size_t>(size)) == "1 identify\n");

    SECTION("a second program is told that the port is held") {
        auto second = make_opener(io.get_executor(), uri_of("serial://" + pty.path()), timing);
        const auto refused = run(io, second->open(ample));
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().code == Errc::busy);
    }
    SECTION("the other side's end is unreachable") {
        pty.close();
        CHECK(run(io, link.read_some(buffer)).error().code == Errc::unreachable);
    }
    SECTION("a write that nobody reads ends at its deadline") {
        const auto missed = late(io, timing, link.write(std::string(100'000, 'x'), 50ms), 50ms);
        CHECK(missed.error().code == Errc::timeout);
    }
}

TEST_CASE("a pty that cannot have 7 bits or parity is opened all the same", "[link]") {
    Pty pty;
    SerialSettings settings;
    settings.path = pty.path();
    settings.data_bits = 7;
    settings.parity = Parity::even;
    const int before = ::open(pty.path().c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
    termios t{};
    REQUIRE(::tcgetattr(before, &t) == 0);
    t.c_iflag |= static_cast<tcflag_t>(IGNPAR | IXOFF);  // left by another program
    REQUIRE(::tcsetattr(before, TCSANOW, &t) == 0);
    const auto descriptor = open_serial(settings);
    ::close(before);
    INFO((descriptor ? std::string() : descriptor.error().sentence()));
    REQUIRE(descriptor.has_value());
    REQUIRE(::tcgetattr(*descriptor, &t) == 0);
    CHECK(t.c_cc[VMIN] == 1);
    CHECK((t.c_iflag & static_cast<tcflag_t>(IGNPAR | IXOFF | ICRNL)) == 0);
    CHECK((t.c_lflag & static_cast<tcflag_t>(ECHO | ICANON)) == 0);
    CHECK((::fcntl(*descriptor, F_GETFD) & FD_CLOEXEC) != 0);
    CHECK((::fcntl(*descriptor, F_GETFL) & O_NONBLOCK) != 0);
    ::close(*descriptor);
}

TEST_CASE("a port that does not exist is unreachable and says how to find one", "[link]") {
    SerialSettings settings;
    settings.path = "/dev/serial/by-id/usb-nobody";
    const auto opened = open_serial(settings);
    REQUIRE_FALSE(opened.has_value());
    CHECK(opened.error().code == Errc::unreachable);
    CHECK(opened.error().hint.find("ports") != std::string::npos);
    settings.path = "/dev/null";
    CHECK_FALSE(open_serial(settings).has_value());
}

TEST_CASE("ports are listed without being opened", "[link]") {
    const auto ports = list_ports();
    REQUIRE(ports.has_value());
    for (const auto& port : *ports) {
        CHECK_FALSE(port.path.empty());
    }
}
