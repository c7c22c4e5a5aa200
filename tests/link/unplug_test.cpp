// SPDX-License-Identifier: MIT
//
// A link that is lost while nothing is read or written is told, with its cause, within a second of
// manual time: pulled out, closed, reset, silent. What belongs to an opening ends with it.
#include "drivers/link/watch.hpp"
#include "tests/link/link_rig.hpp"

#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <filesystem>
#include <map>
#include <netinet/tcp.h>
#include <set>
#include <sys/socket.h>
#include <termios.h>

using namespace relaxd::drivers::link;
using namespace relaxd::test;
using relaxd::Errc;
using relaxd::Error;
using relaxd::Result;

namespace {

std::string scratch(const std::string& name) {
    return (std::filesystem::temp_directory_path() /
            ("relaxd-unplug-" + std::to_string(::getpid()) + "-" + name))
        .string();
}

/// A stable name that leads to a pseudo-terminal, as udev's do.
class Name {
  public:
    explicit Name(const std::string& name) : path_(scratch(name)) { remove(); }
    ~Name() { remove(); }
    Name(const Name&) = delete;
    Name& operator=(const Name&) = delete;
    void lead_to(const std::string& device) {
        remove();
        std::filesystem::create_symlink(device, path_);
    }
    void remove() {
        std::error_code ignored;
        std::filesystem::remove(path_, ignored);
    }
    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] Uri uri() const { return uri_of("serial://" + path_); }

  private:
    std::string path_;
};

std::unique_ptr<ByteLink> opened(asio::io_context& io, ManualTiming& timing, const Uri& uri) {
    auto opener = make_opener(io.get_executor(), uri, timing);
    auto link = run(io, opener->open(ample));
    INFO((link ? std::string() : link.error().sentence()));
    REQUIRE(link.has_value());
    return std::move(*link);
}

/// How long the link takes, in looks, to tell that it is lost; and what it says.
struct Told {
    Error why;
    std::chrono::milliseconds after{0};
};

Told told(asio::io_context& io, ManualTiming& timing, ByteLink& link) {
    std::optional<Error> why;
    asio::co_spawn(io, link.lost(), [&why](const std::exception_ptr&, Error error) {
        why = std::move(error);
    });
    io.restart();
    io.poll();
    Told out;
    while (!why && out.after < 10s) {
        timing.advance_s(0.1);
        out.after += 100ms;
        io.restart();
        io.poll();
    }
    REQUIRE(why.has_value());
    out.why = *why;
    return out;
}

}  // namespace

TEST_CASE("an adapter that is pulled out while nothing is read is told within a second", "[link]") {
    ManualTiming timing;
    asio::io_context io{1};
    Pty pty;
    const auto link = opened(io, timing, uri_of("serial://" + pty.path()));
    pty.close();
    const Told loss = told(io, timing, *link);
    CHECK(loss.after <= 1s);
    CHECK(loss.why.code == Errc::unreachable);
    CHECK(loss.why.message.starts_with("unplugged: "));
    CHECK_FALSE(link->is_open());
    // Whoever uses it later hears the same, not that it was closed.
    std::array<char, 8> buffer{};
    CHECK(run(io, link->read_some(buffer)).error().message == loss.why.message);
    CHECK(run(io, link->write("x", ample)).error().message == loss.why.message);
}

TEST_CASE("a pending read of a serial line that hangs up says unplugged at once", "[link]") {
    ManualTiming timing;
    asio::io_context io{1};
    Pty pty;
    const auto link = opened(io, timing, uri_of("serial://" + pty.path()));
    std::array<char, 8> buffer{};
    std::optional<Result<std::size_t>> pending;
    spawn(io, link->read_some(buffer), pending);
    io.restart();
    io.poll();
    pty.close();
    wait_for(io, pending);  // the clock stands still
    REQUIRE_FALSE(pending->has_value());
    CHECK(pending->error().code == Errc::unreachable);
    CHECK(pending->error().message == "unplugged: the serial line hung up");
}

TEST_CASE("a device node that goes, or is another, is told although the line still holds") {
    const std::string node = scratch("node");
    const std::string other = scratch("other");
    for (const bool is_replaced : {false, true}) {
        std::filesystem::remove(node);
        const int descriptor = ::open(node.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        REQUIRE(descriptor >= 0);
        Watch watch(descriptor, node);
        CHECK_FALSE(watch.look().has_value());
        if (is_replaced) {
            ::close(::open(other.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
            std::filesystem::rename(other, node);
        } else {
            std::filesystem::remove(node);
        }
        CHECK_FALSE(watch.look().has_value());  // once may be udev at work
        const auto lost = watch.look();
        REQUIRE(lost.has_value());
        CHECK(lost->message == "unplugged: the device is no longer there");
        CHECK(lost->where == node);
        ::close(descriptor);
        std::filesystem::remove(node);
    }
    STATIC_REQUIRE(2 * look_every < 1s);
}

TEST_CASE("a stable name that goes is no loss; after one it leads to the new device", "[link]") {
    ManualTiming timing;
    asio::io_context io{1};
    Name name("dma");
    Pty first;
    name.lead_to(first.path());
    auto opener = make_opener(io.get_executor(), name.uri(), timing);
    auto link = run(io, opener->open(ample));
    REQUIRE(link.has_value());
    name.remove();
    timing.advance_s(5.0);
    io.restart();
    io.poll();
    CHECK((*link)->is_open());
    first.close();
    CHECK(told(io, timing, **link).why.message.starts_with("unplugged: "));
    const auto missing = run(io, opener->open(ample));
    REQUIRE_FALSE(missing.has_value());
    CHECK(missing.error().code == Errc::unreachable);
    const Pty second;
    name.lead_to(second.path());
    auto again = run(io, opener->open(ample));
    REQUIRE(again.has_value());
    REQUIRE(::write(second.master(), "R\n", 2) == 2);
    CHECK(read_text(io, **again) == "R\n");
}

TEST_CASE("the end of a TCP connection is told with nothing read, and its cause", "[link]") {
    ManualTiming timing;
    asio::io_context io{1};
    TcpServer server(io);
    const auto link = opened(io, timing, server.uri());
    io.restart();
    io.poll();
    SECTION("closed") {
        server.peer.close();
        CHECK(told(io, timing, *link).why.message == "the instrument closed the connection");
    }
    SECTION("half-closed: it will say nothing more") {
        server.peer.shutdown(asio::ip::tcp::socket::shutdown_send);
        CHECK(told(io, timing, *link).why.message == "the instrument closed the connection");
    }
    SECTION("reset") {
        server.peer.set_option(asio::socket_base::linger(true, 0));
        server.peer.close();
        const Told loss = told(io, timing, *link);
        CHECK(loss.after <= 1s);
        CHECK(loss.why.message.find("reset") != std::string::npos);
        CHECK(loss.why.message.find("unplugged") == std::string::npos);
    }
    SECTION("what came before the end is read first") {
        asio::write(server.peer, asio::buffer("last words", 10));
        server.peer.close();
        CHECK(read_text(io, *link) == "last words");
        CHECK(told(io, timing, *link).why.code == Errc::unreachable);
    }
}

TEST_CASE("half-open TCP: the kernel is asked to find out within 5 s, idle or writing", "[link]") {
    ManualTiming timing;
    asio::io_context io{1};
    TcpServer server(io);
    const std::set<int> before = [] {
        std::set<int> all;
        for (int fd = 0; fd < 256; ++fd) {
            if (::fcntl(fd, F_GETFD) >= 0) {
                all.insert(fd);
            }
        }
        return all;
    }();
    const auto link = opened(io, timing, server.uri());
    int client = -1;
    for (int fd = 0; fd < 256; ++fd) {
        int user_timeout_ms = 0;
        socklen_t size = sizeof user_timeout_ms;
        if (before.contains(fd) ||
            ::getsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &user_timeout_ms, &size) != 0) {
            continue;
        }
        client = user_timeout_ms == 5000 ? fd : client;
    }
    REQUIRE(client >= 0);
    int on = 0;
    socklen_t size = sizeof on;
    REQUIRE(::getsockopt(client, SOL_SOCKET, SO_KEEPALIVE, &on, &size) == 0);
    CHECK(on != 0);
    // As ETIMEDOUT is told: silence, not a plug that was pulled.
    CHECK(silent("nothing comes back over the network", "x").message.starts_with("silent: "));
}

TEST_CASE("what belongs to an earlier opening never meets a later one", "[link]") {
    ManualTiming timing;
    asio::io_context io{1};
    Name name("generations");
    auto first = std::make_unique<Pty>();
    name.lead_to(first->path());
    auto opener = make_opener(io.get_executor(), name.uri(), timing);
    auto earlier = run(io, opener->open(ample));
    REQUIRE(earlier.has_value());
    // In flight: a reader, and a writer whose deadline is in 5 s.
    std::array<char, 8> buffer{};
    std::optional<Result<std::size_t>> reader;
    std::optional<Result<void>> writer;
    spawn(io, (*earlier)->read_some(buffer), reader);
    spawn(io, (*earlier)->write(std::string(100'000, 'x'), 5000ms), writer);
    io.restart();
    io.poll();
    CHECK_FALSE(writer.has_value());
    Pty second;
    name.lead_to(second.path());
    auto later = run(io, opener->open(ample));
    REQUIRE(later.has_value());
    // Bytes of the earlier line do not reach the later one, nor the other way round.
    REQUIRE(::write(first->master(), "old", 3) == 3);
    REQUIRE(::write(second.master(), "new", 3) == 3);
    CHECK(read_text(io, **later) == "new");
    wait_for(io, reader);
    CHECK(std::string(buffer.data(), reader->value()) == "old");
    // The earlier writer's deadline ends the earlier link alone.
    timing.advance_s(5.1);
    wait_for(io, writer);
    CHECK(writer->error().code == Errc::timeout);
    CHECK_FALSE((*earlier)->is_open());
    CHECK((*later)->is_open());
    // And what is closed or lost is not opened again: it says why, for ever.
    CHECK(run(io, (*earlier)->read_some(buffer)).error().code == Errc::timeout);
    (*later)->close();
    CHECK(run(io, (*later)->read_some(buffer)).error().code == Errc::cancelled);
    CHECK(told(io, timing, **later).why.code == Errc::cancelled);
}

TEST_CASE("bytes that waited in the line before it was opened are nobody's answer", "[link]") {
    ManualTiming timing;
    asio::io_context io{1};
    Pty pty;
    const int keeper = ::open(pty.path().c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
    termios raw{};
    REQUIRE(::tcgetattr(keeper, &raw) == 0);
    ::cfmakeraw(&raw);
    REQUIRE(::tcsetattr(keeper, TCSANOW, &raw) == 0);
    REQUIRE(::write(pty.master(), "stale\n", 6) == 6);
    const auto link = opened(io, timing, uri_of("serial://" + pty.path()));
    REQUIRE(::write(pty.master(), "fresh\n", 6) == 6);
    CHECK(read_text(io, *link) == "fresh\n");
    ::close(keeper);
}

TEST_CASE("every descriptor that a link opens is closed in child processes", "[link]") {
    ManualTiming timing;
    asio::io_context io{1};
    Pty pty;
    TcpServer server(io);
    const auto open_now = [] {
        std::map<int, std::string> all;
        for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
            std::error_code ec;
            const auto target = std::filesystem::read_symlink(entry.path(), ec);
            if (!ec) {
                all[std::atoi(entry.path().filename().c_str())] = target.string();
            }
        }
        return all;
    };
    const auto before = open_now();
    const auto serial = opened(io, timing, uri_of("serial://" + pty.path()));
    const std::string port = std::to_string(server.acceptor.local_endpoint().port());
    auto by_name = make_opener(io.get_executor(), uri_of("tcp://localhost:" + port), timing);
    auto tcp = run(io, by_name->open(ample));
    REQUIRE(tcp.has_value());
    const int accepted = server.peer.native_handle();
    CHECK(list_ports().has_value());
    int seen = 0;
    for (const auto& [fd, target] : open_now()) {
        const int flags = ::fcntl(fd, F_GETFD);
        const auto same = before.find(fd);
        const bool is_old = same != before.end() && same->second == target;
        if (is_old || fd == accepted || flags < 0) {
            continue;
        }
        ++seen;
        INFO(fd << " " << target);
        CHECK((flags & FD_CLOEXEC) != 0);
    }
    CHECK(seen >= 2);
}
