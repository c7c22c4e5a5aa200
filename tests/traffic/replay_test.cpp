// SPDX-License-Identifier: MIT
//
// A run that was traced comes back: the q800_class driver measures on the simulated instrument over
// TCP, then a fresh driver meets the record, over TCP and over a pseudo-terminal, and sees the same
// frames. Real clocks; every wait is for a condition.
#include "drivers/link/traced_link.hpp"
#include "drivers/q800_class/instrument.hpp"
#include "drivers/registry/registry.hpp"
#include "drivers/simulator/q800_device.hpp"
#include "drivers/simulator/sim_server.hpp"
#include "schema/base/number.hpp"
#include "tests/simulator/table1.hpp"
#include "tests/support/catch.hpp"
#include "tools/ctl/traffic/player.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <chrono>
#include <csignal>
#include <exception>
#include <filesystem>
#include <optional>
#include <unistd.h>

namespace relaxd::ctl::traffic {
namespace {

namespace asio = boost::asio;
namespace link = drivers::link;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

/// The trace as it would stand in a file.
class Text final : public link::TrafficSink {
  public:
    [[nodiscard]] bool wants() const override { return true; }
    void take(link::Chunk chunk) override { text += link::traffic_line(chunk); }
    std::string text;
};

struct Seen {
    std::string identity;
    std::vector<std::string> frames;  ///< Readings as they came, state changes as words.
    std::vector<record::Reading> readings;
    std::string end;  ///< Cause, or the error of the link.
};

method::Method method_of(const std::string& text) {
    const auto parsed = method::parse(text);
    INFO((parsed ? std::string() : parsed.error().sentence()));
    REQUIRE(parsed.has_value());
    return *parsed;
}

method::Method short_method() {
    return method_of(
        "mode = \"multi-frequency-strain\"\nclamp = \"single-cantilever\"\namplitude = \"15 um\"\n"
        "frequencies = [\"1 Hz\", \"4 Hz\"]\n"
        "segments = [\"Isothermal for 1 min\", \"Ramp 3 K/min to 305 K\"]\n"
    );
}

record::Specimen bar() {
    record::Specimen specimen;
    specimen.name = "bar";
    specimen.length_m = 0.0175;
    specimen.width_m = 0.003;
    specimen.thickness_m = 0.001;
    specimen.poisson_ratio = 0.35;
    return specimen;
}

/// One io_context with whatever plays the instrument, and the driver.
class Bench {
  public:
    Bench() { static_cast<void>(std::signal(SIGPIPE, SIG_IGN)); }

    template <typename T>
    void spawn(asio::awaitable<T> call, std::optional<T>& result) {
        asio::co_spawn(io, std::move(call), [&result](const std::exception_ptr& thrown, T value) {
            REQUIRE_FALSE(thrown);
            result.emplace(std::move(value));
        });
    }
    template <typename T>
    T wait(std::optional<T>& result) {
        const auto end = std::chrono::steady_clock::now() + 30s;
        io.restart();
        while (!result && std::chrono::steady_clock::now() < end) {
            io.run_one_for(100ms);
            if (io.stopped()) {
                io.restart();
            }
        }
        REQUIRE(result.has_value());
        return std::move(*result);
    }
    template <typename T>
    T run(asio::awaitable<T> call) {
        std::optional<T> result;
        spawn(std::move(call), result);
        return wait(result);
    }

    std::unique_ptr<drivers::Instrument> driver(
        const std::string& uri, std::shared_ptr<link::TrafficSink> sink = nullptr
    ) {
        drivers::InstrumentConfig config;
        config.name = "dma1";
        config.driver = "q800_class";
        config.uri = uri;
        auto made = drivers::make_instrument(config, io.get_executor(), timing, std::move(sink));
        REQUIRE(made.has_value());
        return std::move(*made);
    }

    /// Opens, loads and starts under `token`, then takes everything until idle or the link is lost.
    Seen measure(drivers::Instrument& instrument, const std::string& token) {
        Seen seen;
        const auto identity = run(instrument.open());
        INFO((identity ? std::string() : identity.error().sentence()));
        REQUIRE(identity.has_value());
        seen.identity = identity->text();
        const auto loaded = run(instrument.load(short_method(), bar(), token));
        INFO((loaded ? std::string() : loaded.error().sentence()));
        REQUIRE(loaded.has_value());
        REQUIRE(run(instrument.start()).has_value());
        while (true) {
            auto delivery = run(instrument.next());
            if (!delivery) {
                seen.end = delivery.error().message;
                return seen;
            }
            if (auto* reading = std::get_if<record::Reading>(&*delivery)) {
                instrument.acknowledge(reading->number);
                seen.frames.push_back(reading->raw);
                seen.readings.push_back(std::move(*reading));
            } else if (const auto* change = std::get_if<drivers::StateChange>(&*delivery)) {
                seen.frames.push_back(
                    std::string(drivers::to_word(change->state)) + " " +
                    std::to_string(change->segment) + " " + change->cause
                );
                CHECK(change->run_token == token);
                if (change->state == drivers::State::idle) {
                    seen.end = change->cause;
                    return seen;
                }
            } else {
                seen.frames.emplace_back("gap");
            }
        }
    }

    SystemClock clock;
    link::IoTiming timing{clock};
    asio::io_context io{1};
};

/// A traced run on the simulated instrument; `stop_after` > 0: it is switched off after so many
/// readings.
struct Recorded {
    Seen seen;
    link::Traffic traffic;
};

Recorded record_run(std::size_t stop_after = 0) {
    Bench bench;
    simulator::SimOptions options;
    options.params = test::table1();
    options.speed = 500.0;
    simulator::Q800Device device(options);
    std::size_t taken = 0;
    std::optional<simulator::SimServer> server;
    if (stop_after > 0) {
        device.on_reading([&](const simulator::SimReading&, const std::string&) {
            if (++taken == stop_after) {
                asio::post(bench.io, [&server] { server->stop(); });
            }
        });
    }
    server.emplace(bench.io, device, bench.clock, nullptr);
    const auto where = server->listen("127.0.0.1", 0);
    REQUIRE(where.has_value());
    const auto sink = std::make_shared<Text>();
    link::TrafficHeader header;
    header.instrument = "dma1";
    header.driver = "q800_class";
    header.uri = *where;
    sink->text = link::traffic_line(header);
    Recorded recorded;
    {
        const auto instrument = bench.driver(*where, sink);
        recorded.seen = bench.measure(*instrument, "first-run");
        instrument->close();
    }
    server->stop();
    bench.io.restart();
    bench.io.run_for(1s);
    const auto traffic = link::read_traffic(sink->text, "trace");
    INFO((traffic ? std::string() : traffic.error().sentence()));
    REQUIRE(traffic.has_value());
    recorded.traffic = *traffic;
    return recorded;
}

std::unique_ptr<Player> player_of(Bench& bench, const link::Traffic& traffic, double speed) {
    auto player = Player::make(bench.io, bench.timing, traffic, "trace", speed);
    REQUIRE(player.has_value());
    return std::move(*player);
}

/// A player that is on, on TCP or under the symlink `pty`; what it has played comes at the end.
struct Playing {
    Playing(Bench& bench, const link::Traffic& traffic, double speed, const std::string& pty = {})
        : player(player_of(bench, traffic, speed)) {
        const auto begun = pty.empty() ? player->listen("127.0.0.1", 0) : player->open_pty(pty);
        INFO((begun ? std::string() : begun.error().sentence()));
        REQUIRE(begun.has_value());
        where = *begun;
        bench.spawn(player->play(), played);
    }
    std::unique_ptr<Player> player;
    std::string where;
    std::optional<Result<Played>> played;
};

std::uint16_t port_of(const std::string& where) {
    const auto port = to_count(std::string_view(where).substr(where.rfind(':') + 1));
    REQUIRE(port.has_value());
    return static_cast<std::uint16_t>(*port);
}

void check_same(const Seen& again, const Seen& first) {
    CHECK(again.identity == first.identity);
    CHECK(again.end == first.end);
    REQUIRE(again.frames == first.frames);
    REQUIRE(again.readings.size() == first.readings.size());
    for (std::size_t i = 0; i < first.readings.size(); ++i) {
        REQUIRE(again.readings[i].number == first.readings[i].number);
        REQUIRE(again.readings[i].time_s == first.readings[i].time_s);
        REQUIRE(again.readings[i].flags == first.readings[i].flags);
        REQUIRE(
            again.readings[i].values.get(record::Channel::storage_modulus_Pa) ==
            first.readings[i].values.get(record::Channel::storage_modulus_Pa)
        );
    }
}

}  // namespace

TEST_CASE("a traced run over TCP comes back to a fresh driver, frame for frame") {
    const Recorded recorded = record_run();
    REQUIRE(recorded.seen.readings.size() > 10);
    REQUIRE(recorded.seen.end == "completed");
    Bench bench;
    Playing playing(bench, recorded.traffic, 1.0);
    const auto instrument = bench.driver(playing.where);
    check_same(bench.measure(*instrument, "another.token-2"), recorded.seen);
    instrument->close();
    const auto result = bench.wait(playing.played);
    INFO((result ? std::string() : result.error().sentence()));
    REQUIRE(result.has_value());
    CHECK(result->connections == 1);
}

TEST_CASE("the same over a pseudo-terminal, and faster") {
    const Recorded recorded = record_run();
    const std::string path =
        (std::filesystem::temp_directory_path() / ("relaxd-replay-" + std::to_string(::getpid())))
            .string();
    Bench bench;
    Playing playing(bench, recorded.traffic, 5.0, path);
    CHECK(playing.where == "pty " + path);
    const auto instrument = bench.driver("serial://" + path + "?baudrate=115200");
    check_same(bench.measure(*instrument, "second"), recorded.seen);
    instrument->close();
    const auto result = bench.wait(playing.played);
    INFO((result ? std::string() : result.error().sentence()));
    CHECK(result.has_value());
}

TEST_CASE("an instrument that was switched off amid a run goes away again at the same frame") {
    const Recorded recorded = record_run(8);
    REQUIRE(recorded.seen.readings.size() >= 7);
    REQUIRE(recorded.seen.end != "completed");
    Bench bench;
    Playing playing(bench, recorded.traffic, 2.0);
    const auto instrument = bench.driver(playing.where);
    const Seen again = bench.measure(*instrument, "again");
    CHECK(again.frames == recorded.seen.frames);
    CHECK(again.end.find("closed the connection") != std::string::npos);
    const auto result = bench.wait(playing.played);
    INFO((result ? std::string() : result.error().sentence()));
    CHECK(result.has_value());
}

TEST_CASE("a host that leaves early, or says something else, is told with its place") {
    const Recorded recorded = record_run();
    for (const bool leaves : {true, false}) {
        Bench bench;
        Playing playing(bench, recorded.traffic, 100.0);
        asio::ip::tcp::socket host(bench.io);
        const auto port = port_of(playing.where);
        host.connect({asio::ip::address_v4::loopback(), port});
        if (leaves) {
            host.close();
        } else {
            asio::write(host, asio::buffer(std::string("GET / HTTP/1.1\r\n")));
        }
        const auto result = bench.wait(playing.played);
        REQUIRE_FALSE(result.has_value());
        const std::string sentence = result.error().sentence();
        INFO(sentence);
        if (leaves) {
            CHECK(result.error().code == Errc::unreachable);
            CHECK(sentence.find("trace, line 3: the host closed the connection before") == 0);
        } else {
            CHECK(result.error().code == Errc::refused);
            CHECK(sentence.find("at byte 0") != std::string::npos);
            CHECK(sentence.find(" identify *") != std::string::npos);
            CHECK(sentence.find("GET / HTTP/1.1\\r\\n") != std::string::npos);
        }
    }
}

TEST_CASE("each connection of the record meets the next host, and a lost one is lost again") {
    Bench bench;
    link::Traffic traffic;
    for (const char* text :
         {"|opened", ">a", "<b", "|lost: gone", "|opened", ">c", "<d", "|closed"}) {
        link::Chunk chunk;
        chunk.steady.ns = static_cast<std::int64_t>(traffic.chunks.size()) * 1'000'000;
        chunk.mark = static_cast<link::Mark>(*text);
        chunk.bytes = text + 1;
        traffic.chunks.push_back(std::move(chunk));
    }
    Playing playing(bench, traffic, 1.0);
    const auto uri = link::parse_uri(playing.where);
    REQUIRE(uri.has_value());
    for (const std::string ask : {"a", "c"}) {
        auto opened =
            bench.run(link::make_opener(bench.io.get_executor(), *uri, bench.timing)->open(5s));
        REQUIRE(opened.has_value());
        REQUIRE(bench.run((*opened)->write(ask, 1000ms)).has_value());
        std::array<char, 16> room{};
        const auto got = bench.run((*opened)->read_some(room));
        REQUIRE(got.has_value());
        CHECK(std::string(room.data(), *got) == (ask == "a" ? "b" : "d"));
        if (ask == "a") {
            const auto end = bench.run((*opened)->read_some(room));
            REQUIRE_FALSE(end.has_value());
            CHECK(end.error().code == Errc::unreachable);
        }
        (*opened)->close();
    }
    const auto result = bench.wait(playing.played);
    INFO((result ? std::string() : result.error().sentence()));
    REQUIRE(result.has_value());
    CHECK(result->connections == 2);
}

TEST_CASE("a port that is taken is told, not waited for") {
    Bench bench;
    link::Traffic traffic;
    link::Chunk opened;
    opened.bytes = "opened";
    traffic.chunks.push_back(opened);
    const auto first = player_of(bench, traffic, 1.0);
    const auto where = first->listen("127.0.0.1", 0);
    REQUIRE(where.has_value());
    const auto second = player_of(bench, traffic, 1.0);
    const auto port = port_of(*where);
    const auto refused = second->listen("127.0.0.1", port);
    REQUIRE_FALSE(refused.has_value());
    CHECK(
        refused.error().sentence().find("cannot listen: Address already in use") !=
        std::string::npos
    );
    CHECK_FALSE(second->listen("lab-pc", 1).has_value());
}

}  // namespace relaxd::ctl::traffic
