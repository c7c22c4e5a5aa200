// SPDX-License-Identifier: MIT
//
// What the conformance suite of driver_test.cpp stands on: the driver, made by the registry,
// against instruments that share no code with it, in processes of their own: relaxsim on TCP and on
// a pty, and the peer in Python that was written from the document alone. Clauses:
// drivers/api/CONTRACT.md.
#pragma once

#include "drivers/link/uri.hpp"
#include "drivers/registry/registry.hpp"
#include "schema/base/number.hpp"
#include "tests/conformance/child_process.hpp"
#include "tests/conformance/kit/chaos_proxy.hpp"
#include "tests/conformance/kit/plans.hpp"
#include "tests/support/catch.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <exception>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <unistd.h>

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

using relaxd::Errc;
using relaxd::Result;
using relaxd::record::Channel;
using relaxd::record::Gap;
using relaxd::record::Reading;
namespace asio = boost::asio;
namespace method = relaxd::method;
namespace record = relaxd::record;

namespace relaxd::drivers {

namespace kit = relaxd::test::kit;

enum class Peer { relaxsim_tcp, relaxsim_pty, python_tcp };

inline std::string scratch(const std::string& name) {
    return (std::filesystem::temp_directory_path() /
            ("relaxd-conformance-" + std::to_string(::getpid()) + "-" + name))
        .string();
}

inline std::vector<std::string> command_of(Peer peer, const std::string& speed) {
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

/// An instrument in a process of its own and the driver that the registry makes for it.
class Laboratory {
  public:
    /// `chaos`: what stands between the instrument and the driver.
    explicit Laboratory(
        Peer peer,
        const std::string& speed = "2000",
        double heartbeat_s = 10.0,
        const std::optional<kit::ChaosPlan>& chaos = std::nullopt
    )
        : Laboratory(command_of(peer, speed), heartbeat_s, chaos) {}

    Laboratory(
        const std::vector<std::string>& command,
        double heartbeat_s,
        const std::optional<kit::ChaosPlan>& chaos = std::nullopt
    )
        : process_(command) {
        const std::string& line = process_.first_line();
        INFO("first line: '" << line << "'; is relaxsim built?");
        REQUIRE(line.starts_with("listening "));
        const std::string place = line.substr(10);
        const bool is_pty = place.starts_with("pty ");
        config_.name = "dma1";
        config_.driver = "q800_class";
        config_.uri = is_pty ? "serial://" + place.substr(4) + "?baudrate=115200" : place;
        if (chaos) {
            auto uri = link::parse_uri(config_.uri);
            REQUIRE(uri.has_value());
            const auto executor = io.get_executor();
            auto to_device = link::make_opener(executor, *uri, timing);
            proxy =
                std::make_shared<kit::ChaosProxy>(executor, timing, *chaos, std::move(to_device));
            auto where = is_pty ? proxy->open_pty(scratch("proxy")) : proxy->listen();
            REQUIRE(where.has_value());
            config_.uri = *where;
        }
        config_.heartbeat_s = heartbeat_s;
        auto made = make_instrument(config_, io.get_executor(), timing);
        REQUIRE(made.has_value());
        instrument = std::move(*made);
    }
    ~Laboratory() {
        instrument.reset();
        if (proxy) {
            proxy->close();
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

    relaxd::SystemClock clock;
    relaxd::drivers::link::IoTiming timing{clock};
    asio::io_context io{1};
    std::shared_ptr<kit::ChaosProxy> proxy;  ///< Where there is chaos.
    std::unique_ptr<Instrument> instrument;

  private:
    relaxd::test::ChildProcess process_;
    InstrumentConfig config_;
};

inline method::Method method_of(const std::string& segments) {
    const auto parsed = method::parse(
        "mode = \"multi-frequency-strain\"\nclamp = \"single-cantilever\"\namplitude = \"15 um\"\n"
        "frequencies = [\"1 Hz\", \"4 Hz\"]\nsegments = [" +
        segments + "]\n"
    );
    INFO((parsed ? std::string() : parsed.error().sentence()));
    REQUIRE(parsed.has_value());
    return *parsed;
}

inline record::Specimen bar() {
    record::Specimen s;
    s.name = "bar";
    s.length_m = 0.0175;
    s.width_m = 0.003;
    s.thickness_m = 0.001;
    s.poisson_ratio = 0.35;
    return s;
}

inline void check_sequence(const std::vector<Reading>& readings, std::uint64_t first = 1) {
    for (std::size_t i = 0; i < readings.size(); ++i) {
        REQUIRE(readings[i].number == first + i);
        REQUIRE((i == 0 || readings[i].time_s > readings[i - 1].time_s));
        REQUIRE(readings[i].flags.find("in") == std::string::npos);  // invalid, inconsistent
    }
}

/// The number under a key of the simulator's own record of a reading.
inline std::optional<double> recorded(const std::string& line, const std::string& key) {
    const std::string marked = "\"" + key + "\":";
    const auto at = line.find(marked);
    if (at == std::string::npos) {
        return std::nullopt;
    }
    const auto begin = at + marked.size();
    return relaxd::to_double(line.substr(begin, line.find_first_of(",}", begin) - begin));
}

inline void check_against_record(const std::string& line, const Reading& r) {
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

}  // namespace relaxd::drivers
