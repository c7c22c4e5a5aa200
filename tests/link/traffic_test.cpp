// SPDX-License-Identifier: MIT
//
// The traffic trace: any byte comes back, a line that was cut or changed is refused by its number,
// and a link whose traffic is traced behaves as one whose is not.
#include "drivers/link/traced_link.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/manual_timing.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <rapidcheck.h>

#include <array>
#include <exception>
#include <optional>

using namespace relaxd::drivers::link;
using namespace std::chrono_literals;
using relaxd::Errc;
using relaxd::Result;
using relaxd::test::ManualTiming;
namespace asio = boost::asio;

namespace {

Chunk chunk_of(Mark mark, std::string bytes, std::int64_t ns = 81'200'417) {
    Chunk chunk;
    chunk.steady.ns = ns;
    chunk.utc.ns = 1'767'225'600'123'456'000;
    chunk.mark = mark;
    chunk.bytes = std::move(bytes);
    return chunk;
}

TrafficHeader header_of() {
    TrafficHeader header;
    header.instrument = "dma1";
    header.driver = "q800_class";
    header.uri = "serial:///dev/odd name=\\\n?baudrate=9600";
    header.code_version = "0.1.0";
    return header;
}

class Kept final : public TrafficSink {
  public:
    [[nodiscard]] bool wants() const override { return is_on; }
    void take(Chunk chunk) override { chunks.push_back(std::move(chunk)); }
    [[nodiscard]] std::string text() const {
        std::string out;
        for (const Chunk& chunk : chunks) {
            out += static_cast<char>(chunk.mark) + escaped(chunk.bytes) + " ";
        }
        return out;
    }
    bool is_on = true;
    std::vector<Chunk> chunks;
};

class OneLink final : public Opener {
  public:
    explicit OneLink(std::unique_ptr<ByteLink> link) : link_(std::move(link)) {}
    asio::awaitable<LinkResult> open(std::chrono::milliseconds) override {
        return given(std::move(link_));
    }
    void cancel() override {}
    [[nodiscard]] bool is_slow() const override { return true; }

  private:
    static asio::awaitable<LinkResult> given(std::unique_ptr<ByteLink> link) {
        if (!link) {
            co_return relaxd::fail(Errc::unreachable, "nobody there");
        }
        co_return std::move(link);
    }
    std::unique_ptr<ByteLink> link_;
};

template <typename T>
T run(asio::io_context& io, asio::awaitable<T> call) {
    std::optional<T> result;
    asio::co_spawn(io, std::move(call), [&result](const std::exception_ptr& thrown, T value) {
        REQUIRE_FALSE(thrown);
        result.emplace(std::move(value));
    });
    io.restart();
    io.poll();
    REQUIRE(result.has_value());
    return std::move(*result);
}

/// A traced end and the instrument's end.
struct Rig {
    Rig() {
        auto ends = make_memory_pair(io.get_executor(), timing);
        peer = std::move(ends.second);
        opener = traced(std::make_unique<OneLink>(std::move(ends.first)), sink, timing);
        auto opened = run(io, opener->open(1s));
        REQUIRE(opened.has_value());
        host = std::move(*opened);
    }
    std::string read() {
        std::array<char, 64> buffer{};
        const auto got = run(io, host->read_some(buffer));
        return got ? std::string(buffer.data(), *got) : got.error().message;
    }
    ManualTiming timing;
    asio::io_context io;
    std::shared_ptr<Kept> sink = std::make_shared<Kept>();
    std::unique_ptr<Opener> opener;
    std::unique_ptr<ByteLink> host;
    std::unique_ptr<ByteLink> peer;
};

}  // namespace

TEST_CASE("a trace gives back every byte, both times and who sent it") {
    const auto holds = [](const std::vector<std::string>& texts) {
        std::string file = traffic_line(header_of());
        std::int64_t ns = 0;
        for (const std::string& text : texts) {
            const Mark mark = ns % 2 == 0 ? Mark::to_host : Mark::to_instrument;
            file += traffic_line(chunk_of(mark, text, ns++));
        }
        for (const char c : file) {
            RC_ASSERT((c == '\n' || (c >= ' ' && c <= '~')));
        }
        const auto traffic = read_traffic(file, "t");
        RC_ASSERT(traffic.has_value());
        RC_ASSERT(traffic->header.uri == header_of().uri);
        RC_ASSERT(traffic->chunks.size() == texts.size());
        for (std::size_t i = 0; i < texts.size(); ++i) {
            RC_ASSERT(traffic->chunks[i].bytes == texts[i]);
            RC_ASSERT(traffic->chunks[i].steady.ns == static_cast<std::int64_t>(i));
            RC_ASSERT(traffic->chunks[i].utc.ns == 1'767'225'600'123'456'000);
            RC_ASSERT((traffic->chunks[i].mark == Mark::to_host) == (i % 2 == 0));
        }
    };
    CHECK(rc::check(holds));
}

TEST_CASE("all 256 bytes stand in one line that people can read") {
    std::string all;
    for (int byte = 0; byte < 256; ++byte) {
        all += static_cast<char>(byte);
    }
    const std::string line = traffic_line(chunk_of(Mark::to_host, all));
    CHECK(line.find("0123456789:;<=>?@ABC") != std::string::npos);
    const auto traffic = read_traffic(traffic_line(header_of()) + line, "t");
    REQUIRE(traffic.has_value());
    CHECK(traffic->chunks.at(0).bytes == all);
    CHECK(
        traffic_line(chunk_of(Mark::to_instrument, "1 identify *5A6B7C8D\n")) ==
        "81200417 2026-01-01T00:00:00.123456Z > 21 1 identify *5A6B7C8D\\n\n"
    );
    CHECK(escaped("a \\ \xff ") == "a \\\\ \\xFF\\x20");
}

TEST_CASE("what is no trace, or is cut off or changed, is refused by its line") {
    const std::string header = traffic_line(header_of());
    const std::string line = traffic_line(chunk_of(Mark::to_host, "R 1 *00\n"));
    const auto refused = [](const std::string& text) {
        const auto traffic = read_traffic(text, "f");
        REQUIRE_FALSE(traffic.has_value());
        return traffic.error();
    };
    CHECK(refused("").code == Errc::invalid);
    CHECK(refused("temperature_K,frequency_Hz\n").sentence().find("f:1: this is no") == 0);
    CHECK(refused("relaxd-traffic 2\n").sentence().find("another version") != std::string::npos);
    CHECK(refused("relaxd-traffic 1 dma1\n").code == Errc::corrupt);
    // Cut anywhere within the second line: never read as something shorter.
    for (std::size_t size = 1; size < line.size(); ++size) {
        const auto error = refused(header + line + line.substr(0, size));
        CHECK(error.code == Errc::corrupt);
        CHECK(error.where == "f:3");
        if (size + 1 < line.size()) {
            CHECK(refused(header + line.substr(0, size) + "\n" + line).where == "f:2");
        }
    }
    std::string changed = line;
    changed[changed.find(" < ") + 1] = '=';
    CHECK(refused(header + changed).where == "f:2");
    CHECK(refused(header + "5 2026-01-01T00:00:00.123456Z < 1 \\q\n").where == "f:2");
    CHECK(refused(header + "5 2026-01-01T00:00:00.123456Z < 1 \\x4\n").where == "f:2");
    CHECK(refused(header + "-5 2026-01-01T00:00:00.123456Z < 1 a\n").where == "f:2");
}

TEST_CASE("a traced link tells both directions, its opening and its end once") {
    Rig rig;
    CHECK(rig.opener->is_slow());
    REQUIRE(run(rig.io, rig.host->write("1 identify\n", 1s)).has_value());
    rig.timing.advance_s(0.25);
    REQUIRE(run(rig.io, rig.peer->write(std::string("= 1\0\xff\n", 6), 1s)).has_value());
    CHECK(rig.read() == std::string("= 1\0\xff\n", 6));
    rig.host->close();
    rig.host->close();
    CHECK_FALSE(rig.host->is_open());
    rig.host.reset();
    CHECK(rig.sink->text() == "|opened >1 identify\\n <= 1\\x00\\xFF\\n |closed ");
    CHECK(rig.sink->chunks[2].steady.ns - rig.sink->chunks[1].steady.ns == 250'000'000);
}

TEST_CASE("an instrument that goes away is told as lost, with why") {
    Rig rig;
    rig.peer->close();
    CHECK(rig.read() == "the peer closed the link");
    rig.host->close();
    rig.host.reset();
    CHECK(rig.sink->text() == "|opened |lost: the peer closed the link ");
}

TEST_CASE("the trace is switched while the link lives; off, nothing is copied") {
    Rig rig;
    rig.sink->is_on = false;
    REQUIRE(run(rig.io, rig.host->write("1 status\n", 1s)).has_value());
    rig.sink->is_on = true;
    REQUIRE(run(rig.io, rig.host->write("2 status\n", 1s)).has_value());
    CHECK(rig.sink->text() == "|opened >2 status\\n ");
}

TEST_CASE("a link that cannot be opened says so, traced or not") {
    ManualTiming timing;
    asio::io_context io;
    const auto sink = std::make_shared<Kept>();
    const auto opener = traced(std::make_unique<OneLink>(nullptr), sink, timing);
    const auto opened = run(io, opener->open(1s));
    REQUIRE_FALSE(opened.has_value());
    CHECK(opened.error().code == Errc::unreachable);
    CHECK(sink->chunks.empty());
}
