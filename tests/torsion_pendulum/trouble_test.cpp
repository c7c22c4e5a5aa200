// SPDX-License-Identifier: MIT
//
// What goes wrong with parts: the reading is flagged or absent, the state says which part and why,
// excitation and heater go to their safe state.
#include "tests/torsion_pendulum/bench.hpp"

using namespace relaxd;
using relaxd::test::Bench;
using relaxd::test::has_flag;

namespace {

const std::string isotherm = R"(mode = "torsion-forced"
drive_amplitude = "1 V"
frequencies = ["2 Hz"]
segments = ["Equilibrate at 400 K", "Isothermal for 60 min"]
)";

void check_safe(Bench& b) {
    CHECK(b.part("generator").numbers["output"] == 0.0);
    CHECK(b.part("controller").numbers["heater"] == 0.0);
}

bool says(const std::string& text, const std::string& words) {
    INFO(text);
    return text.find(words) != std::string::npos;
}

/// A running isotherm, its first reading taken.
void begin(Bench& b) {
    b.begin(isotherm);
    (void)b.next_reading();
    CHECK(b.part("generator").numbers["output"] == 1.0);
}

/// The first of the next readings that has this flag.
bool comes_flag(Bench& b, const std::string& word, int within = 12) {
    for (int i = 0; i < within; ++i) {
        if (has_flag(b.next_reading(), word)) {
            return true;
        }
    }
    return false;
}

}  // namespace

TEST_CASE("an instrument of parts is all of them", "[torsion_pendulum]") {
    Bench b;
    const drivers::Identity identity = b.must(b.instrument->open());
    CHECK(says(identity.text(), "torsion pendulum"));
    CHECK(says(identity.serial_number, "generator SIM-generator"));
    CHECK(identity.simulated);
    CHECK(b.instrument->is_open());
    CHECK(b.instrument->note().empty());
    check_safe(b);
}

TEST_CASE("with a part missing nothing is open, and what is there is safe", "[torsion_pendulum]") {
    Bench b;
    b.part("controller").open_error = Error{Errc::unreachable, "nobody at this address", {}, {}};
    const auto opened = b.run(b.instrument->open());
    REQUIRE_FALSE(opened.has_value());
    CHECK(says(opened.error().sentence(), "part 'controller' (lake_shore)"));
    CHECK(says(opened.error().sentence(), "nobody at this address"));
    CHECK_FALSE(b.instrument->is_open());
    CHECK(says(b.instrument->note(), "part 'controller' (lake_shore): nobody"));
    CHECK(b.part("generator").safes == 1);
    CHECK(b.run(b.instrument->status()).error().code == Errc::unreachable);
    b.part("controller").open_error.message.clear();
    CHECK(b.run(b.instrument->open()).has_value());
    CHECK(b.instrument->note().empty());
}

TEST_CASE("a part that is another is refused", "[torsion_pendulum]") {
    Bench b;
    b.part("generator").open_error = Error{Errc::refused, "it is serial 7, not 5", {}, {}};
    const auto opened = b.run(b.instrument->open());
    REQUIRE_FALSE(opened.has_value());
    CHECK(opened.error().code == Errc::refused);
    CHECK(says(opened.error().sentence(), "part 'generator' (keysight_33500): it is serial 7"));
}

TEST_CASE("a pendulum is real or simulated as a whole", "[torsion_pendulum]") {
    Bench b;
    b.part("gauge").identity.simulated = false;
    const auto opened = b.run(b.instrument->open());
    REQUIRE_FALSE(opened.has_value());
    CHECK(opened.error().code == Errc::refused);
    CHECK(says(opened.error().sentence(), "only some of the parts are simulated"));
}

TEST_CASE(
    "a part that is lost makes the others safe; back, the run goes on", "[torsion_pendulum]"
) {
    Bench b;
    begin(b);
    b.part("generator").lose();
    Result<drivers::Delivery> delivery = b.run(b.instrument->next());
    while (delivery) {
        delivery = b.run(b.instrument->next());
    }
    CHECK(delivery.error().code == Errc::unreachable);
    CHECK(says(delivery.error().sentence(), "part 'generator' (keysight_33500)"));
    CHECK(says(b.instrument->note(), "the cable was pulled"));
    b.settle();
    CHECK(b.part("controller").numbers["heater"] == 0.0);
    CHECK_FALSE(b.instrument->is_open());
    b.pass_s(5.0);
    b.part("generator").why.clear();
    b.must(b.instrument->open());
    const auto status = b.must(b.instrument->status());
    CHECK(status.state == drivers::State::running);
    b.must(b.instrument->fetch_from(status.last_number + 1));
    const record::Reading next = b.next_reading();
    CHECK(has_flag(next, "restored_after_loss"));
    CHECK(next.number == status.last_number + 1);
    CHECK(b.part("generator").numbers["output"] == 1.0);
    CHECK(b.part("controller").numbers["heater"] == 1.0);
    CHECK(b.part("controller").numbers["set_temperature_K"] == 400.0);
}

TEST_CASE("a part that is lost for too long has ended the run", "[torsion_pendulum]") {
    Bench b;
    begin(b);
    b.part("controller").lose();
    b.pass_s(60.0);
    CHECK(b.part("generator").numbers["output"] == 0.0);
    b.must(b.instrument->open());
    const auto status = b.must(b.instrument->status());
    CHECK(status.state == drivers::State::idle);
    CHECK(says(status.end_cause, "longer than heartbeat_s"));
    check_safe(b);
}

TEST_CASE(
    "a part that was switched off and on is told and its window thrown away", "[torsion_pendulum]"
) {
    Bench b;
    begin(b);
    b.part("generator").check.has_rebooted = true;
    CHECK(comes_flag(b, "excitation_rebooted"));
    CHECK(b.must(b.instrument->status()).state == drivers::State::running);
}

TEST_CASE("a change at a front panel is told", "[torsion_pendulum]") {
    Bench b;
    begin(b);
    b.part("generator").check.changed = {"frequency_Hz = 3, was 2"};
    CHECK(comes_flag(b, "excitation_changed"));
    b.part("controller").check.changed = {"set_temperature_K = 500, was 400"};
    CHECK(comes_flag(b, "temperature_changed"));
}

TEST_CASE("a part that does not keep its settings ends the run safely", "[torsion_pendulum]") {
    Bench b;
    begin(b);
    b.part("generator").check.changed = {"amplitude_V = 9, was 1"};
    b.part("generator").check.is_restored = false;
    (void)b.until_end();
    CHECK(says(b.end.cause, "part 'generator' (keysight_33500) does not keep its settings"));
    check_safe(b);
}

TEST_CASE("a part that refuses a set point ends the run safely", "[torsion_pendulum]") {
    Bench b;
    b.must(b.instrument->open());
    b.part("generator").refuses = "amplitude_V";
    b.begin(isotherm);
    (void)b.until_end();
    CHECK(says(b.end.cause, "part 'generator' (keysight_33500) did not take amplitude_V = 0"));
    check_safe(b);
}

TEST_CASE(
    "a controller that is silent leaves readings without temperature, then is lost",
    "[torsion_pendulum]"
) {
    Bench b;
    begin(b);
    b.part("controller").is_silent = true;
    CHECK(comes_flag(b, "temperature_no_answer"));
    const record::Reading reading = b.next_reading();
    CHECK_FALSE(reading.values.has(record::Channel::temperature_K));
    CHECK(says(b.instrument->note(), "part 'controller' (lake_shore): no answer"));
    b.pass_s(40.0);
    CHECK_FALSE(b.instrument->is_open());
    CHECK(says(b.instrument->note(), "part 'controller'"));
    CHECK(b.part("generator").numbers["output"] == 0.0);
}

TEST_CASE("a gauge out of its range leaves its number out and says so", "[torsion_pendulum]") {
    Bench b;
    begin(b);
    b.part("gauge").words["pressure_Pa"] = "overrange";
    CHECK(comes_flag(b, "vacuum_overrange"));
    const record::Reading reading = b.next_reading();
    CHECK(reading.extra.find("pressure_Pa") == reading.extra.end());
    CHECK(reading.waveform);
}

TEST_CASE("a window with lost scans is thrown away and measured again", "[torsion_pendulum]") {
    Bench b;
    begin(b);
    b.part("digitiser").lose_blocks = 2;
    record::Reading reading = b.next_reading();
    while (reading.extra.find("windows_thrown") == reading.extra.end()) {
        reading = b.next_reading();
    }
    CHECK(reading.extra.at("windows_thrown") >= 1.0);
    CHECK(reading.waveform->samples() == 300);
    CHECK(b.part("digitiser").streams == 1);
}

TEST_CASE("a stream that breaks is begun again and time goes on", "[torsion_pendulum]") {
    Bench b;
    begin(b);
    const record::Reading before = b.next_reading();
    b.part("digitiser").breaks = true;
    record::Reading reading = b.next_reading();
    while (!has_flag(reading, "stream_restarted")) {
        reading = b.next_reading();
    }
    CHECK(b.part("digitiser").streams == 2);
    CHECK(reading.time_s > before.time_s);
    CHECK(reading.time_s < before.time_s + 10.0);
}

TEST_CASE("a stream that falls silent is begun again", "[torsion_pendulum]") {
    Bench b;
    begin(b);
    b.part("digitiser").is_stalled = true;
    b.pass_s(11.0);
    b.part("digitiser").is_stalled = false;
    CHECK(comes_flag(b, "stream_restarted"));
    CHECK(b.part("digitiser").streams >= 2);
}

TEST_CASE("held, nothing oscillates and no time passes in the method", "[torsion_pendulum]") {
    Bench b;
    b.begin(R"(mode = "torsion-forced"
drive_amplitude = "1 V"
frequencies = ["2 Hz"]
segments = ["Equilibrate at 400 K", "Isothermal for 1 min"])");
    (void)b.next_reading();
    b.must(b.instrument->hold());
    CHECK(b.part("generator").numbers["output"] == 0.0);
    CHECK(b.part("controller").numbers["heater"] == 1.0);
    const auto last = b.must(b.instrument->status()).last_number;
    b.pass_s(600.0);
    CHECK(b.must(b.instrument->status()).last_number == last);
    CHECK(b.must(b.instrument->status()).state == drivers::State::holding);
    b.must(b.instrument->resume());
    const auto readings = b.readings_until_end();
    CHECK(b.end.cause == "completed");
    CHECK(readings.size() > 20);  // a minute of windows of 1.5 s
    CHECK(readings.back().time_s > 650.0);
}

TEST_CASE("stop and safe end a run with everything off", "[torsion_pendulum]") {
    for (const bool is_stop : {true, false}) {
        Bench b;
        begin(b);
        if (is_stop) {
            b.must(b.instrument->stop());
        } else {
            b.must(b.instrument->safe());
        }
        check_safe(b);
        const auto status = b.must(b.instrument->status());
        CHECK(status.state == drivers::State::idle);
        CHECK(status.end_cause == (is_stop ? "stopped" : "safe"));
    }
}

TEST_CASE("closing ends what waits, and the next opening goes on", "[torsion_pendulum]") {
    Bench b;
    begin(b);
    std::optional<Result<drivers::Delivery>> waiting;
    do {
        waiting.reset();
        b.spawn(b.instrument->next(), waiting);
        b.settle();
    } while (waiting);
    b.instrument->close();
    b.settle();
    REQUIRE(waiting);
    CHECK(waiting->error().code == Errc::cancelled);
    b.pass_s(3.0);
    b.must(b.instrument->open());
    const auto status = b.must(b.instrument->status());
    CHECK(status.state == drivers::State::running);
    b.must(b.instrument->fetch_from(1));
    CHECK(b.next_reading().number == 1);
}

TEST_CASE("a segment ends after the reading that it is told", "[torsion_pendulum]") {
    Bench b;
    begin(b);
    b.must(b.instrument->end_segment_after(4));
    const auto readings = b.readings_until_end();
    CHECK(b.end.cause == "completed");
    CHECK(readings.back().number == 4);
}
