// SPDX-License-Identifier: MIT
// The simulated instrument on a real socket and a real pseudo-terminal.
#include "drivers/simulator/q800_device.hpp"
#include "drivers/simulator/sim_server.hpp"
#include "schema/base/number.hpp"
#include "tests/simulator/table1.hpp"
#include "tests/support/catch.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/serial_port.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <istream>
#include <string>
#include <thread>
#include <unistd.h>

namespace relaxd::simulator {
namespace {

namespace asio = boost::asio;

SimOptions options_at(double speed) {
    SimOptions options;
    options.params = test::table1();
    options.speed = speed;
    return options;
}

// The server on a thread of its own, as relaxsim has it.
class Running {
  public:
    explicit Running(double speed = 1000.0)
        : device_(options_at(speed)), server(io_, device_, clock_, nullptr) {}
    ~Running() {
        asio::post(io_, [this] { server.stop(); });
        thread_.join();
    }
    void go() {
        thread_ = std::thread([this] { io_.run(); });
    }

  private:
    SystemClock clock_;
    Q800Device device_;
    asio::io_context io_{1};
    std::thread thread_;

  public:
    SimServer server;
};

template <typename Stream>
class Client {
  public:
    explicit Client(Stream stream) : stream_(std::move(stream)) {}

    void send(const std::string& payload) { asio::write(stream_, asio::buffer(framed(payload))); }

    // The next line, with its checksum; empty at the end of the stream.
    std::string line() {
        boost::system::error_code error;
        asio::read_until(stream_, buffer_, '\n', error);
        std::string text;
        if (!error) {
            std::istream in(&buffer_);
            std::getline(in, text);
        }
        return text;
    }

    std::string answer(const std::string& id) {
        while (true) {
            const std::string text = line();
            if (text.empty() || text.rfind("= " + id + " ", 0) == 0 ||
                text.rfind("! " + id, 0) == 0) {
                return text;
            }
        }
    }

    Stream stream_;

  private:
    asio::streambuf buffer_;
};

using TcpClient = Client<asio::ip::tcp::socket>;
using SerialClient = Client<asio::serial_port>;

TcpClient connect_to(asio::io_context& io, const std::string& where) {
    const auto port =
        static_cast<std::uint16_t>(to_count(where.substr(where.rfind(':') + 1)).value());
    asio::ip::tcp::socket socket(io);
    socket.connect({asio::ip::make_address("127.0.0.1"), port});
    return TcpClient(std::move(socket));
}

SerialClient open_line(asio::io_context& io, const std::string& path) {
    asio::serial_port port(io, path);
    port.set_option(asio::serial_port::baud_rate(115200));
    return SerialClient(std::move(port));
}

std::string temporary_path(const std::string& name) {
    return (std::filesystem::temp_directory_path() / (name + std::to_string(getpid()))).string();
}

// Downloads a short method and starts it; IDs from 100.
template <typename AnyClient>
void start_ramp(AnyClient& client) {
    int id = 100;
    const auto ask = [&](const std::string& request) {
        client.send(std::to_string(id) + " " + request);
        const std::string text = client.answer(std::to_string(id++));
        REQUIRE(text.rfind("= ", 0) == 0);
    };
    ask("method begin t 6");
    ask("method line 1 mode multi-frequency-strain");
    ask("method line 2 clamp single-cantilever");
    ask("method line 3 geometry length_m=0.0175 width_m=0.003 thickness_m=0.001 poisson_ratio=0.35"
    );
    ask("method line 4 amplitude displacement_m=1.5e-05");
    ask("method line 5 frequencies 100 200");
    ask("method line 6 segment isothermal duration_s=5000");
    ask("method commit");
    ask("start t");
}

}  // namespace

TEST_CASE("one host at a time over TCP", "[simulator][server]") {
    Running running;
    const auto where = running.server.listen("127.0.0.1", 0);
    REQUIRE(where);
    REQUIRE(where->rfind("tcp://127.0.0.1:", 0) == 0);
    running.go();
    asio::io_context io;
    TcpClient first = connect_to(io, *where);
    first.send("1 identify");
    CHECK(first.line().rfind("= 1 identify protocol=1", 0) == 0);
    TcpClient second = connect_to(io, *where);
    CHECK(second.line() + "\n" == framed("! 0 busy another host is connected"));
    CHECK(second.line().empty());
    first.send("2 status");
    CHECK(first.line().rfind("= 2 status state=idle", 0) == 0);
    first.stream_.close();
    // The server learns of the close before it takes the next connection, or turns that away once.
    std::string answer;
    for (int k = 0; k < 100 && answer.rfind("= 1", 0) != 0; ++k) {
        TcpClient next = connect_to(io, *where);
        next.send("1 identify");
        answer = next.line();
    }
    CHECK(answer.rfind("= 1 identify", 0) == 0);
}

TEST_CASE("a port in use is an error with the address", "[simulator][server]") {
    Running one;
    const auto where = one.server.listen("127.0.0.1", 0);
    REQUIRE(where);
    one.go();
    Running two;
    const auto port =
        static_cast<std::uint16_t>(to_count(where->substr(where->rfind(':') + 1)).value());
    const auto refused = two.server.listen("127.0.0.1", port);
    two.go();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().sentence().find(*where) != std::string::npos);
    CHECK(two.server.listen("nowhere", 0).error().code == Errc::invalid);
}

TEST_CASE("a slow host loses no reading on a pseudo-terminal", "[simulator][server][pty]") {
    const std::string path = temporary_path("relaxsim-pty-");
    {
        Running running(10000.0);
        const auto where = running.server.open_pty(path);
        REQUIRE(where);
        CHECK(*where == "pty " + path);
        running.go();
        asio::io_context io;
        SerialClient client = open_line(io, path);
        start_ramp(client);
        // 5000 readings of 200 bytes: 60 times what a pty holds. The host reads one line at a time.
        std::uint64_t next = 1;
        LineCutter cutter;
        while (true) {
            const std::string text = client.line();
            const auto lines = cutter.feed(text + "\n");
            REQUIRE(lines.size() == 1);
            REQUIRE(lines[0].valid);
            const std::string& payload = lines[0].payload;
            if (payload.rfind("R ", 0) == 0) {
                REQUIRE(payload.rfind("R " + std::to_string(next) + " ", 0) == 0);
                ++next;
            }
            if (payload.rfind("S cooling", 0) == 0) {
                break;
            }
        }
        CHECK(next == 5001);
    }
    CHECK_FALSE(std::filesystem::exists(std::filesystem::symlink_status(path)));
}

TEST_CASE("reopening the pseudo-terminal begins a new session", "[simulator][server][pty]") {
    const std::string path = temporary_path("relaxsim-reopen-");
    Running running;
    REQUIRE(running.server.open_pty(path));
    running.go();
    asio::io_context io;
    {
        SerialClient client = open_line(io, path);
        start_ramp(client);
        client.send("1 status");
        CHECK(client.answer("1").find("state=running") != std::string::npos);
        client.send("2 stop");
        CHECK(client.answer("2") + "\n" == framed("= 2 stop"));
    }
    SerialClient client = open_line(io, path);
    client.send("1 status");  // the same ID and words as before: a new request all the same
    CHECK(client.answer("1").find("state=idle token=t ") != std::string::npos);
}

TEST_CASE(
    "a path that is a file is not replaced by a pseudo-terminal", "[simulator][server][pty]"
) {
    const std::string path = temporary_path("relaxsim-file-");
    const int file = open(path.c_str(), O_CREAT | O_WRONLY, 0600);
    REQUIRE(file >= 0);
    close(file);
    const auto refused = Pty::open(path);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::refused);
    CHECK(std::filesystem::is_regular_file(path));
    std::filesystem::remove(path);
}

}  // namespace relaxd::simulator
