// SPDX-License-Identifier: MIT
//
// A unit that is restarted, set at its front panel, exchanged, or that does not do what it was
// told: noticed, flagged, set again. And what belongs to one opening stays there.
#include "drivers/q800_class/settings.hpp"

#include "tests/q800_class/bench_fixture.hpp"

#include <algorithm>
#include <string>

using namespace std::chrono_literals;
using relaxd::Errc;
using relaxd::record::Reading;
using relaxd::test::Bench;
using relaxd::test::Fault;
using relaxd::test::FaultPlan;
using relaxd::test::framed;
using relaxd::test::open_and_run;
using relaxd::test::small_method;
using relaxd::test::small_specimen;
using relaxd::test::take_reading;
namespace drivers = relaxd::drivers;
namespace q800 = relaxd::test::q800;

namespace {

constexpr const char* set_geometry =
    " length_m=0.0175 width_m=0.003 thickness_m=0.001 poisson_ratio=0.35 clamp=single-cantilever";

/// The bench's instrument anew, with these options.
void make(Bench& bench, const q800::Options& options) {
    bench.instrument = std::make_unique<q800::Q800Instrument>(
        bench.io.get_executor(),
        std::make_unique<relaxd::test::MemoryOpener>(
            bench.io.get_executor(), bench.timing, bench.fake
        ),
        bench.timing,
        options
    );
}

drivers::Status status_of(Bench& bench) {
    const auto status = bench.run(bench.instrument->status());
    INFO((status ? std::string() : status.error().sentence()));
    REQUIRE(status.has_value());
    return *status;
}

}  // namespace

TEST_CASE("a dimension changed at the front panel flags every later reading", "[drivers][q800]") {
    Bench bench;
    bench.fake->status_more = set_geometry;
    open_and_run(bench);
    take_reading(bench, 1);
    CHECK(bench.next<Reading>().flags.empty());
    CHECK(status_of(bench).changed_settings.empty());
    bench.fake->status_more =
        " length_m=0.0175 width_m=0.004 thickness_m=0.001 clamp=dual-cantilever";
    CHECK(
        status_of(bench).changed_settings ==
        "clamp=dual-cantilever, was single-cantilever, width_m=0.004, was 0.003"
    );
    take_reading(bench, 2);
    CHECK(bench.next<Reading>().flags == "settings_changed");
    bench.fake->status_more = set_geometry;  // set back
    CHECK(status_of(bench).changed_settings.empty());
    take_reading(bench, 3);
    CHECK(bench.next<Reading>().flags.empty());
}

TEST_CASE("a new method sets what was changed, and it counts from there", "[drivers][q800]") {
    Bench bench;
    bench.fake->status_more = " width_m=0.009";
    REQUIRE(bench.run(bench.instrument->open()).has_value());
    bench.fake->status_more = " width_m=0.008";  // no run is loaded: whatever is set may be changed
    REQUIRE(bench.run(bench.instrument->load(small_method(), small_specimen(), "r")).has_value());
    CHECK(status_of(bench).changed_settings == "width_m=0.008, was 0.003");  // not applied
    bench.fake->status_more = " width_m=0.003";
    CHECK(status_of(bench).changed_settings.empty());
}

TEST_CASE("an instrument that does not tell what is set is not accused", "[drivers][q800]") {
    Bench bench;
    open_and_run(bench);
    CHECK(status_of(bench).changed_settings.empty());
    take_reading(bench, 1);
    CHECK(bench.next<Reading>().flags.empty());
}

TEST_CASE("a unit that was restarted is identified and guarded anew", "[drivers][q800]") {
    Bench bench;
    bench.fake->status_more = " boot=17";
    open_and_run(bench);
    bench.fake->status_more = " boot=18";
    bench.fake->token = "-";
    bench.fake->state = "idle";
    const auto status = bench.run(bench.instrument->status());
    REQUIRE_FALSE(status.has_value());
    CHECK(status.error().code == Errc::unreachable);
    CHECK(status.error().message.find("restarted") != std::string::npos);
    const auto lost = bench.run(bench.instrument->next());
    REQUIRE_FALSE(lost.has_value());
    CHECK(lost.error().message.find("restarted") != std::string::npos);
    const int guards = bench.fake->executed["heartbeat"];
    REQUIRE(bench.run(bench.instrument->open()).has_value());
    CHECK(bench.fake->executed["heartbeat"] == guards + 1);
    CHECK(status_of(bench).run_token != "run-1");  // the run is gone, and nobody pretends otherwise
}

TEST_CASE("the guard is set again although the line is busy: a restart forgets it") {
    Bench bench;
    q800::Options options;
    options.heartbeat_s = 30.0;
    make(bench, options);
    REQUIRE(bench.run(bench.instrument->open()).has_value());
    const auto end = relaxd::drivers::link::after(bench.now(), 31s);
    while (bench.now() < end) {  // as the daemon asks, every two seconds
        static_cast<void>(status_of(bench));
        const auto next = relaxd::drivers::link::after(bench.now(), 2s);
        bench.until([&] { return bench.now() >= next; });
    }
    CHECK(bench.fake->executed["heartbeat"] >= 4);
}

TEST_CASE("a guard that was accepted and is not in force is an error", "[drivers][q800]") {
    Bench bench;
    q800::Options options;
    options.heartbeat_s = 30.0;
    SECTION("at the opening") {
        make(bench, options);
        bench.fake->guard_answer = "0";
        const auto opened = bench.run(bench.instrument->open());
        REQUIRE_FALSE(opened.has_value());
        CHECK(opened.error().code == Errc::corrupt);
        CHECK(opened.error().message.find("told 30 s") != std::string::npos);
        CHECK_FALSE(bench.instrument->is_open());
    }
    SECTION("later") {
        make(bench, options);
        REQUIRE(bench.run(bench.instrument->open()).has_value());
        bench.fake->guard_answer = "3600";
        bench.until([&] { return !bench.instrument->is_open(); });
    }
}

TEST_CASE("another instrument than the pinned one is told nothing but identify") {
    Bench bench;
    q800::Options options;
    options.serial_number = "F-1";
    make(bench, options);
    REQUIRE(bench.run(bench.instrument->open()).has_value());
    bench.fake->hang_up();
    bench.fake->identity =
        "protocol=1 vendor=Fake model=Q800_class serial=F-2 firmware=1.0 simulated=1 keeps=4096";
    bench.fake->received.clear();
    const auto swapped = bench.run(bench.instrument->open());
    REQUIRE_FALSE(swapped.has_value());
    CHECK(swapped.error().code == Errc::refused);
    CHECK(
        swapped.error().message ==
        "another instrument answers: serial number F-2, the configuration expects F-1"
    );
    CHECK(bench.fake->received == std::vector<std::string>{"identify"});
    CHECK_FALSE(bench.instrument->is_open());
}

TEST_CASE("a caller, a reply and a deadline of an earlier opening never meet a later one") {
    Bench bench(100ms);
    REQUIRE(bench.run(bench.instrument->open()).has_value());
    bench.fake->faults = {FaultPlan{"hold", Fault::late, 1}};
    bench.fake->keeps_late = true;
    std::optional<relaxd::Result<void>> earlier;
    bench.spawn(bench.instrument->hold(), earlier);
    bench.until([&] { return bench.fake->received.back() == "hold"; });
    const auto before = bench.instrument->counters();
    // Anew, with the call in flight. The line remembers: its answer comes over the new opening,
    // together with that to `identify`.
    REQUIRE(bench.run(bench.instrument->open()).has_value());
    REQUIRE(earlier.has_value());
    CHECK(earlier->error().code == Errc::cancelled);
    CHECK(bench.instrument->counters().late_replies == before.late_replies + 1);
    CHECK(bench.run(bench.instrument->resume()).has_value());
    // The earlier deadline passes; nothing of the later session ends with it.
    const auto later = relaxd::drivers::link::after(bench.now(), 2s);
    bench.until([&] { return bench.now() >= later; });
    CHECK(bench.instrument->is_open());
    CHECK(bench.instrument->counters().timeouts == before.timeouts);
}

TEST_CASE("a silent instrument is told as silent, one that hangs up is not", "[drivers][q800]") {
    Bench bench(100ms);
    open_and_run(bench);
    std::optional<relaxd::Result<drivers::Delivery>> next;
    bench.spawn(bench.instrument->next(), next);
    SECTION("silent: lost after three questions and the proof") {
        bench.fake->faults = {FaultPlan{"status", Fault::silence, 1000}};
        const auto asked = bench.now();
        CHECK(bench.run(bench.instrument->status()).error().code == Errc::timeout);
        bench.until([&] { return next.has_value(); });
        CHECK(bench.now() <= relaxd::drivers::link::after(asked, 401ms));
        CHECK(next->error().message.starts_with("silent: "));
    }
    SECTION("hung up: at once") {
        const auto before = bench.now();
        bench.fake->hang_up();
        bench.until([&] { return next.has_value(); });
        CHECK(bench.now() == before);
        CHECK(next->error().message.find("silent") == std::string::npos);
    }
    CHECK(next->error().code == Errc::unreachable);
}

TEST_CASE("a parity error reads as NUL, and a line with one is no frame", "[drivers][q800]") {
    Bench bench;
    open_and_run(bench);
    std::string hurt = relaxd::test::reading_line(1);
    bench.fake->readings[1] = hurt;
    bench.fake->newest = 1;
    hurt[10] = '\0';  // what INPCK makes of a byte with bad parity
    bench.fake->emit(hurt);
    bench.fake->emit(framed("S cooling 0 run-1 1 completed"));
    CHECK(bench.next<Reading>().raw == relaxd::test::reading_line(1));  // asked for again
    CHECK(bench.instrument->counters().corrupt_frames == 1);
}

TEST_CASE("an echoed command is no answer", "[drivers][q800]") {
    Bench bench(100ms);
    REQUIRE(bench.run(bench.instrument->open()).has_value());
    const auto before = bench.instrument->counters();
    // A converter that is set to echo: what we send comes back before the answer.
    bench.fake->on_request = [&](const std::string& verb) {
        bench.fake->emit(framed("7 " + verb));
    };
    CHECK(bench.run(bench.instrument->hold()).has_value());
    CHECK(bench.run(bench.instrument->resume()).has_value());
    CHECK(bench.instrument->counters().corrupt_frames == before.corrupt_frames + 2);
    // Alone it is nothing at all.
    bench.fake->faults = {FaultPlan{"hold", Fault::silence, 1000}};
    CHECK(bench.run(bench.instrument->hold()).error().code == Errc::timeout);
}

TEST_CASE("lines that nobody asked for are no answers", "[drivers][q800]") {
    Bench bench;
    open_and_run(bench);
    const auto before = bench.instrument->counters();
    bench.fake->on_request = [&](const std::string& verb) {
        if (verb == "hold") {
            bench.fake->emit(framed("= 999999 hold") + framed("! 0 fault it is hot"));
            take_reading(bench, 1);
        }
    };
    bench.fake->faults = {FaultPlan{"hold", Fault::error_reply, 1}};
    const auto held = bench.run(bench.instrument->hold());
    REQUIRE_FALSE(held.has_value());  // its own answer, not the one that came before
    CHECK(held.error().code == Errc::refused);
    CHECK(bench.instrument->counters().late_replies == before.late_replies + 1);
    CHECK(bench.next<Reading>().number == 1);
}

TEST_CASE("what instruments write instead of a number is no number", "[drivers][q800]") {
    Bench bench;
    open_and_run(bench);
    int corrupt = 0;
    for (const char* word :
         {"NaN", "OFF", "LO", "OVER", "5,2.0000E-2", "inf", "+9.9E37x", "0x10"}) {
        CAPTURE(word);
        bench.fake->emit(framed(
            "R 1 1.5 1 " + std::string(word) +
            " 300 1 0.05 0.12345 1.5e-05 0.02 3e+10 6e+08 0.02 0.0001 3000000 -"
        ));
        ++corrupt;
    }
    take_reading(bench, 1);
    CHECK(bench.next<Reading>().number == 1);  // the whole one; nothing came of the others
    CHECK(bench.instrument->counters().corrupt_frames == static_cast<std::uint64_t>(corrupt));
    // 9.9E37 alone is a number of the grammar, and no temperature: kept, flagged, not fitted.
    std::string line =
        framed("R 2 2.5 1 +9.9E37 300 1 0.05 0.12345 1.5e-05 0.02 3e+10 6e+08 0.02 0.0001 3000000 -"
        );
    bench.fake->readings[2] = line;
    bench.fake->newest = 2;
    bench.fake->emit(line);
    bench.until([&] {
        return bench.instrument->counters().frames + bench.instrument->counters().corrupt_frames >=
               static_cast<std::uint64_t>(corrupt);
    });
    const auto delivery = bench.run(bench.instrument->next());
    REQUIRE(delivery.has_value());
    if (const auto* reading = std::get_if<Reading>(&*delivery)) {
        CHECK(reading->flags.find("invalid") != std::string::npos);
    } else {
        CHECK(std::holds_alternative<relaxd::record::Gap>(*delivery));
    }
}
