// SPDX-License-Identifier: MIT
//
// What is missed is fetched: holes, lost links, slow consumers, the border between two runs.
#include "tests/q800_class/bench_fixture.hpp"

#include <algorithm>

using namespace std::chrono_literals;
using relaxd::Errc;
using relaxd::record::Gap;
using relaxd::record::Reading;
using relaxd::test::Bench;
using relaxd::test::Fault;
using relaxd::test::FaultPlan;
using relaxd::test::framed;
using relaxd::test::open_and_run;
using relaxd::test::reading_line;
using relaxd::test::small_method;
using relaxd::test::small_specimen;
using relaxd::test::take_reading;
namespace drivers = relaxd::drivers;

TEST_CASE("a lost last reading is found by the state line that names it", "[drivers][q800]") {
    Bench bench;
    open_and_run(bench);
    take_reading(bench, 1);
    take_reading(bench, 2, true);
    bench.fake->emit(framed("S cooling 0 run-1 2 completed"));
    CHECK(bench.next<Reading>().number == 1);
    CHECK(bench.next<Reading>().number == 2);
    const auto change = bench.next<drivers::StateChange>();
    CHECK(change.state == drivers::State::cooling);
    CHECK(change.cause == "completed");
}

TEST_CASE(
    "after a reconnect fetch_from() delivers what was missed before what is new", "[drivers][q800]"
) {
    Bench bench;
    open_and_run(bench);
    take_reading(bench, 1);
    CHECK(bench.next<Reading>().number == 1);
    bench.fake->hang_up();
    CHECK(bench.run(bench.instrument->next()).error().code == Errc::unreachable);
    CHECK(bench.run(bench.instrument->status()).error().code == Errc::unreachable);
    for (std::uint64_t n = 2; n <= 700; ++n) {
        take_reading(bench, n, true);
    }
    REQUIRE(bench.run(bench.instrument->open()).has_value());
    take_reading(bench, 701);
    bench.fake->emit(framed("S cooling 0 run-1 701 completed"));
    REQUIRE(bench.run(bench.instrument->fetch_from(2)).has_value());
    for (std::uint64_t n = 2; n <= 701; ++n) {
        REQUIRE(bench.next<Reading>().number == n);
    }
    CHECK(bench.next<drivers::StateChange>().cause == "completed");
    CHECK(bench.instrument->counters().reconnects == 1);
}

TEST_CASE("after a restart of the instrument nothing kept is one gap", "[drivers][q800]") {
    Bench bench;
    bench.fake->token = "run-1";
    bench.fake->newest = 40;
    REQUIRE(bench.run(bench.instrument->open()).has_value());
    REQUIRE(bench.run(bench.instrument->fetch_from(11)).has_value());
    const auto gap = bench.next<Gap>();
    CHECK(gap.first_number == 11);
    CHECK(gap.missing == 30);
}

TEST_CASE(
    "a reading that never arrives whole ends as a gap, not as an endless resend", "[drivers][q800]"
) {
    Bench bench;
    open_and_run(bench);
    std::string hurt = reading_line(1);
    hurt[20] = static_cast<char>(hurt[20] ^ 1);
    bench.fake->readings[1] = hurt;
    take_reading(bench, 2);
    const auto gap = bench.next<Gap>();
    CHECK(gap.missing == 1);
    CHECK(gap.cause == "no valid line in repeated resends");
    CHECK(bench.next<Reading>().number == 2);
}

TEST_CASE("I-10 a consumer that sleeps costs no reading and no reply", "[drivers][q800]") {
    Bench bench;
    open_and_run(bench);
    for (std::uint64_t n = 1; n <= 12000; ++n) {
        take_reading(bench, n);
    }
    bench.until([&] { return bench.instrument->counters().frames > 12000; });
    CHECK(bench.run(bench.instrument->status()).has_value());
    for (std::uint64_t n = 1; n <= 12000; ++n) {
        REQUIRE(bench.next<Reading>().number == n);
    }
}

TEST_CASE("I-8 the answer to a resend is missed although readings stream", "[drivers][q800]") {
    Bench bench(30ms);
    open_and_run(bench);
    bench.fake->faults = {FaultPlan{"resend", Fault::silence, 1000}};
    bench.fake->readings[1] = "hurt\n";
    std::uint64_t number = 1;
    bench.until([&] {
        bench.timing.advance_s(0.001);
        take_reading(bench, ++number);
        return bench.instrument->counters().timeouts > 0;
    });
    bench.fake->faults.clear();
    bench.fake->readings[1] = reading_line(1);
    for (std::uint64_t n = 1; n <= number; ++n) {
        REQUIRE(bench.next<Reading>().number == n);
    }
}

TEST_CASE("I-8 a stop has its turn after one slice of a recovery", "[drivers][q800]") {
    Bench bench;
    open_and_run(bench);
    for (std::uint64_t n = 1; n <= 2000; ++n) {
        take_reading(bench, n, true);
    }
    bench.fake->emit(framed("S running 2 run-1 2000 -"));
    const auto& received = bench.fake->received;
    bench.until([&] { return received.back().starts_with("resend"); });
    CHECK(bench.run(bench.instrument->stop()).has_value());
    const auto stop = std::find(received.begin(), received.end(), "stop");
    CHECK(std::count_if(received.begin(), stop, [](const std::string& request) {
              return request.starts_with("resend");
          }) <= 2);
}

TEST_CASE("an acknowledgement that a lost link swallowed is made up for", "[drivers][q800]") {
    Bench bench;
    open_and_run(bench);
    take_reading(bench, 1);
    CHECK(bench.next<Reading>().number == 1);
    bench.fake->faults = {FaultPlan{"ack", Fault::disconnect, 1}};
    bench.instrument->acknowledge(1);
    bench.until([&] { return !bench.instrument->is_open(); });
    REQUIRE(bench.run(bench.instrument->open()).has_value());
    bench.until([&] { return bench.fake->executed["ack"] == 1; });
    CHECK(bench.fake->received.back() == "ack 1");
}

TEST_CASE("a new run's reading is never taken for one of the run before", "[drivers][q800]") {
    Bench bench(50ms);
    open_and_run(bench);
    take_reading(bench, 1);
    CHECK(bench.next<Reading>().number == 1);
    bench.fake->state = "idle";
    REQUIRE(bench.run(bench.instrument->load(small_method(), small_specimen(), "run-2")).has_value()
    );
    // State line and answer of the start are lost, readings 1 to 3 are taken meanwhile.
    bench.fake->loses_states = true;
    bench.fake->faults = {FaultPlan{"start", Fault::silence, 1}};
    std::optional<relaxd::Result<void>> started;
    std::optional<relaxd::Result<drivers::Delivery>> next;
    bench.spawn(bench.instrument->start(), started);
    bench.spawn(bench.instrument->next(), next);
    bench.until([&] { return bench.fake->received.back() == "start run-2"; });
    take_reading(bench, 1, true);
    take_reading(bench, 2);
    take_reading(bench, 3);
    bench.until([&] { return started.has_value(); });
    CHECK(started->has_value());
    take_reading(bench, 4);
    bench.until([&] { return next.has_value(); });
    REQUIRE(next->has_value());
    CHECK(std::get<Reading>(**next).number == 1);
    for (std::uint64_t n = 2; n <= 4; ++n) {
        CHECK(bench.next<Reading>().number == n);
    }
}

TEST_CASE("an armed run has no readings, whatever the run before left", "[drivers][q800]") {
    Bench bench;
    bench.fake->state = "armed";
    bench.fake->token = "run-2";
    for (std::uint64_t n = 1; n <= 5; ++n) {
        take_reading(bench, n, true);
    }
    REQUIRE(bench.run(bench.instrument->open()).has_value());
    const auto status = bench.run(bench.instrument->status());
    REQUIRE(status.has_value());
    CHECK(status->last_number == 0);
    CHECK(status->first_kept == 0);
    REQUIRE(bench.run(bench.instrument->fetch_from(1)).has_value());
    CHECK(bench.run(bench.instrument->hold()).has_value());  // a resend would have gone before it
    CHECK(bench.fake->executed["resend"] == 0);
}
