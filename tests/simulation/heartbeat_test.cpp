// SPDX-License-Identifier: MIT
//
// How long a cable may be out before the instrument makes itself safe: the daemon with its real
// pauses between attempts, the real driver, the simulated device with its guard, in manual time.
#include "drivers/simulator/q800_device.hpp"
#include "schema/store/run_store.hpp"
#include "tests/simulation/life.hpp"
#include "tests/simulator/table1.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <unistd.h>

namespace relaxd::test::simulation {
namespace {

/// A laboratory whose cable a test pulls at a time of its choice.
class Bench {
  public:
    explicit Bench(double guard_s) : device_(options()), cable_(device_, timing_, 0.001, false) {
        remove();
        life_.emplace(path_, disk_, timing_, cable_, Dice(1, 1), guard_s);
    }
    ~Bench() {
        (void)life_->kill();
        cable_.host_died(true);  // its connection waits on timers of this life
        life_.reset();
        remove();
    }
    Bench(const Bench&) = delete;
    Bench& operator=(const Bench&) = delete;

    void pass(double seconds) {
        const SteadyTime end{now().ns + static_cast<std::int64_t>(seconds * 1e9)};
        while (now() < end) {
            work();
            const SteadyTime soon{now().ns + 1000};
            const SteadyTime due = timing_.next_due().value_or(end);
            timing_.advance_to(std::max(soon, std::min({end, cable_.next_event(), due})));
        }
        work();
    }
    void start_run() {
        pass(1.0);  // connects
        REQUIRE(life_->has_started());
        std::string refusal;
        life_->spawn("start", start(&life_->laboratory(), &refusal));
        pass(5.0);
        INFO(refusal);
        REQUIRE(state() == "running");
    }
    [[nodiscard]] std::string state() const { return std::string(device_.state_word()); }
    /// Readings and gaps of the run's record.
    [[nodiscard]] std::pair<std::size_t, std::size_t> record() {
        auto reader = store::RunReader::open(path_);
        REQUIRE(reader);
        const auto points = reader->points(1, 0, 100'000);
        const auto gaps = reader->gaps(1, 0, 100);
        REQUIRE(points);
        REQUIRE(gaps);
        return {points->size(), gaps->size()};
    }
    [[nodiscard]] std::vector<std::string> events() {
        std::vector<std::string> out;
        auto reader = store::RunReader::open(path_);
        REQUIRE(reader);
        const auto all = reader->events(1, 0, 1000);
        REQUIRE(all);
        for (const record::Event& event : *all) {
            out.push_back(event.code + ": " + event.message);
        }
        return out;
    }
    Cable& cable() { return cable_; }
    [[nodiscard]] daemon::LaboratoryCore& laboratory() { return life_->laboratory(); }

  private:
    static simulator::SimOptions options() {
        simulator::SimOptions options;
        options.params = table1();
        return options;
    }
    static daemon::Awaitable<void> start(daemon::LaboratoryCore* laboratory, std::string* refusal) {
        daemon::StartRequest request;
        request.instrument = instrument_name;
        request.method_toml =
            "mode = \"multi-frequency-strain\"\nclamp = \"single-cantilever\"\n"
            "amplitude = \"15 um\"\nfrequencies = [\"10 Hz\"]\n"
            "segments = [\"Isothermal for 30 min\"]\n";
        request.specimen.name = "bar";
        request.specimen.length_m = 0.0175;
        request.specimen.width_m = 0.003;
        request.specimen.thickness_m = 0.001;
        request.specimen.poisson_ratio = 0.35;
        auto answer = co_await laboratory->start_run(std::move(request), std::nullopt);
        if (!answer) {
            *refusal = answer.error().sentence();
        }
    }
    [[nodiscard]] SteadyTime now() const { return timing_.clock().steady(); }
    void work() {
        bool goes_on = true;
        while (goes_on) {
            goes_on = cable_.step();
            while (life_->poll_one()) {
                goes_on = true;
            }
        }
    }
    void remove() {
        for (const char* suffix : {"", "-wal", "-shm", ".lock"}) {
            std::error_code ignored;
            std::filesystem::remove(path_ + suffix, ignored);
        }
    }

    std::string path_ = (std::filesystem::temp_directory_path() /
                         ("relaxd-heartbeat-" + std::to_string(::getpid()) + ".sqlite"))
                            .string();
    ManualTiming timing_;
    Disk disk_;
    simulator::Q800Device device_;
    Cable cable_;
    std::optional<Life> life_;
};

bool has(const std::vector<std::string>& events, const std::string& part) {
    return std::any_of(events.begin(), events.end(), [&](const std::string& event) {
        return event.find(part) != std::string::npos;
    });
}

}  // namespace

TEST_CASE("a cable that is out for ten seconds costs no run: the default guard waits longer") {
    const double guard_s = drivers::InstrumentConfig().heartbeat_s;
    REQUIRE(guard_s == drivers::q800_class::Options().heartbeat_s);
    const bool is_told = GENERATE(true, false);
    CAPTURE(is_told);
    Bench bench(guard_s);
    bench.start_run();
    bench.pass(20.0);
    if (is_told) {  // unplugged, or reset: both ends learn at once
        bench.cable().reset();
        bench.cable().refuse(10.0);
    } else {  // nothing passes, and nobody says so
        bench.cable().vanish(10.0, false);
    }
    bench.pass(60.0);
    CHECK(bench.state() == "running");
    const auto [points, gaps] = bench.record();
    CHECK(points > 60);
    CHECK(gaps == 0);
    CHECK(has(bench.events(), "LINK_LOST"));
    CHECK(has(bench.events(), "LINK_BACK"));
}

TEST_CASE("a guard of ten seconds ends a run whose cable was out for ten: why it is longer") {
    Bench bench(10.0);
    bench.start_run();
    bench.pass(20.0);
    bench.cable().reset();
    bench.cable().refuse(10.0);
    bench.pass(60.0);
    CHECK(bench.state() == "idle");
    CHECK(has(bench.events(), "heartbeat"));
}

TEST_CASE("a host that stays away is noticed: the instrument makes itself safe in time") {
    const double guard_s = drivers::InstrumentConfig().heartbeat_s;
    Bench bench(guard_s);
    bench.start_run();
    bench.cable().reset();
    bench.cable().refuse(1e6);
    bench.pass(guard_s + 1.0);
    CHECK(bench.state() == "idle");
}

TEST_CASE("a dead line is told: state unknown within 3.5 s, the link lost within 7 s") {
    Bench bench(30.0);
    bench.start_run();
    bench.pass(10.0);
    bench.cable().vanish(1000.0, false);
    const auto view = [&] { return bench.laboratory().instruments().front(); };
    double unknown_s = 0.0;
    double lost_s = 0.0;
    for (double time_s = 0.1; time_s < 20.0; time_s += 0.1) {
        bench.pass(0.1);
        unknown_s = unknown_s == 0.0 && view().state == "unknown" ? time_s : unknown_s;
        lost_s = lost_s == 0.0 && view().link_state != "connected" ? time_s : lost_s;
    }
    CHECK(unknown_s > 0.0);
    CHECK(unknown_s <= 3.5);
    CHECK(lost_s >= unknown_s);
    CHECK(lost_s <= 7.0);
    CHECK(has(bench.events(), "LINK_LOST: link lost: silent: "));
}

}  // namespace relaxd::test::simulation
