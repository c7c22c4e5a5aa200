// SPDX-License-Identifier: MIT
//
// Traffic traces on disk: what was taken is in the file in order, the limit ends it and says so,
// and a disk that refuses costs chunks, never the link.
#include "daemon/persist/traffic_recorder.hpp"

#include "daemon/persist/traffic_file.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/manual_clock.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <csignal>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

using namespace relaxd::daemon;
using relaxd::Errc;
using relaxd::Result;
namespace traffic = relaxd::drivers::link;
namespace asio = boost::asio;

namespace {

struct Rig {
    explicit Rig(TrafficLimits limits = {}) {
        static int count = 0;
        folder = (std::filesystem::temp_directory_path() /
                  ("relaxd-traffic-" + std::to_string(::getpid()) + "-" + std::to_string(++count)))
                     .string();
        recorder.emplace(io.get_executor(), folder, clock, limits);
        config.name = "dma1";
        config.driver = "q800_class";
        config.uri = "tcp://127.0.0.1:4001";
        trace = recorder->trace_of(config);
    }
    ~Rig() { std::filesystem::remove_all(folder); }
    Rig(const Rig&) = delete;
    Rig& operator=(const Rig&) = delete;

    Result<void> run(Awaitable<Result<void>> call) {
        std::optional<Result<void>> result;
        asio::co_spawn(
            io,
            std::move(call),
            [&result](const std::exception_ptr& thrown, Result<void> value) {
                REQUIRE_FALSE(thrown);
                result.emplace(std::move(value));
            }
        );
        io.restart();
        while (!result && io.run_one_for(std::chrono::seconds(10)) > 0) {}
        REQUIRE(result.has_value());
        return *result;
    }
    void take(const std::string& bytes, traffic::Mark mark = traffic::Mark::to_host) {
        clock.advance_s(0.5);
        traffic::Chunk chunk;
        chunk.steady = clock.steady();
        chunk.utc = clock.utc();
        chunk.mark = mark;
        chunk.bytes = bytes;
        trace->take(std::move(chunk));
    }
    static std::string text_of(const std::string& path) {
        std::ifstream in(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    /// The chunks of a file, each as its mark and bytes.
    static std::string told(const std::string& path) {
        const auto read = traffic::read_traffic(text_of(path), path);
        INFO((read ? std::string() : read.error().sentence()));
        REQUIRE(read.has_value());
        std::string out;
        for (const traffic::Chunk& chunk : read->chunks) {
            out += static_cast<char>(chunk.mark) + traffic::escaped(chunk.bytes) + " ";
        }
        return out;
    }

    relaxd::test::ManualClock clock;
    asio::io_context io;
    std::string folder;
    std::optional<TrafficRecorder> recorder;
    relaxd::drivers::InstrumentConfig config;
    std::shared_ptr<TrafficTrace> trace;
};

}  // namespace

TEST_CASE("a trace is off until it is switched on, and whole when it is switched off") {
    Rig rig;
    CHECK_FALSE(rig.trace->wants());
    rig.take("before");
    CHECK(rig.trace->view().state == "off");
    CHECK(rig.trace->view().file.empty());
    CHECK_FALSE(std::filesystem::exists(rig.folder));
    REQUIRE(rig.run(rig.trace->switch_on()));
    REQUIRE(rig.run(rig.trace->switch_on()));  // again: nothing
    CHECK(rig.trace->wants());
    const TrafficView on = rig.trace->view();
    CHECK(on.state == "on");
    CHECK(on.file.find(rig.folder + "/dma1-") == 0);
    rig.take("1 identify\n", traffic::Mark::to_instrument);
    rig.take(std::string("\0\xff\\", 3));
    REQUIRE(rig.run(rig.trace->switch_off()));
    REQUIRE(rig.run(rig.trace->switch_off()));
    rig.take("after");
    CHECK(Rig::told(on.file) == "|on >1 identify\\n <\\x00\\xFF\\\\ |off ");
    CHECK(
        Rig::text_of(on.file).find("relaxd-traffic 1 instrument=dma1 driver=q800_class "
                                   "uri=tcp://127.0.0.1:4001 code=") == 0
    );
    const TrafficView off = rig.trace->view();
    CHECK(off.state == "off");
    CHECK(off.file == on.file);
    CHECK(off.chunks == 4);
    CHECK(off.lost_chunks == 0);
}

TEST_CASE("each switching on begins a file of its own and leaves the earlier one alone") {
    Rig rig;
    REQUIRE(rig.run(rig.trace->switch_on()));
    const std::string first = rig.trace->view().file;
    REQUIRE(rig.run(rig.trace->switch_off()));
    const std::string before = Rig::text_of(first);
    rig.clock.advance_s(1.0);
    REQUIRE(rig.run(rig.trace->switch_on()));
    rig.take("x");
    const std::string second = rig.trace->view().file;
    CHECK(second != first);
    rig.recorder.reset();  // what waits is written first
    CHECK(Rig::told(second) == "|on <x ");
    CHECK(Rig::text_of(first) == before);
    rig.take("nobody writes any more");
    CHECK(rig.trace->view().lost_chunks == 1);
}

TEST_CASE("at its limit a trace ends, says so in the file, and the file stays below the limit") {
    TrafficLimits limits;
    limits.file_bytes_max = 2000;
    Rig rig(limits);
    REQUIRE(rig.run(rig.trace->switch_on()));
    const std::string file = rig.trace->view().file;
    for (int i = 0; i < 100; ++i) {
        rig.take("reading " + std::to_string(i) + "\n");
    }
    REQUIRE(rig.run(rig.trace->switch_off()));
    CHECK(std::filesystem::file_size(file) <= 2000);
    CHECK(std::filesystem::file_size(file) > 1500);
    const std::string told = Rig::told(file);
    CHECK(told.find("|full: the limit of 2000 bytes is reached ") != std::string::npos);
    CHECK(told.find("|off") == std::string::npos);
}

TEST_CASE("a trace that is full is seen as full and can be switched on anew") {
    TrafficLimits limits;
    limits.file_bytes_max = 500;
    Rig rig(limits);
    REQUIRE(rig.run(rig.trace->switch_on()));
    const std::string file = rig.trace->view().file;
    rig.take(std::string(400, 'x'));
    while (rig.trace->wants()) {
        std::this_thread::yield();  // the writing thread is at it
    }
    CHECK(rig.trace->view().state == "full");
    rig.clock.advance_s(1.0);
    REQUIRE(rig.run(rig.trace->switch_on()));
    CHECK(rig.trace->view().state == "on");
    CHECK(rig.trace->view().file != file);
}

TEST_CASE("what finds no room in the queue is counted and named in the file") {
    TrafficLimits limits;
    limits.waiting_bytes_max = 1000;
    Rig rig(limits);
    REQUIRE(rig.run(rig.trace->switch_on()));
    const std::string file = rig.trace->view().file;
    rig.take(std::string(1001, 'x'));
    rig.take("y");
    REQUIRE(rig.run(rig.trace->switch_off()));
    CHECK(Rig::told(file) == "|on |missed 1 chunks that could not be written <y |off ");
    CHECK(rig.trace->view().lost_chunks == 1);
}

TEST_CASE("a folder that cannot be made is told to whoever switches the trace on") {
    Rig rig;
    std::filesystem::create_directories(rig.folder);
    std::ofstream(rig.folder + "/file") << "x";
    TrafficRecorder second(rig.io.get_executor(), rig.folder + "/file", rig.clock);
    const auto refused = rig.run(second.trace_of(rig.config)->switch_on());
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == Errc::io);
}

TEST_CASE("half a line that the disk took is taken back, and the next line is whole") {
    Rig rig;
    std::filesystem::create_directories(rig.folder);
    const std::string path = rig.folder + "/t.traffic";
    TrafficFile file(path, traffic::TrafficHeader(), 1U << 20U);
    REQUIRE(file.open());
    traffic::Chunk chunk;
    chunk.mark = traffic::Mark::to_host;
    chunk.bytes = "first";
    file.append(chunk);
    // The file system stops in the middle of the next line, as one that is full does.
    const auto size = std::filesystem::file_size(path);
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
    rlimit small = before;
    small.rlim_cur = size + 20;
    const auto old = std::signal(SIGXFSZ, SIG_IGN);
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
    chunk.bytes = std::string(200, 'x');
    file.append(chunk);
    file.append(chunk);
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
    std::signal(SIGXFSZ, old);
    CHECK(std::filesystem::file_size(path) == size);
    CHECK(file.lost_chunks() == 2);
    chunk.bytes = "second";
    file.append(chunk);
    CHECK(Rig::told(path) == "<first |missed 2 chunks that could not be written <second ");
    CHECK(file.chunks() == 2);
}
