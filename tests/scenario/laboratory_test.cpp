// SPDX-License-Identifier: MIT
//
// What happened on the bench in, what is stored out: the laboratory with a real campaign file, a
// fake instrument and a clock that stands still.
#include "daemon/run/laboratory_core.hpp"
#include "schema/store/run_store.hpp"
#include "tests/daemon/manual_timing.hpp"
#include "tests/scenario/fake_instrument.hpp"
#include "tests/support/catch.hpp"

#include <filesystem>
#include <map>
#include <memory>
#include <unistd.h>

using relaxd::Errc;
using relaxd::Result;
using relaxd::daemon::Awaitable;
using relaxd::daemon::LaboratoryCore;
using relaxd::daemon::Published;
using relaxd::daemon::RunStatus;
using relaxd::drivers::State;
using relaxd::record::Event;
using relaxd::record::RunState;
using relaxd::store::RunReader;
using relaxd::test::await;
using relaxd::test::Bench;
using relaxd::test::FakeInstrument;
using relaxd::test::run_until;

namespace {

class SilentWorker final : public relaxd::daemon::FitWorker {
  public:
    Awaitable<Result<relaxd::record::FitResult>> compute(relaxd::daemon::FitRequest request
    ) override {
        ++fits;
        relaxd::record::FitResult result;
        result.model = request.options.model;
        result.reason = "not in this test";
        co_return result;
    }
    int fits = 0;
};

std::string method_text(const std::string& first_line = "") {
    return first_line +
           "mode = \"multi-frequency-strain\"\nclamp = \"single-cantilever\"\n"
           "amplitude = \"15 um\"\nfrequencies = [\"1 Hz\", \"2 Hz\"]\n"
           "segments = [\"Isothermal for 10 min\", \"Ramp 3 K/min to 550 K\"]\n";
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
        : bench(std::move(the_bench)), store(make_store(path)) {
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
    std::unique_ptr<relaxd::daemon::StoreThread> make_store(const std::string& path) {
        auto campaign = relaxd::daemon::open_campaign(path);
        REQUIRE(campaign);
        return std::make_unique<relaxd::daemon::StoreThread>(
            io.get_executor(), std::move(*campaign), timing.clock()
        );
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
    Result<RunStatus> start_run(const std::string& method = method_text()) {
        relaxd::daemon::StartRequest request;
        request.instrument = "dma1";
        request.method_toml = method;
        request.specimen.name = "La60";
        request.specimen.T_g_K = 453.0;
        auto answer = await(io, laboratory->start_run(std::move(request), std::nullopt));
        settle();
        return answer ? *answer : Result<RunStatus>(relaxd::fail(Errc::internal, "no answer"));
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

RunReader reader_of(const TempFile& file) {
    auto reader = RunReader::open(file.path);
    REQUIRE(reader);
    return std::move(*reader);
}

std::vector<std::uint64_t> numbers(RunReader& reader, std::int64_t run_id) {
    std::vector<std::uint64_t> out;
    const auto points = reader.points(run_id, 0, 10'000);
    REQUIRE(points);
    for (const auto& point : *points) {
        out.push_back(point.reading.number);
    }
    return out;
}

std::vector<std::uint64_t> one_to(std::uint64_t last) {
    std::vector<std::uint64_t> out;
    for (std::uint64_t n = 1; n <= last; ++n) {
        out.push_back(n);
    }
    return out;
}

std::vector<std::string> codes(RunReader& reader, std::int64_t run_id) {
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
void check_sound(const TempFile& file) {
    const auto verified = relaxd::store::verify(file.path);
    REQUIRE(verified);
    INFO((verified->faults.empty() ? std::string("sound") : verified->faults.front()));
    CHECK(verified->sound);
}

}  // namespace

TEST_CASE("every reading of a run is a row, in order, and the end is the last", "[scenario]") {
    const TempFile file;
    {
        Daemon daemon(file.path, std::make_shared<Bench>());
        daemon.start();
        const auto started = daemon.start_run();
        REQUIRE(started);
        CHECK(started->state == RunState::running);
        daemon.measure(20);
        CHECK(daemon.bench->acknowledged == 20);
        daemon.bench->segment = 2;
        daemon.measure(30);
        daemon.finish();
        CHECK(daemon.published_in_order);
        CHECK(daemon.worker.fits > 0);
    }
    auto reader = reader_of(file);
    const auto run = reader.run("1");
    REQUIRE(run);
    CHECK(run->state == RunState::completed);
    CHECK(run->simulated);
    CHECK(numbers(reader, 1) == one_to(50));
    CHECK(codes(reader, 1) == std::vector<std::string>{"armed", "running", "completed"});
    const auto events = reader.events(1, 0, 100);
    REQUIRE(events);
    CHECK(events->back().seq == run->last_seq);
    const auto segments = reader.segments(1);
    REQUIRE(segments);
    REQUIRE(segments->size() == 2);
    CHECK((*segments)[1].text == "Ramp 3 K/min to 550 K");
    const auto points = reader.points(1, 0, 100);
    REQUIRE(points);
    CHECK((*segments)[0].last_seq == (*points)[19].seq);
    CHECK((*segments)[1].first_seq == (*points)[20].seq);
    CHECK((*segments)[1].last_seq == (*points)[49].seq);
    CHECK((*segments)[1].ended_utc.ns != 0);
    const auto truth = reader.truth(1);
    REQUIRE(truth);
    CHECK(truth->size() == 51);
    for (const auto& row : *truth) {
        if (row.seq != 0) {  // mapped from reading number to the point's own number
            const auto found = reader.points(1, row.seq - 1, 1);
            REQUIRE(found);
            CHECK(static_cast<double>(found->front().reading.number) == row.value);
        }
    }
    const auto token = reader.fact(1, "run_token");
    REQUIRE(token);
    CHECK(token->value_or("") == run->uuid);
    check_sound(file);
}

TEST_CASE("what was measured while the cable was out is fetched, nothing twice", "[scenario]") {
    const TempFile file;
    {
        Daemon daemon(file.path, std::make_shared<Bench>());
        daemon.start();
        REQUIRE(daemon.start_run());
        daemon.measure(10);
        daemon.bench->is_reachable = false;
        daemon.measure(7);
        daemon.bench->is_reachable = true;
        daemon.timing.advance_s(0.6);
        daemon.settle();
        daemon.measure(3);
        daemon.finish();
        CHECK(daemon.published_in_order);
    }
    auto reader = reader_of(file);
    CHECK(numbers(reader, 1) == one_to(20));
    CHECK(
        codes(reader, 1) ==
        std::vector<std::string>{"armed", "running", "LINK_LOST", "LINK_BACK", "completed"}
    );
    check_sound(file);
}

TEST_CASE("what the instrument no longer keeps is one gap with its size", "[scenario]") {
    const TempFile file;
    {
        Daemon daemon(file.path, std::make_shared<Bench>());
        daemon.start();
        REQUIRE(daemon.start_run());
        daemon.measure(10);
        daemon.bench->is_reachable = false;
        daemon.measure(30);
        daemon.bench->first_kept = 26;
        daemon.bench->is_reachable = true;
        daemon.timing.advance_s(0.6);
        daemon.settle();
        daemon.finish();
    }
    auto reader = reader_of(file);
    const auto gaps = reader.gaps(1, 0, 10);
    REQUIRE(gaps);
    REQUIRE(gaps->size() == 1);
    CHECK(gaps->front().missing == 15);
    CHECK(gaps->front().cause == "instrument memory overrun");
    CHECK(numbers(reader, 1).size() == 25);
    CHECK(numbers(reader, 1).back() == 40);
    check_sound(file);
}

TEST_CASE("a restarted daemon goes on with the run that its instrument still runs", "[scenario]") {
    const TempFile file;
    const auto bench = std::make_shared<Bench>();
    {
        Daemon first(file.path, bench);
        first.start();
        REQUIRE(first.start_run());
        first.measure(12);
        // Dies without a word: no end is written, the instrument is not told.
        bench->is_reachable = false;
        first.instrument->poke();
        first.settle();
        first.is_dead = true;
        first.laboratory->abandon();
        first.settle();
    }
    bench->measure(8);
    bench->is_reachable = true;
    {
        Daemon second(file.path, bench);
        auto reader = reader_of(file);
        const auto run = reader.run("1");
        REQUIRE(run);
        REQUIRE(run->state == RunState::running);
        second.start(run->last_seq);
        second.measure(5);
        second.finish();
        CHECK(second.published_in_order);
    }
    auto reader = reader_of(file);
    CHECK(numbers(reader, 1) == one_to(25));
    const auto seen = codes(reader, 1);
    CHECK(std::count(seen.begin(), seen.end(), "DAEMON_RESTARTED") == 1);
    CHECK(seen.back() == "completed");
    check_sound(file);
}

TEST_CASE(
    "after a restart another token or 60 s of silence end the run interrupted", "[scenario]"
) {
    const bool is_unreachable = GENERATE(false, true);
    const TempFile file;
    const auto bench = std::make_shared<Bench>();
    {
        Daemon first(file.path, bench);
        first.start();
        REQUIRE(first.start_run());
        first.measure(4);
        first.is_dead = true;
        first.laboratory->abandon();
        first.settle();
    }
    bench->is_reachable = !is_unreachable;
    bench->token = "somebody-else";
    {
        Daemon second(file.path, bench);
        second.last_published = 6;
        const auto started = await(second.io, second.laboratory->start());
        REQUIRE(started);
        second.settle();
        for (int i = 0; i < 62; ++i) {
            second.timing.advance_s(1.0);
            second.settle();
        }
        CHECK(second.laboratory->current_runs().empty());
    }
    auto reader = reader_of(file);
    const auto run = reader.run("1");
    REQUIRE(run);
    CHECK(run->state == RunState::interrupted);
    CHECK(run->end_cause.find(is_unreachable ? "60 s" : "no longer knows") != std::string::npos);
    check_sound(file);
}

TEST_CASE("a method that cannot be loaded leaves a rejected run and a safe bench", "[scenario]") {
    const bool fails_load = GENERATE(true, false);
    const TempFile file;
    const auto bench = std::make_shared<Bench>();
    bench->fails_load = fails_load;
    bench->fails_start = !fails_load;
    {
        Daemon daemon(file.path, bench);
        daemon.start();
        CHECK_FALSE(daemon.start_run());
        CHECK(daemon.wait_for_end());
        CHECK(bench->safes >= 1);
        // The instrument is free again.
        bench->fails_load = false;
        bench->fails_start = false;
        CHECK(daemon.start_run());
    }
    auto reader = reader_of(file);
    const auto run = reader.run("1");
    REQUIRE(run);
    CHECK(run->state == (fails_load ? RunState::rejected : RunState::interrupted));
    CHECK_FALSE(run->end_cause.empty());
    check_sound(file);
}

TEST_CASE("what cannot start is refused before anything is stored", "[scenario]") {
    const TempFile file;
    const auto bench = std::make_shared<Bench>();
    Daemon daemon(file.path, bench);
    daemon.start();
    CHECK(daemon.start_run("mode = \"nonsense\"\n").error().code == Errc::invalid);
    bench->is_simulated = false;
    daemon.bench->is_reachable = false;
    daemon.instrument->poke();
    daemon.settle();
    CHECK(daemon.start_run().error().code == Errc::unreachable);
    daemon.bench->is_reachable = true;
    daemon.timing.advance_s(0.6);
    daemon.settle();
    CHECK(daemon.start_run(method_text("fits = \"every\"\n")).error().code == Errc::invalid);
    auto lease = daemon.laboratory->acquire_lease("dma1", "anna", "", false);
    REQUIRE(lease);
    CHECK(daemon.start_run().error().message.rfind("lease_held", 0) == 0);
    REQUIRE(daemon.laboratory->release_lease("dma1", lease->lease));
    REQUIRE(daemon.start_run());
    const auto second = daemon.start_run();
    REQUIRE_FALSE(second);
    CHECK(second.error().message.rfind("instrument_busy", 0) == 0);
    auto reader = reader_of(file);
    CHECK(reader.runs()->size() == 1);
}

TEST_CASE("pause, resume, stop and abort act once and are recorded", "[scenario]") {
    const TempFile file;
    {
        Daemon daemon(file.path, std::make_shared<Bench>());
        daemon.start();
        REQUIRE(daemon.start_run());
        CHECK(daemon.command(1, "pause")->state == RunState::paused);
        CHECK(daemon.command(1, "pause")->state == RunState::paused);
        CHECK(daemon.command(1, "resume")->state == RunState::running);
        daemon.measure(3);
        CHECK(daemon.command(1, "stop")->state == RunState::stopped);
        CHECK(daemon.command(1, "stop")->state == RunState::stopped);
        CHECK(daemon.command(1, "resume").error().code == Errc::refused);
        CHECK(daemon.command(9, "stop").error().code == Errc::not_found);
        REQUIRE(daemon.start_run());
        CHECK(daemon.command(2, "abort")->state == RunState::aborted);
        CHECK(daemon.bench->safes == 1);
        REQUIRE(daemon.start_run());
        const auto safe = await(daemon.io, daemon.laboratory->safe("dma1"));
        REQUIRE(safe);
        CHECK(*safe);
        CHECK(daemon.wait_for_end());
    }
    auto reader = reader_of(file);
    CHECK(
        codes(reader, 1) ==
        std::vector<std::string>{"armed", "running", "paused", "running", "stopped"}
    );
    CHECK(numbers(reader, 1) == one_to(3));
    CHECK(codes(reader, 2) == std::vector<std::string>{"armed", "running", "aborted"});
    CHECK(reader.run("3")->end_cause == "STOP, heater off");
    check_sound(file);
}

TEST_CASE("a heartbeat that the instrument missed interrupts the run", "[scenario]") {
    const TempFile file;
    {
        Daemon daemon(file.path, std::make_shared<Bench>());
        daemon.start();
        REQUIRE(daemon.start_run());
        daemon.measure(5);
        daemon.bench->is_reachable = false;
        daemon.instrument->poke();
        daemon.settle();
        daemon.bench->measure(4);
        daemon.bench->change(State::idle, "heartbeat");
        daemon.bench->is_reachable = true;
        daemon.timing.advance_s(0.6);
        CHECK(daemon.wait_for_end());
    }
    auto reader = reader_of(file);
    CHECK(reader.run("1")->state == RunState::interrupted);
    CHECK(reader.run("1")->end_cause.find("heartbeat") != std::string::npos);
    CHECK(numbers(reader, 1) == one_to(9));  // what it took meanwhile was fetched first
    check_sound(file);
}

TEST_CASE("shutting down makes the bench safe and ends the run with its cause", "[scenario]") {
    const TempFile file;
    const auto bench = std::make_shared<Bench>();
    {
        Daemon daemon(file.path, bench);
        daemon.start();
        REQUIRE(daemon.start_run());
        daemon.measure(6);
    }
    CHECK(bench->safes == 1);
    auto reader = reader_of(file);
    CHECK(reader.run("1")->state == RunState::stopped);
    CHECK(reader.run("1")->end_cause == "daemon shut down");
    CHECK(numbers(reader, 1) == one_to(6));
    check_sound(file);
}

TEST_CASE("with fits = every no reading is allowed before its fit", "[scenario]") {
    const TempFile file;
    {
        Daemon daemon(file.path, std::make_shared<Bench>());
        daemon.start();
        REQUIRE(daemon.start_run(method_text("fits = \"every\"\n")));
        CHECK(daemon.bench->allowed == 2);  // one pass over two frequencies
        daemon.measure(1);
        CHECK(daemon.worker.fits == 0);
        CHECK(daemon.bench->allowed == 2);
        daemon.measure(1);
        CHECK(daemon.worker.fits > 0);
        CHECK(daemon.bench->allowed == 4);
        daemon.finish();
        CHECK(daemon.bench->allowed == 0);
    }
    check_sound(file);
}

TEST_CASE("another instrument on the same cable does not go on with the run", "[scenario]") {
    const TempFile file;
    {
        Daemon daemon(file.path, std::make_shared<Bench>());
        daemon.start();
        REQUIRE(daemon.start_run());
        daemon.measure(5);
        daemon.bench->is_reachable = false;
        daemon.instrument->poke();
        daemon.settle();
        daemon.bench->serial_number = "S-2";
        daemon.bench->is_reachable = true;
        daemon.timing.advance_s(0.6);
        CHECK(daemon.wait_for_end());
    }
    auto reader = reader_of(file);
    CHECK(reader.run("1")->state == RunState::interrupted);
    CHECK(reader.run("1")->end_cause.find("S-2") != std::string::npos);
    check_sound(file);
}
