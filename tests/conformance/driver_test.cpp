// SPDX-License-Identifier: MIT
//
// The conformance suite: the driver, made by the registry, against instruments that share no code
// with it, in processes of their own: relaxsim on TCP and on a pty, and the peer in Python that was
// written from the document alone. Clauses: drivers/api/CONTRACT.md.
#include "drivers/registry/registry.hpp"
#include "schema/base/number.hpp"
#include "tests/conformance/child_process.hpp"
#include "tests/support/catch.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <chrono>
#include <exception>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <unistd.h>

using namespace std::chrono_literals;
using namespace relaxd::drivers;
using relaxd::Errc;
using relaxd::Result;
using relaxd::record::Channel;
using relaxd::record::Gap;
using relaxd::record::Reading;
namespace asio = boost::asio;
namespace method = relaxd::method;
namespace record = relaxd::record;

namespace {

enum class Peer { relaxsim_tcp, relaxsim_pty, python_tcp };

std::string scratch(const std::string& name) {
    return (std::filesystem::temp_directory_path() /
            ("relaxd-conformance-" + std::to_string(::getpid()) + "-" + name))
        .string();
}

std::vector<std::string> command_of(Peer peer, const std::string& speed) {
    const std::string relaxsim = std::string(RELAXD_BIN_DIR) + "/relaxsim";
    switch (peer) {
        case Peer::relaxsim_tcp:
            return {
                relaxsim,
                "q800",
                "--listen",
                "tcp://127.0.0.1:0",
                "--speed",
                speed,
                "--record",
                scratch("record")
            };
        case Peer::relaxsim_pty:
            return {
                relaxsim,
                "q800",
                "--pty",
                scratch("pty"),
                "--speed",
                speed,
                "--record",
                scratch("record")
            };
        case Peer::python_tcp:
            return {
                "python3",
                std::string(RELAXD_SOURCE_DIR) + "/tests/conformance/q800_peer.py",
                "instrument",
                "--listen",
                "127.0.0.1:0",
                "--speed",
                speed
            };
    }
    return {};
}

/// A TCP relay that flips one bit in every `period` bytes of each direction.
class NoisyRelay {
  public:
    NoisyRelay(asio::io_context& io, std::uint16_t port, std::uint64_t period)
        : acceptor_(io, {asio::ip::address_v4::loopback(), 0}),
          host_(io),
          instrument_(io),
          period_(period) {
        instrument_.connect({asio::ip::address_v4::loopback(), port});
        acceptor_.async_accept(host_, [this](const boost::system::error_code& ec) {
            if (!ec) {
                pump(host_, instrument_, to_instrument_);
                pump(instrument_, host_, to_host_);
            }
        });
    }
    [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
    void close() {
        boost::system::error_code ignored;
        acceptor_.close(ignored);
        host_.close(ignored);
        instrument_.close(ignored);
    }

  private:
    struct Way {
        std::array<char, 4096> bytes{};
        std::uint64_t count = 0;
    };

    void pump(asio::ip::tcp::socket& from, asio::ip::tcp::socket& to, Way& way) {
        from.async_read_some(
            asio::buffer(way.bytes),
            [this, &from, &to, &way](const boost::system::error_code& ec, std::size_t size) {
                if (ec) {
                    close();
                    return;
                }
                for (std::size_t i = 0; i < size; ++i) {
                    if (++way.count % period_ == 0) {
                        way.bytes[i] = static_cast<char>(way.bytes[i] ^ (1 << (way.count % 7)));
                    }
                }
                boost::system::error_code failed;
                asio::write(to, asio::buffer(way.bytes, size), failed);
                pump(from, to, way);
            }
        );
    }

    asio::ip::tcp::acceptor acceptor_;
    asio::ip::tcp::socket host_;
    asio::ip::tcp::socket instrument_;
    std::uint64_t period_;
    Way to_instrument_;
    Way to_host_;
};

/// An instrument in a process of its own and the driver that the registry makes for it.
class Laboratory {
  public:
    /// `noise_period` > 0: one bit in so many bytes is flipped on the way, both ways.
    explicit Laboratory(
        Peer peer,
        const std::string& speed = "2000",
        double heartbeat_s = 10.0,
        std::uint64_t noise_period = 0
    )
        : process_(command_of(peer, speed)) {
        const std::string& line = process_.first_line();
        INFO("first line: '" << line << "'; is relaxsim built?");
        REQUIRE(line.starts_with("listening "));
        const std::string place = line.substr(10);
        config_.name = "dma1";
        config_.driver = "q800_class";
        config_.uri =
            place.starts_with("pty ") ? "serial://" + place.substr(4) + "?baudrate=115200" : place;
        if (noise_period > 0) {
            const auto port = relaxd::to_count(place.substr(place.rfind(':') + 1));
            REQUIRE(port.has_value());
            relay_.emplace(io, static_cast<std::uint16_t>(*port), noise_period);
            config_.uri = "tcp://127.0.0.1:" + std::to_string(relay_->port());
        }
        config_.heartbeat_s = heartbeat_s;
        auto made = make_instrument(config_, io.get_executor(), clock);
        REQUIRE(made.has_value());
        instrument = std::move(*made);
    }
    ~Laboratory() {
        instrument.reset();
        if (relay_) {
            relay_->close();
        }
        io.restart();
        io.run_for(2s);
        CHECK(io.stopped());
        std::filesystem::remove(scratch("record"));
    }
    Laboratory(const Laboratory&) = delete;
    Laboratory& operator=(const Laboratory&) = delete;

    template <typename T>
    T run(asio::awaitable<T> call) {
        std::optional<T> result;
        asio::co_spawn(io, std::move(call), [&result](const std::exception_ptr& thrown, T value) {
            if (thrown) {
                std::rethrow_exception(thrown);
            }
            result.emplace(std::move(value));
        });
        const auto end = std::chrono::steady_clock::now() + 20s;
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

    void ok(asio::awaitable<Result<void>> call) {
        const auto result = run(std::move(call));
        INFO((result ? std::string() : result.error().sentence()));
        REQUIRE(result.has_value());
    }

    Identity open() {
        const auto identity = run(instrument->open());
        INFO((identity ? std::string() : identity.error().sentence()));
        REQUIRE(identity.has_value());
        return *identity;
    }

    Status status() {
        const auto status = run(instrument->status());
        INFO((status ? std::string() : status.error().sentence()));
        REQUIRE(status.has_value());
        return *status;
    }

    /// Everything until the run has ended and the instrument is idle.
    void follow(std::vector<Reading>& readings, std::vector<Gap>& gaps, std::string& cause) {
        while (true) {
            auto delivery = run(instrument->next());
            INFO((delivery ? std::string() : delivery.error().sentence()));
            REQUIRE(delivery.has_value());
            if (auto* reading = std::get_if<Reading>(&*delivery)) {
                instrument->acknowledge(reading->number);
                readings.push_back(std::move(*reading));
            } else if (auto* gap = std::get_if<Gap>(&*delivery)) {
                gaps.push_back(*gap);
            } else if (const auto& change = std::get<StateChange>(*delivery);
                       change.state == State::idle || change.state == State::fault) {
                cause = change.cause;
                return;
            }
        }
    }

    /// Lets the driver's own tasks run, and host time pass.
    void pass(std::chrono::milliseconds time) {
        asio::steady_timer timer(io, time);
        bool over = false;
        timer.async_wait([&over](const boost::system::error_code&) { over = true; });
        io.restart();
        while (!over) {
            io.run_one();
        }
    }

    /// The next reading, whatever state changes stand before it.
    Reading next_reading() {
        while (true) {
            auto delivery = run(instrument->next());
            REQUIRE(delivery.has_value());
            REQUIRE_FALSE(std::holds_alternative<Gap>(*delivery));
            if (auto* reading = std::get_if<Reading>(&*delivery)) {
                return std::move(*reading);
            }
        }
    }

    asio::io_context io{1};
    relaxd::SystemClock clock;
    std::unique_ptr<Instrument> instrument;

  private:
    relaxd::test::ChildProcess process_;
    InstrumentConfig config_;
    std::optional<NoisyRelay> relay_;
};

method::Method method_of(const std::string& segments) {
    const auto parsed = method::parse(
        "mode = \"multi-frequency-strain\"\nclamp = \"single-cantilever\"\namplitude = \"15 um\"\n"
        "frequencies = [\"1 Hz\", \"4 Hz\"]\nsegments = [" +
        segments + "]\n"
    );
    INFO((parsed ? std::string() : parsed.error().sentence()));
    REQUIRE(parsed.has_value());
    return *parsed;
}

record::Specimen bar() {
    record::Specimen s;
    s.name = "bar";
    s.length_m = 0.0175;
    s.width_m = 0.003;
    s.thickness_m = 0.001;
    s.poisson_ratio = 0.35;
    return s;
}

void check_sequence(const std::vector<Reading>& readings, std::uint64_t first = 1) {
    for (std::size_t i = 0; i < readings.size(); ++i) {
        REQUIRE(readings[i].number == first + i);
        REQUIRE((i == 0 || readings[i].time_s > readings[i - 1].time_s));
        REQUIRE(readings[i].flags.find("in") == std::string::npos);  // invalid, inconsistent
    }
}

/// The number under a key of the simulator's own record of a reading.
std::optional<double> recorded(const std::string& line, const std::string& key) {
    const std::string marked = "\"" + key + "\":";
    const auto at = line.find(marked);
    if (at == std::string::npos) {
        return std::nullopt;
    }
    const auto begin = at + marked.size();
    return relaxd::to_double(line.substr(begin, line.find_first_of(",}", begin) - begin));
}

void check_against_record(const std::string& line, const Reading& r) {
    INFO(line);
    REQUIRE(recorded(line, "reading_number") == static_cast<double>(r.number));
    REQUIRE(recorded(line, "time_s") == r.time_s);
    REQUIRE(recorded(line, "segment") == static_cast<double>(r.segment));
    for (const Channel c :
         {Channel::temperature_K,
          Channel::set_temperature_K,
          Channel::frequency_Hz,
          Channel::static_force_N,
          Channel::dynamic_force_N,
          Channel::displacement_m,
          Channel::phase_rad,
          Channel::storage_modulus_Pa,
          Channel::loss_modulus_Pa,
          Channel::tan_delta,
          Channel::strain,
          Channel::stress_Pa}) {
        REQUIRE(recorded(line, std::string(record::to_name(c))) == r.values.get(c));
    }
}

}  // namespace

TEST_CASE("a run is delivered whole and in order, as the simulator recorded it", "[conformance]") {
    const Peer peer = GENERATE(Peer::relaxsim_tcp, Peer::relaxsim_pty);
    Laboratory lab(peer);
    const Identity identity = lab.open();
    CHECK(identity.simulated);
    CHECK_FALSE(identity.serial_number.empty());
    CHECK(lab.status().state == State::idle);
    const auto method =
        method_of("\"Equilibrate at 300 K\", \"Isothermal for 2 min\", \"Ramp 10 K/min to 320 K\"");
    lab.ok(lab.instrument->load(method, bar(), "conformance-1"));
    CHECK(lab.status().state == State::armed);
    lab.ok(lab.instrument->start());
    std::vector<Reading> readings;
    std::vector<Gap> gaps;
    std::string cause;
    lab.follow(readings, gaps, cause);
    CHECK(cause == "completed");
    CHECK(gaps.empty());
    REQUIRE(readings.size() > 30);
    check_sequence(readings);
    const Status after = lab.status();
    CHECK(after.last_number == readings.size());
    CHECK(after.run_token == "conformance-1");
    CHECK(after.end_cause == "completed");

    std::ifstream record_file(scratch("record"));
    std::string line;
    std::size_t lines = 0;
    while (std::getline(record_file, line)) {
        REQUIRE(lines < readings.size());
        check_against_record(line, readings[lines]);
        CHECK(readings[lines].simulated);
        ++lines;
    }
    CHECK(lines == readings.size());
    CHECK(lab.instrument->counters().corrupt_frames == 0);

    const auto truth = lab.run(lab.instrument->truth(1, readings.size()));
    REQUIRE(truth.has_value());
    CHECK(truth->front().seq == 0);
    CHECK(truth->back().seq == readings.size());
    CHECK(lab.instrument->proven());
}

TEST_CASE("after a lost link what was missed is fetched in order", "[conformance]") {
    const Peer peer = GENERATE(Peer::relaxsim_tcp, Peer::relaxsim_pty);
    Laboratory lab(peer, "500");
    lab.open();
    const auto method = method_of("\"Equilibrate at 300 K\", \"Isothermal for 60 min\"");
    lab.ok(lab.instrument->load(method, bar(), "run-2"));
    lab.ok(lab.instrument->start());
    for (std::uint64_t n = 1; n <= 5; ++n) {
        REQUIRE(lab.next_reading().number == n);
    }
    lab.instrument->close();
    CHECK_FALSE(lab.instrument->is_open());
    CHECK(lab.run(lab.instrument->next()).error().code == Errc::cancelled);
    lab.open();
    const Status status = lab.status();
    CHECK(status.run_token == "run-2");
    lab.ok(lab.instrument->fetch_from(6));
    std::vector<Reading> readings;
    for (std::uint64_t n = 6; n <= std::max<std::uint64_t>(status.last_number, 20) + 5; ++n) {
        readings.push_back(lab.next_reading());
    }
    check_sequence(readings, 6);
    CHECK(lab.instrument->counters().reconnects == 1);
    lab.ok(lab.instrument->stop());
    lab.ok(lab.instrument->safe());
}

TEST_CASE("hold, resume, stop and safe do what they say", "[conformance]") {
    const Peer peer = GENERATE(Peer::relaxsim_tcp, Peer::relaxsim_pty);
    Laboratory lab(peer, "100");
    lab.open();
    lab.ok(lab.instrument->safe());  // valid in every state
    lab.ok(lab.instrument->stop());
    const auto method = method_of("\"Equilibrate at 300 K\", \"Isothermal for 60 min\"");
    lab.ok(lab.instrument->load(method, bar(), "run-3"));
    lab.ok(lab.instrument->start());
    CHECK(lab.status().state == State::running);
    lab.ok(lab.instrument->hold());
    CHECK(lab.status().state == State::holding);
    lab.ok(lab.instrument->resume());
    CHECK(lab.status().state == State::running);
    CHECK(lab.run(lab.instrument->load(method, bar(), "run-4")).error().code == Errc::refused);
    CHECK(lab.status().state == State::running);
    lab.ok(lab.instrument->safe());
    const Status after = lab.status();
    CHECK(after.state == State::idle);
    CHECK(after.end_cause == "safe");
    CHECK(after.run_token == "run-3");
}

TEST_CASE("without its host the instrument makes itself safe", "[conformance]") {
    Laboratory lab(Peer::relaxsim_tcp, "10", 1.0);
    lab.open();
    const auto method = method_of("\"Equilibrate at 300 K\", \"Isothermal for 60 min\"");
    lab.ok(lab.instrument->load(method, bar(), "run-5"));
    lab.ok(lab.instrument->start());
    lab.pass(1500ms);  // the driver renews it by itself
    CHECK(lab.status().state == State::running);
    lab.instrument->close();
    lab.pass(1500ms);
    lab.open();
    const Status status = lab.status();
    CHECK(status.state == State::idle);
    CHECK(status.end_cause == "heartbeat");
}

TEST_CASE(
    "a gate holds the simulator, and a segment ends after the reading named", "[conformance]"
) {
    Laboratory lab(Peer::relaxsim_tcp);
    lab.open();
    lab.instrument->allow_until(3);
    const auto method = method_of(
        "\"Equilibrate at 300 K\", \"Isothermal until chi is known to 0.005, at most 60 min\", "
        "\"Isothermal for 1 min\""
    );
    lab.ok(lab.instrument->load(method, bar(), "run-6"));
    lab.ok(lab.instrument->start());
    for (std::uint64_t n = 1; n <= 3; ++n) {
        CHECK(lab.next_reading().number == n);
    }
    lab.pass(100ms);
    CHECK(lab.status().last_number == 3);
    lab.ok(lab.instrument->end_segment_after(5));
    lab.instrument->allow_until(0);
    std::vector<Reading> readings;
    std::vector<Gap> gaps;
    std::string cause;
    lab.follow(readings, gaps, cause);
    CHECK(cause == "completed");
    check_sequence(readings, 4);
    REQUIRE(readings.size() > 3);
    CHECK(readings[1].segment == 2);
    CHECK(readings[2].segment == 3);
}

TEST_CASE("a second driver is told that the instrument is busy", "[conformance]") {
    Laboratory lab(Peer::relaxsim_pty);
    lab.open();
    InstrumentConfig config;
    config.name = "again";
    config.driver = "q800_class";
    config.uri = "serial://" + scratch("pty");
    auto second = make_instrument(config, lab.io.get_executor(), lab.clock);
    REQUIRE(second.has_value());
    const auto refused = lab.run((*second)->open());
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == Errc::busy);
}

TEST_CASE("the peer in Python, written from the document alone, is driven alike", "[conformance]") {
    Laboratory lab(Peer::python_tcp, "1000");
    const Identity identity = lab.open();
    CHECK_FALSE(identity.model.empty());
    const auto method = method_of("\"Equilibrate at 300 K\", \"Isothermal for 2 min\"");
    lab.ok(lab.instrument->load(method, bar(), "python-1"));
    lab.ok(lab.instrument->start());
    lab.ok(lab.instrument->hold());
    CHECK(lab.status().state == State::holding);
    lab.ok(lab.instrument->resume());
    std::vector<Reading> readings;
    std::vector<Gap> gaps;
    std::string cause;
    lab.follow(readings, gaps, cause);
    CHECK(cause == "completed");
    CHECK(gaps.empty());
    REQUIRE(readings.size() > 10);
    check_sequence(readings);
    lab.ok(lab.instrument->fetch_from(2));
    for (std::uint64_t n = 2; n <= readings.size(); ++n) {
        REQUIRE(lab.next_reading().raw == readings[n - 1].raw);
    }
    lab.ok(lab.instrument->safe());
    CHECK(lab.instrument->counters().corrupt_frames == 0);
}

TEST_CASE("a line that hurts bytes both ways costs time, and no reading", "[conformance]") {
    const Peer peer = GENERATE(Peer::relaxsim_tcp, Peer::python_tcp);
    Laboratory lab(peer, "200", 30.0, 2000);
    lab.open();
    const auto method = method_of("\"Equilibrate at 300 K\", \"Isothermal for 5 min\"");
    lab.ok(lab.instrument->load(method, bar(), "noisy"));
    lab.ok(lab.instrument->start());
    std::vector<Reading> readings;
    std::vector<Gap> gaps;
    while (true) {  // the S line of the end may be lost: status finds it (4.3)
        const Status status = lab.status();
        if (status.state == State::idle || status.state == State::cooling) {
            lab.ok(lab.instrument->fetch_from(1));
            while (readings.size() < status.last_number) {
                readings.push_back(lab.next_reading());
            }
            break;
        }
        lab.pass(20ms);
    }
    REQUIRE(readings.size() > 20);
    check_sequence(readings);
    CHECK(lab.instrument->counters().corrupt_frames > 0);
    CHECK(lab.instrument->counters().resent > 0);
}

TEST_CASE("the registry names what it does not know", "[conformance]") {
    InstrumentConfig config;
    config.name = "dma1";
    config.driver = "q800class";
    config.uri = "tcp://127.0.0.1:4001";
    auto wrong = check_instrument(config);
    REQUIRE_FALSE(wrong.has_value());
    CHECK(wrong.error().code == Errc::invalid);
    CHECK(wrong.error().hint.find("q800_class") != std::string::npos);
    config.driver = "q800_class";
    CHECK(check_instrument(config).has_value());
    config.uri = "tcp:/127.0.0.1";
    CHECK_FALSE(check_instrument(config).has_value());
    CHECK(driver_names() == std::vector<std::string>{"q800_class"});
}
