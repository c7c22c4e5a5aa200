// SPDX-License-Identifier: MIT
//
// What the driver promises (drivers/api/CONTRACT.md), against a scripted instrument in memory.
#include "tests/q800_class/bench_fixture.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <algorithm>
#include <cmath>

using namespace std::chrono_literals;
using relaxd::Errc;
using relaxd::record::Channel;
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

TEST_CASE("I-1 open() reads the identity and arms the heartbeat", "[drivers][q800]") {
    Bench bench;
    const auto identity = bench.run(bench.instrument->open());
    REQUIRE(identity.has_value());
    CHECK(identity->vendor == "Fake");
    CHECK(identity->model == "Q800 class");
    CHECK(identity->serial_number == "F-1");
    CHECK(identity->simulated);
    CHECK(bench.instrument->is_open());
    CHECK(bench.fake->received == std::vector<std::string>{"identify", "status", "heartbeat 3600"});
    CHECK(identity->text() == "Fake Q800 class, serial F-1, firmware 1.0");
}

TEST_CASE("I-1 another protocol is not opened", "[drivers][q800]") {
    Bench bench;
    bench.fake->identity = "protocol=2 vendor=A model=B serial=C firmware=D simulated=0 keeps=4096";
    const auto identity = bench.run(bench.instrument->open());
    REQUIRE_FALSE(identity.has_value());
    CHECK(identity.error().code == Errc::refused);
    CHECK_FALSE(bench.instrument->is_open());
}

TEST_CASE("a second host is told that the instrument is busy", "[drivers][q800]") {
    Bench bench;
    bench.fake->on_request = [&](const std::string&) {
        bench.fake->emit(framed("! 0 busy another host is connected"));
    };
    const auto identity = bench.run(bench.instrument->open());
    REQUIRE_FALSE(identity.has_value());
    CHECK(identity.error().code == Errc::busy);
}

TEST_CASE("a method is downloaded line by line and armed under its token", "[drivers][q800]") {
    Bench bench;
    open_and_run(bench);
    const std::vector<std::string> expected{
        "method begin run-1 7",
        "method line 1 mode multi-frequency-strain",
        "method line 2 clamp single-cantilever",
        "method line 3 geometry length_m=0.0175 width_m=0.003 thickness_m=0.001 poisson_ratio=0.35",
        "method line 4 amplitude displacement_m=1.5e-05",
        "method line 5 frequencies 1 2",
        "method line 6 segment equilibrate temperature_K=300",
        "method line 7 segment ramp rate_K_per_s=0.05 temperature_K=550",
        "method commit",
        "start run-1",
    };
    const auto& received = bench.fake->received;
    CHECK(std::vector<std::string>(received.begin() + 3, received.end()) == expected);
}

TEST_CASE("I-2 readings come in the order taken, whole, with both clocks", "[drivers][q800]") {
    Bench bench;
    open_and_run(bench);
    bench.timing.advance_s(12.0);
    take_reading(bench, 1);
    take_reading(bench, 2);
    for (std::uint64_t n = 1; n <= 2; ++n) {
        const auto reading = bench.next<Reading>();
        CHECK(reading.number == n);
        CHECK(reading.raw == reading_line(n));
        CHECK(reading.simulated);
        CHECK(reading.flags.empty());
        CHECK(reading.received_steady.ns == 12'000'000'000);
        CHECK(reading.values.get(Channel::storage_modulus_Pa) == 3e10);
        CHECK(reading.values.get(Channel::temperature_K) == 300.12);
    }
}

TEST_CASE("I-2 a hole is asked for again and order is restored", "[drivers][q800]") {
    Bench bench;
    open_and_run(bench);
    take_reading(bench, 1);
    take_reading(bench, 2, true);
    take_reading(bench, 3, true);
    take_reading(bench, 4);
    for (std::uint64_t n = 1; n <= 4; ++n) {
        CHECK(bench.next<Reading>().number == n);
    }
    CHECK(bench.instrument->counters().resent == 2);
    CHECK(bench.fake->received.back() == "resend 2 3");
}

TEST_CASE(
    "I-2 what the instrument no longer keeps is one gap with count and times", "[drivers][q800]"
) {
    Bench bench;
    open_and_run(bench);
    take_reading(bench, 1);
    bench.until([&] { return bench.instrument->counters().frames > 14; });
    take_reading(bench, 6);
    CHECK(bench.next<Reading>().number == 1);
    const auto gap = bench.next<Gap>();
    CHECK(gap.first_number == 2);
    CHECK(gap.missing == 4);
    CHECK(gap.from_time_s == 1.5);
    CHECK(gap.to_time_s == 6.5);
    CHECK(gap.cause == "instrument memory overrun");
    CHECK(bench.next<Reading>().number == 6);
}

TEST_CASE("I-3 a method outside the limits is refused before any byte is sent", "[drivers][q800]") {
    Bench bench;
    REQUIRE(bench.run(bench.instrument->open()).has_value());
    auto hot = small_method();
    hot.segments[1].temperature_K = 900.0;
    hot.segments[1].text = "Ramp 3 K/min to 900 K";
    const auto refused = bench.run(bench.instrument->load(hot, small_specimen(), "run-1"));
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == Errc::refused);
    CHECK(refused.error().sentence().find("Ramp 3 K/min to 900 K") != std::string::npos);
    CHECK(refused.error().sentence().find("873.15") != std::string::npos);
    CHECK(bench.fake->received.size() == 3);
}

TEST_CASE("I-13 what the specimen lacks is the instrument's, and it says what", "[drivers][q800]") {
    Bench bench;
    REQUIRE(bench.run(bench.instrument->open()).has_value());
    CHECK(std::isnan(bench.instrument->geometry_in_force().length_m));
    auto specimen = small_specimen();
    specimen.width_m = relaxd::record::unknown;
    specimen.poisson_ratio = relaxd::record::unknown;
    bench.fake->geometry = " length_m=0.0175 width_m=0.0123 thickness_m=0.001 poisson_ratio=-";
    REQUIRE(bench.run(bench.instrument->load(small_method(), specimen, "run-1")).has_value());
    const auto geometry = bench.instrument->geometry_in_force();
    CHECK(geometry.length_m == 0.0175);
    CHECK(geometry.width_m == 0.0123);
    CHECK(geometry.thickness_m == 0.001);
    CHECK(std::isnan(geometry.poisson_ratio));
    // One that says nothing about its geometry is loaded, too.
    bench.fake->geometry.clear();
    REQUIRE(bench.run(bench.instrument->load(small_method(), specimen, "run-2")).has_value());
    CHECK(std::isnan(bench.instrument->geometry_in_force().width_m));
}

TEST_CASE("I-13 another dimension than was given is not accepted", "[drivers][q800]") {
    const auto* const told = GENERATE(
        " length_m=0.0175 width_m=0.0123 thickness_m=0.001 poisson_ratio=0.35",
        " length_m=0.0175 width_m=wide thickness_m=0.001 poisson_ratio=0.35"
    );
    Bench bench;
    REQUIRE(bench.run(bench.instrument->open()).has_value());
    bench.fake->geometry = told;
    const auto loaded =
        bench.run(bench.instrument->load(small_method(), small_specimen(), "run-1"));
    REQUIRE_FALSE(loaded.has_value());
    CHECK(loaded.error().code == Errc::corrupt);
    CHECK(loaded.error().sentence().find("width_m") != std::string::npos);
    CHECK(bench.instrument->state() == relaxd::drivers::State::unknown);
}

TEST_CASE("a late reply never becomes the next request's value", "[drivers][q800]") {
    Bench bench(15ms);
    REQUIRE(bench.run(bench.instrument->open()).has_value());
    bench.fake->token = "old";
    bench.fake->faults = {FaultPlan{"status", Fault::late, 3}};
    const auto first = bench.run(bench.instrument->status());
    REQUIRE_FALSE(first.has_value());
    CHECK(first.error().code == Errc::timeout);
    bench.fake->token = "new";
    const auto second = bench.run(bench.instrument->status());
    REQUIRE(second.has_value());
    CHECK(second->run_token == "new");
    CHECK(bench.instrument->counters().late_replies == 3);
    CHECK(bench.instrument->counters().timeouts == 3);
    // the sentinel, then the request itself, each with its own ID
    CHECK(bench.fake->executed["status"] == 4);
}

TEST_CASE("a repeated request is executed once", "[drivers][q800]") {
    Bench bench(15ms);
    REQUIRE(bench.run(bench.instrument->open()).has_value());
    bench.fake->faults = {FaultPlan{"hold", Fault::silence, 2}};
    CHECK(bench.run(bench.instrument->hold()).has_value());
    CHECK(bench.fake->executed["hold"] == 1);
    CHECK(bench.instrument->counters().timeouts == 2);
}

TEST_CASE("a line that the instrument saw corrupt is sent again at once", "[drivers][q800]") {
    Bench bench(2000ms);
    REQUIRE(bench.run(bench.instrument->open()).has_value());
    bench.fake->faults = {FaultPlan{"hold", Fault::silence, 1}};
    bench.fake->on_request = [&](const std::string& verb) {
        if (verb == "hold" && bench.fake->executed["hold"] == 0) {
            bench.fake->emit(framed("! 0 bad_crc line dropped"));
        }
    };
    CHECK(bench.run(bench.instrument->hold()).has_value());
    CHECK(bench.instrument->counters().timeouts == 0);
}

TEST_CASE("an instrument that stopped answering ends as unreachable", "[drivers][q800]") {
    Bench bench(10ms);
    REQUIRE(bench.run(bench.instrument->open()).has_value());
    bench.fake->faults = {FaultPlan{"status", Fault::silence, 1000}};
    CHECK(bench.run(bench.instrument->status()).error().code == Errc::timeout);
    CHECK(bench.run(bench.instrument->status()).error().code == Errc::unreachable);
    CHECK_FALSE(bench.instrument->is_open());
    CHECK(bench.run(bench.instrument->hold()).error().code == Errc::unreachable);
}

TEST_CASE(
    "I-6 every step survives every failure and ends in a named state", "[drivers][q800][fault]"
) {
    const std::string verb = GENERATE(
        as<std::string>(),
        "identify",
        "status",
        "heartbeat",
        "method begin",
        "method line",
        "method commit",
        "start",
        "hold",
        "resume",
        "stop",
        "safe"
    );
    const Fault fault = GENERATE(
        Fault::silence, Fault::disconnect, Fault::corrupt_byte, Fault::error_reply, Fault::late
    );
    const int times = GENERATE(1, 3);
    CAPTURE(verb, static_cast<int>(fault), times);
    Bench bench(10ms);
    bench.fake->faults = {FaultPlan{verb, fault, times}};
    auto ok = bench.run(bench.instrument->open()).has_value();
    if (!ok) {
        CHECK_FALSE(bench.instrument->is_open());  // I-1: no half-open state
    }
    std::vector<relaxd::Result<void>> outcomes;
    if (ok) {
        auto& i = *bench.instrument;
        outcomes.push_back(bench.run(i.load(small_method(), small_specimen(), "run-1")));
        outcomes.push_back(bench.run(i.start()));
        outcomes.push_back(bench.run(i.hold()));
        outcomes.push_back(bench.run(i.resume()));
        outcomes.push_back(bench.run(i.stop()));
        outcomes.push_back(bench.run(i.safe()));
    }
    for (const auto& outcome : outcomes) {
        if (!outcome) {
            const Errc code = outcome.error().code;
            CHECK((code == Errc::timeout || code == Errc::unreachable || code == Errc::refused));
            CHECK_FALSE(outcome.error().message.empty());
        }
    }
    bench.fake->faults.clear();
    if (!bench.instrument->is_open()) {
        CHECK(bench.instrument->state() == drivers::State::unknown);
        REQUIRE(bench.run(bench.instrument->open()).has_value());  // I-9: open() cures it
    }
    const auto status = bench.run(bench.instrument->status());
    REQUIRE(status.has_value());
    CHECK(bench.instrument->state() == status->state);
    CHECK(status->state != drivers::State::unknown);
}

TEST_CASE(
    "I-7 safe() does not wait for the exchange in flight and is read back", "[drivers][q800]"
) {
    Bench bench(200ms);
    open_and_run(bench);
    bench.fake->faults = {FaultPlan{"hold", Fault::silence, 1000}};
    std::optional<relaxd::Result<void>> held;
    bench.spawn(bench.instrument->hold(), held);
    bench.until([&] { return bench.fake->received.back() == "hold"; });
    CHECK(bench.run(bench.instrument->safe()).has_value());
    CHECK_FALSE(held.has_value());
    CHECK(bench.instrument->state() == drivers::State::idle);
    bench.until([&] { return held.has_value(); });
}

TEST_CASE("I-7 safe() that is accepted and not followed is an error", "[drivers][q800]") {
    Bench bench;
    open_and_run(bench);
    bench.fake->on_request = [&](const std::string& verb) {
        if (verb == "status") {
            bench.fake->state = "running";
        }
    };
    const auto outcome = bench.run(bench.instrument->safe());
    REQUIRE_FALSE(outcome.has_value());
    CHECK(outcome.error().code == Errc::refused);
}

TEST_CASE("I-12 destruction completes what is in flight with cancelled", "[drivers][q800]") {
    Bench bench(2000ms);
    open_and_run(bench);
    bench.fake->faults = {FaultPlan{"hold", Fault::silence, 1000}};
    std::optional<relaxd::Result<void>> held;
    std::optional<relaxd::Result<drivers::Delivery>> next;
    bench.spawn(bench.instrument->hold(), held);
    bench.spawn(bench.instrument->next(), next);
    bench.until([&] { return bench.fake->received.back() == "hold"; });
    bench.instrument.reset();
    bench.until([&] { return held.has_value() && next.has_value(); });
    CHECK(held->error().code == Errc::cancelled);
    CHECK(next->error().code == Errc::cancelled);
}

TEST_CASE("a caller may cancel any call and go on with others", "[drivers][q800]") {
    Bench bench(60ms);
    open_and_run(bench);
    bench.fake->faults = {FaultPlan{"hold", Fault::silence, 1000}};
    for (int i = 0; i < 3; ++i) {
        bool next_ended = false;
        bool hold_ended = false;
        boost::asio::cancellation_signal stop_next;
        boost::asio::cancellation_signal stop_hold;
        boost::asio::co_spawn(
            bench.io,
            bench.instrument->next(),
            boost::asio::bind_cancellation_slot(
                stop_next.slot(), [&](const std::exception_ptr&, auto) { next_ended = true; }
            )
        );
        boost::asio::co_spawn(
            bench.io,
            bench.instrument->hold(),
            boost::asio::bind_cancellation_slot(
                stop_hold.slot(), [&](const std::exception_ptr&, auto) { hold_ended = true; }
            )
        );
        bench.until([&] { return bench.fake->received.back() == "hold"; });
        stop_next.emit(boost::asio::cancellation_type::terminal);
        stop_hold.emit(boost::asio::cancellation_type::terminal);
        bench.until([&] { return next_ended && hold_ended; });
        CHECK(bench.run(bench.instrument->status()).has_value());
    }
    take_reading(bench, 1);
    CHECK(bench.next<Reading>().number == 1);
}

TEST_CASE("acknowledgements are coalesced, the newest wins", "[drivers][q800]") {
    Bench bench;
    open_and_run(bench);
    for (std::uint64_t n = 1; n <= 250; ++n) {
        bench.instrument->acknowledge(n);
    }
    bench.until([&] { return bench.fake->received.back() == "ack 250"; });
    CHECK(bench.fake->executed["ack"] <= 3);
    bench.instrument->allow_until(17);
    bench.instrument->allow_until(18);
    bench.until([&] { return bench.fake->received.back() == "allow 18"; });
}

TEST_CASE("truth comes in slices, run parameters first", "[drivers][q800]") {
    Bench bench;
    open_and_run(bench);
    const auto truth = bench.run(bench.instrument->truth(1, 2500));
    REQUIRE(truth.has_value());
    REQUIRE(truth->size() == 2502);
    CHECK((*truth)[0].seq == 0);
    CHECK((*truth)[0].parameter == "E_u_Pa");
    CHECK(truth->back().seq == 2500);
    const auto& received = bench.fake->received;
    CHECK(std::count(received.begin(), received.end(), "truth 1001 2000") == 1);
    CHECK(std::count(received.begin(), received.end(), "truth 2001 2500") == 1);
}

TEST_CASE("the heartbeat is renewed before a third of it is over", "[drivers][q800]") {
    Bench bench;
    relaxd::test::q800::Options options;
    options.heartbeat_s = 1.0;
    bench.instrument = std::make_unique<relaxd::test::q800::Q800Instrument>(
        bench.io.get_executor(),
        std::make_unique<relaxd::test::MemoryOpener>(
            bench.io.get_executor(), bench.timing, bench.fake
        ),
        bench.timing,
        options
    );
    REQUIRE(bench.run(bench.instrument->open()).has_value());
    const auto before = bench.now();
    bench.until([&] { return bench.fake->executed["heartbeat"] == 4; });
    CHECK(bench.now() <= relaxd::drivers::link::after(before, 1s));
}

TEST_CASE("columns are asked for where they are on offer, and only there", "[drivers][q800]") {
    const std::string asked = "method line 4 columns position_m length_m";
    const auto lines = [](Bench& bench) {
        REQUIRE(bench.run(bench.instrument->open()).has_value());
        REQUIRE(
            bench.run(bench.instrument->load(small_method(), small_specimen(), "run-1")).has_value()
        );
        return bench.fake->received;
    };
    Bench plain;
    const auto without = lines(plain);
    CHECK(std::none_of(without.begin(), without.end(), [](const std::string& line) {
        return line.find("columns") != std::string::npos;
    }));
    Bench bench;
    bench.fake->identity += " columns=length_m,position_m,humidity";
    const auto with = lines(bench);
    CHECK(std::find(with.begin(), with.end(), asked) != with.end());
}
