// SPDX-License-Identifier: MIT
//
// One life of the daemon on a real campaign file, with a fake instrument and a clock that stands
// still; and questions to the file.
#pragma once

#include "daemon/run/laboratory_core.hpp"
#include "schema/store/run_store.hpp"
#include "tests/daemon/manual_timing.hpp"
#include "tests/scenario/fake_instrument.hpp"
#include "tests/support/catch.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <unistd.h>

namespace relaxd::test::scenario {

using relaxd::daemon::Awaitable;
using relaxd::daemon::LaboratoryCore;
using relaxd::daemon::Published;
using relaxd::daemon::RunStatus;
using relaxd::drivers::State;
using relaxd::record::Event;
using relaxd::record::RunState;
using relaxd::store::RunReader;

class SilentWorker final : public relaxd::daemon::FitWorker {
  public:
    Awaitable<Result<relaxd::record::FitResult>> compute(relaxd::daemon::FitRequest request
    ) override {
        ++fits;
        if (hangs_in != nullptr) {
            co_await hangs_in->pause(1e6);
        }
        relaxd::record::FitResult result;
        result.model = request.options.model;
        result.reason = "not in this test";
        if (answer) {
            answer(request, result);
        }
        co_return result;
    }
    int fits = 0;
    relaxd::daemon::Timing* hangs_in = nullptr;  ///< Never answers.
    /// Makes another answer of "no estimate".
    std::function<void(const relaxd::daemon::FitRequest&, relaxd::record::FitResult&)> answer;
};

inline std::string method_text(const std::string& first_line = "") {
    return first_line +
           "mode = \"multi-frequency-strain\"\nclamp = \"single-cantilever\"\n"
           "amplitude = \"15 um\"\nfrequencies = [\"1 Hz\", \"2 Hz\"]\n"
           "segments = [\"Isothermal for 10 min\", \"Ramp 3 K/min to 550 K\"]\n";
}

/// A beam whose dimensions are known.
inline relaxd::record::Specimen measured_specimen() {
    relaxd::record::Specimen specimen;
    specimen.name = "La60";
    specimen.T_g_K = 453.0;
    specimen.length_m = 0.0175;
    specimen.width_m = 0.003;
    specimen.thickness_m = 0.001;
    specimen.poisson_ratio = 0.35;
    return specimen;
}

/// A campaign file that is removed at the end.
struct TempFile {
    TempFile() {
        static int count = 0;
        path = (std::filesystem::temp_directory_path() /
                ("relaxd-scenario-" + std::to_string(::getpid()) + "-" + std::to_string(++count) +
                 ".sqlite"))
                   .string();
    }
    ~TempFile() {
        for (const char* suffix : {"", "-wal", "-shm", ".lock"}) {
            std::filesystem::remove(path + suffix);
        }
    }
    std::string path;
};

/// One life of the daemon.
struct Daemon {
    Daemon(const std::string& path, std::shared_ptr<Bench> the_bench)
        : Daemon(file_at(path), std::move(the_bench)) {}
    Daemon(std::unique_ptr<relaxd::daemon::Campaign> campaign, std::shared_ptr<Bench> the_bench)
        : bench(std::move(the_bench)),
          store(std::make_unique<relaxd::daemon::StoreThread>(
              io.get_executor(), std::move(campaign), timing
          )) {
        relaxd::daemon::LaboratoryParts parts;
        parts.executor = io.get_executor();
        parts.store = store.get();
        parts.worker = &worker;
        parts.timing = &timing;
        laboratory = std::make_unique<LaboratoryCore>(parts);
        auto made = std::make_unique<FakeInstrument>(io.get_executor(), bench);
        instrument = made.get();
        relaxd::drivers::InstrumentConfig config;
        config.name = "dma1";
        config.serial_number = bench->expected_serial_number;
        laboratory->add_instrument(config, std::move(made));
        laboratory->on_publish([this](const std::shared_ptr<const Published>& published) {
            const std::uint64_t seq =
                std::visit([](const auto& row) { return row.seq; }, published->row);
            published_in_order = published_in_order && seq == last_published + 1;
            last_published = seq;
        });
    }
    ~Daemon() {
        if (!is_dead) {
            (void)await(io, laboratory->shut_down());
        }
        store->close();
    }
    static std::unique_ptr<relaxd::daemon::Campaign> file_at(const std::string& path) {
        auto campaign = relaxd::daemon::open_campaign(path);
        REQUIRE(campaign);
        return std::move(*campaign);
    }
    void start(std::uint64_t already_published = 0) {
        last_published = already_published;
        const auto started = await(io, laboratory->start());
        REQUIRE(started);
        REQUIRE(*started);
        settle();
    }
    /// Everything that is ready, the store thread's answers included.
    void settle() {
        for (int i = 0; i < 3; ++i) {
            (void)run_until(io, [this] { return store->rows_waiting() == 0; });
            std::function<Result<void>(relaxd::daemon::Campaign&)> nothing =
                [](relaxd::daemon::Campaign&) { return Result<void>{}; };
            (void)await(io, store->call(std::move(nothing)));
            io.restart();
            io.poll();
        }
    }
    Result<RunStatus> start_run(
        const std::string& method = method_text(),
        const relaxd::record::Specimen& specimen = measured_specimen()
    ) {
        relaxd::daemon::StartRequest request;
        request.instrument = "dma1";
        request.method_toml = method;
        request.specimen = specimen;
        auto answer = await(io, laboratory->start_run(std::move(request), std::nullopt));
        settle();
        return answer ? *answer : Result<RunStatus>(relaxd::fail(Errc::internal, "no answer"));
    }
    /// A start that is under way; its answer comes when it has ended.
    std::shared_ptr<std::optional<Result<RunStatus>>> begin_run() {
        relaxd::daemon::StartRequest request;
        request.instrument = "dma1";
        request.method_toml = method_text();
        request.specimen = measured_specimen();
        auto answer = std::make_shared<std::optional<Result<RunStatus>>>();
        boost::asio::co_spawn(
            io,
            laboratory->start_run(std::move(request), std::nullopt),
            [answer](const std::exception_ptr&, Result<RunStatus> status) {
                answer->emplace(std::move(status));
            }
        );
        settle();
        return answer;
    }
    Result<RunStatus> command(std::int64_t run_id, const std::string& verb) {
        auto answer = await(io, laboratory->command_run(run_id, verb, std::nullopt));
        settle();
        return answer ? *answer : Result<RunStatus>(relaxd::fail(Errc::internal, "no answer"));
    }
    void measure(int count) {
        bench->measure(count);
        instrument->poke();
        settle();
    }
    /// A run that goes on, with so many readings.
    void start_and_measure(int count) {
        start();
        REQUIRE(start_run());
        measure(count);
    }
    /// Pulls the cable.
    void unplug() {
        bench->is_reachable = false;
        instrument->poke();
        settle();
    }
    /// And puts it back.
    void plug() {
        bench->is_reachable = true;
        timing.advance_s(0.6);
        settle();
    }
    /// As a killed process: no end is written, the instrument is not told.
    void die() {
        is_dead = true;
        laboratory->abandon();
        settle();
    }
    void finish() {
        bench->change(State::cooling, "completed");
        instrument->poke();
        REQUIRE(wait_for_end());
    }
    bool wait_for_end() {
        for (int i = 0; i < 400 && !laboratory->current_runs().empty(); ++i) {
            settle();
            timing.advance_s(0.05);
        }
        settle();
        return laboratory->current_runs().empty();
    }

    std::shared_ptr<Bench> bench;
    relaxd::test::ManualTiming timing;
    boost::asio::io_context io{1};
    SilentWorker worker;
    std::unique_ptr<relaxd::daemon::StoreThread> store;
    std::unique_ptr<LaboratoryCore> laboratory;
    FakeInstrument* instrument = nullptr;
    std::uint64_t last_published = 0;
    bool published_in_order = true;
    bool is_dead = false;
};

inline RunReader reader_of(const TempFile& file) {
    auto reader = RunReader::open(file.path);
    REQUIRE(reader);
    return std::move(*reader);
}

inline std::vector<std::uint64_t> numbers(RunReader& reader, std::int64_t run_id) {
    std::vector<std::uint64_t> out;
    const auto points = reader.points(run_id, 0, 10'000);
    REQUIRE(points);
    for (const auto& point : *points) {
        out.push_back(point.reading.number);
    }
    return out;
}

inline std::vector<std::uint64_t> one_to(std::uint64_t last) {
    std::vector<std::uint64_t> out;
    for (std::uint64_t n = 1; n <= last; ++n) {
        out.push_back(n);
    }
    return out;
}

inline std::vector<std::string> codes(RunReader& reader, std::int64_t run_id) {
    std::vector<std::string> out;
    const auto events = reader.events(run_id, 0, 1000);
    REQUIRE(events);
    for (const Event& event : *events) {
        if (event.code != "NO_ESTIMATE") {
            out.push_back(event.code == "STATE" ? event.detail : event.code);
        }
    }
    return out;
}

/// Dense numbering, one end as the last row, nothing else wrong.
inline void check_sound(const TempFile& file) {
    const auto verified = relaxd::store::verify(file.path);
    REQUIRE(verified);
    INFO((verified->faults.empty() ? std::string("sound") : verified->faults.front()));
    CHECK(verified->sound);
}

}  // namespace relaxd::test::scenario
