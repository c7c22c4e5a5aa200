// SPDX-License-Identifier: MIT
//
// A described device as an instrument whose method the host executes: clauses I-1 … of
// drivers/api/CONTRACT.md as far as they apply.
#include "tests/protocol_file/bench.hpp"

#include <filesystem>
#include <unistd.h>

using namespace relaxd;
using namespace relaxd::test;
using drivers::Delivery;
using drivers::State;
using drivers::StateChange;
using record::Channel;
using record::Gap;
using record::Reading;

namespace {

std::vector<Reading> readings_in(const std::vector<Delivery>& all) {
    std::vector<Reading> out;
    for (const Delivery& one : all) {
        if (const auto* reading = std::get_if<Reading>(&one)) {
            out.push_back(*reading);
        }
    }
    return out;
}

Result<void> check(Bench& bench, const std::string& text) {
    const auto parsed = method::parse(text);
    INFO((parsed ? std::string() : parsed.error().sentence()));
    REQUIRE(parsed.has_value());
    return bench.instrument->check(*parsed, {});
}

std::string method_of(const std::string& segments, const std::string& more = {}) {
    return "mode = \"torsion-forced\"\nclamp = \"torsion\"\nfrequencies = [\"0.5 Hz\"]\n" + more +
           "segments = [" + segments + "]\n";
}

struct TemporaryFile {
    TemporaryFile()
        : path((std::filesystem::temp_directory_path() /
                ("relaxd-description-" + std::to_string(::getpid()) + ".toml"))
                   .string()) {}
    ~TemporaryFile() { std::filesystem::remove(path); }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    void write(const std::string& text) const { std::ofstream(path) << text; }
    std::string path;
};

}  // namespace

TEST_CASE("I-1 an opened device is identified, safe and read back", "[protocol_file]") {
    Bench bench;
    bench.device.turn("drive_amplitude_mA", 30.0);  // a host before us died
    bench.device.turn("set_temperature_degC", 200.0);
    const auto identity = bench.must(bench.instrument->open());
    CHECK(identity.text() == "Workshop pendulum electronics, serial 0001, firmware simulated");
    CHECK(bench.device.value("drive_amplitude_mA") == 0.0);
    CHECK(bench.device.value("set_temperature_degC") == 20.0);
    const auto status = bench.must(bench.instrument->status());
    CHECK(status.state == State::idle);
    CHECK(status.set_temperature_K == Approx(293.15));
    CHECK_FALSE(bench.instrument->proven());
}

TEST_CASE("I-2 a method becomes numbered readings and ends safe", "[protocol_file]") {
    Bench bench;
    bench.must(bench.instrument->open());
    bench.begin(isothermal);
    CHECK(bench.device.value("drive_amplitude_mA") == 10.0);  // [start]
    CHECK(bench.device.value("frequency_Hz") == 0.5);         // the method's
    const auto all = bench.until_end();
    const auto readings = readings_in(all);
    // 20 s by 0.5 s; then 10 K at 1 K/s, by 0.5 s
    REQUIRE(readings.size() == 40 + 20);
    for (std::size_t i = 0; i < readings.size(); ++i) {
        CHECK(readings[i].number == i + 1);
        CHECK(readings[i].simulated);
        CHECK(readings[i].segment == (i < 40 ? 3 : 4));
        CHECK(readings[i].values.has(Channel::angle_rad));
        CHECK(readings[i].extra.count("torque_current_A") == 1);
        CHECK(readings[i].raw.find("M ") == 0);
        CHECK(readings[i].flags.empty());
    }
    CHECK(readings[0].values.has(Channel::frequency_Hz));
    CHECK_FALSE(readings[1].values.has(Channel::frequency_Hz));  // asked every 5 s
    CHECK(readings[10].values.has(Channel::frequency_Hz));
    CHECK(readings[1].time_s - readings[0].time_s == Approx(0.5).margin(0.1));
    CHECK(readings[39].values[Channel::temperature_K] == Approx(320.0).margin(0.1));
    CHECK(readings.back().values[Channel::set_temperature_K] == Approx(330.0).margin(1.1));
    const auto* last = std::get_if<StateChange>(&all.back());
    REQUIRE(last != nullptr);
    CHECK(last->cause == "completed");
    CHECK(last->state == State::idle);
    CHECK(bench.device.value("drive_amplitude_mA") == 0.0);
    CHECK(bench.device.value("set_temperature_degC") == 20.0);
    const auto status = bench.must(bench.instrument->status());
    CHECK(status.end_cause == "completed");
    CHECK(status.run_token == "token");
    CHECK(status.last_number == 60);
}

TEST_CASE("I-2 readings can be had again, and what is not kept is a gap", "[protocol_file]") {
    Bench bench;
    bench.must(bench.instrument->open());
    bench.begin(method_of("\"Isothermal for 1400 s\""));
    const auto all = readings_in(bench.until_end());
    REQUIRE(all.size() == 1400);
    bench.must(bench.instrument->fetch_from(1399));
    const auto again = bench.must(bench.instrument->next());
    REQUIRE(std::holds_alternative<Reading>(again));
    CHECK(std::get<Reading>(again).number == 1399);
    CHECK(std::get<Reading>(again).raw == all[1398].raw);
    bench.instrument->acknowledge(1400);
    bench.must(bench.instrument->fetch_from(1));
    const auto lost = bench.must(bench.instrument->next());
    REQUIRE(std::holds_alternative<Gap>(lost));
    CHECK(std::get<Gap>(lost).first_number == 1);
    const auto first = bench.must(bench.instrument->next());
    REQUIRE(std::holds_alternative<Reading>(first));
    CHECK(std::get<Reading>(first).number == std::get<Gap>(lost).missing + 1);
}

TEST_CASE("I-3 I-4 what the device cannot do is refused before a byte is sent", "[protocol_file]") {
    Bench bench;
    bench.must(bench.instrument->open());
    bench.heard.clear();
    struct Case {
        std::string text;
        const char* says;
    };
    const Case wrong = GENERATE(
        Case{method_of("\"Equilibrate at 800 K\""), "723.15"},
        Case{method_of("\"Ramp 3 K/min to 800 K\""), "segment 1"},
        Case{method_of("\"Jump to 200 K\""), "273.15"},
        Case{method_of("\"Isothermal until chi is known to 0.005, at most 60 min\""), "cannot do"},
        Case{
            "mode = \"torsion-forced\"\nclamp = \"torsion\"\nfrequencies = [\"1 Hz\", \"2 Hz\"]\n"
            "segments = [\"Isothermal for 1 s\"]\n",
            "one frequency"
        },
        Case{
            "mode = \"torsion-forced\"\nclamp = \"torsion\"\nfrequencies = [\"6 Hz\"]\n"
            "segments = [\"Isothermal for 1 s\"]\n",
            "highest"
        },
        Case{
            "mode = \"multi-frequency-strain\"\nclamp = \"tension\"\namplitude = \"15 um\"\n"
            "frequencies = [\"1 Hz\"]\nsegments = [\"Isothermal for 1 s\"]\n",
            "multi-frequency-strain"
        }
    );
    const auto checked = check(bench, wrong.text);
    REQUIRE_FALSE(checked.has_value());
    INFO(checked.error().sentence());
    CHECK(checked.error().code == Errc::refused);
    CHECK(checked.error().sentence().find(wrong.says) != std::string::npos);
    const auto parsed = method::parse(wrong.text);
    CHECK(bench.run(bench.instrument->load(*parsed, {}, "t")).error().code == Errc::refused);
    CHECK(bench.heard.empty());
}

TEST_CASE("I-7 stop ends the run safely, and safe does at any time", "[protocol_file]") {
    Bench bench;
    bench.must(bench.instrument->open());
    bench.begin(method_of("\"Jump to 400 K\", \"Isothermal for 1000 s\""));
    bench.pass_s(10.0);
    const bool is_stop = GENERATE(true, false);
    if (is_stop) {
        bench.must(bench.instrument->stop());
    } else {
        bench.must(bench.instrument->safe());
    }
    CHECK(bench.device.value("set_temperature_degC") == 20.0);
    CHECK(bench.device.value("drive_amplitude_mA") == 0.0);
    const auto all = bench.until_end();
    CHECK(std::get<StateChange>(all.back()).cause == (is_stop ? "stopped" : "safe"));
    CHECK(bench.must(bench.instrument->status()).state == State::idle);
    bench.must(bench.instrument->safe());
}

TEST_CASE("a run that is held takes no readings and goes on where it was", "[protocol_file]") {
    Bench bench;
    bench.must(bench.instrument->open());
    bench.begin(method_of("\"Isothermal for 20 s\""));
    bench.pass_s(10.2);
    bench.must(bench.instrument->hold());
    CHECK(bench.must(bench.instrument->status()).state == State::holding);
    const auto before = bench.must(bench.instrument->status()).last_number;
    bench.pass_s(100.0);
    CHECK(bench.must(bench.instrument->status()).last_number == before);
    bench.must(bench.instrument->resume());
    CHECK(readings_in(bench.until_end()).size() == 20);
}

TEST_CASE("I-9 what was received before the link was lost is still delivered", "[protocol_file]") {
    Bench bench;
    bench.must(bench.instrument->open());
    bench.begin(method_of("\"Isothermal for 60 s\""));
    bench.pass_s(10.5);
    bench.unplug();
    bench.settle();
    CHECK(bench.run(bench.instrument->status()).error().code == Errc::unreachable);
    std::size_t readings = 0;
    while (true) {  // what was received before is still delivered
        const auto next = bench.run(bench.instrument->next());
        if (!next) {
            CHECK(next.error().code == Errc::unreachable);
            break;
        }
        readings += std::holds_alternative<Reading>(*next) ? 1 : 0;
    }
    CHECK(readings == 10);
}

TEST_CASE("I-9 a run goes on after its link was lost for a moment", "[protocol_file]") {
    Bench bench;
    bench.must(bench.instrument->open());
    bench.begin(method_of("\"Isothermal for 60 s\""));
    bench.pass_s(10.5);
    bench.unplug();
    bench.settle();
    bench.instrument->close();
    bench.pass_s(5.0);
    bench.must(bench.instrument->open());
    CHECK(bench.must(bench.instrument->status()).state == State::running);
    bench.must(bench.instrument->fetch_from(1));
    const auto all = bench.until_end();
    std::uint64_t next = 1;
    std::uint64_t missing = 0;
    for (const Delivery& one : all) {
        if (const auto* reading = std::get_if<Reading>(&one)) {
            CHECK(reading->number == next);
            ++next;
        } else if (const auto* gap = std::get_if<Gap>(&one)) {
            CHECK(gap->first_number == next);
            next += gap->missing;
            missing += gap->missing;
        }
    }
    CHECK(next == 61);
    CHECK(missing >= 5);
    CHECK(missing <= 8);  // the proof of being in step takes its time
    CHECK(std::get<StateChange>(all.back()).cause == "completed");
}

TEST_CASE(
    "a link that is lost for too long ends the run, and the device is made safe", "[protocol_file]"
) {
    Bench bench;
    bench.must(bench.instrument->open());
    bench.begin(method_of("\"Jump to 400 K\", \"Isothermal for 1000 s\""));
    bench.pass_s(10.0);
    bench.unplug();
    bench.settle();
    bench.instrument->close();
    bench.pass_s(31.0);
    CHECK(bench.device.value("set_temperature_degC") == Approx(126.85));
    bench.must(bench.instrument->open());
    CHECK(bench.device.value("set_temperature_degC") == 20.0);
    const auto status = bench.must(bench.instrument->status());
    CHECK(status.state == State::idle);
    CHECK(status.end_cause.find("heartbeat_s") != std::string::npos);
}

TEST_CASE("a stop that cannot reach the device is done when it is back", "[protocol_file]") {
    Bench bench;
    bench.must(bench.instrument->open());
    bench.begin(method_of("\"Jump to 400 K\", \"Isothermal for 1000 s\""));
    bench.pass_s(10.0);
    bench.unplug();
    bench.settle();
    CHECK(bench.run(bench.instrument->stop()).error().code == Errc::unreachable);
    bench.must(bench.instrument->open());
    CHECK(bench.device.value("set_temperature_degC") == 20.0);
    const auto status = bench.must(bench.instrument->status());
    CHECK(status.state == State::idle);
    CHECK(status.end_cause == "stopped");
}

TEST_CASE(
    "a device that reboots in a run is put right and its data are flagged", "[protocol_file]"
) {
    Bench bench;
    bench.must(bench.instrument->open());
    bench.begin(method_of("\"Jump to 400 K\", \"Isothermal for 60 s\""));
    bench.pass_s(20.2);
    bench.device.reboot();
    const auto readings = readings_in(bench.until_end());
    REQUIRE(readings.size() == 60);
    CHECK(readings[19].flags.empty());
    CHECK(readings[20].flags.find("settings_changed") != std::string::npos);
    CHECK(readings[21].flags.find("rebooted") != std::string::npos);
    CHECK(readings[21].values[Channel::set_temperature_K] == Approx(400.0));
    CHECK(readings[30].flags.empty());
}

TEST_CASE("a missing quantity is absent, and a flag says why", "[protocol_file]") {
    Bench bench;
    bench.must(bench.instrument->open());
    bench.begin(method_of("\"Isothermal for 20 s\""));
    bench.pass_s(5.5);
    bench.device.say_status("OVL");
    bench.pass_s(2.0);
    bench.device.say_status("");
    bench.latency_s = 0.45;
    bench.pass_s(1.0);
    bench.latency_s = 0.005;
    const auto all = bench.until_end();
    std::uint64_t unanswered = 0;
    std::uint64_t overloaded = 0;
    for (const Delivery& one : all) {
        if (const auto* reading = std::get_if<Reading>(&one)) {
            const bool is_flagged = reading->flags.find("overload") != std::string::npos;
            overloaded += is_flagged ? 1 : 0;
            unanswered += reading->flags.find("no_answer") != std::string::npos ? 1 : 0;
            CHECK(reading->values.has(Channel::angle_rad) == reading->flags.empty());
        }
    }
    CHECK(overloaded == 2);
    CHECK(unanswered >= 1);
}

TEST_CASE("I-12 closing ends what waits with cancelled", "[protocol_file]") {
    Bench bench;
    bench.must(bench.instrument->open());
    std::optional<Result<Delivery>> next;
    bench.spawn(bench.instrument->next(), next);
    bench.settle();
    bench.instrument->close();
    bench.settle();
    REQUIRE(next.has_value());
    CHECK(next->error().code == Errc::cancelled);
    CHECK(bench.run(bench.instrument->status()).error().code == Errc::unreachable);
}

TEST_CASE("a description that changes is taken up when no run is on", "[protocol_file]") {
    const TemporaryFile file;
    file.write(pendulum_text());
    Bench bench(pendulum_text(), file.path);
    bench.must(bench.instrument->open());
    CHECK(bench.must(bench.instrument->status()).state == State::idle);
    std::string text = pendulum_text();
    const std::size_t at = text.find("highest = 450");
    SECTION("a wrong one is told and not taken") {
        file.write(text.substr(0, at) + "hihgest = 450" + text.substr(at + 13));
        CHECK(bench.must(bench.instrument->status()).state == State::idle);
        CHECK(bench.instrument->note().find("hihgest") != std::string::npos);
        CHECK(bench.instrument->note().find("highest") != std::string::npos);
        CHECK(check(bench, method_of("\"Equilibrate at 700 K\"")).has_value());
    }
    SECTION("a good one is") {
        file.write(text.substr(0, at) + "highest = 40" + text.substr(at + 13));
        const auto status = bench.run(bench.instrument->status());
        REQUIRE_FALSE(status.has_value());
        CHECK(status.error().code == Errc::unreachable);
        CHECK(status.error().message.find("has changed") != std::string::npos);
        bench.must(bench.instrument->open());
        CHECK_FALSE(check(bench, method_of("\"Equilibrate at 320 K\"")).has_value());
        CHECK(bench.instrument->note().empty());
    }
    SECTION("not while a run is on") {
        bench.begin(method_of("\"Isothermal for 20 s\""));
        file.write(text.substr(0, at) + "highest = 40" + text.substr(at + 13));
        CHECK(bench.must(bench.instrument->status()).state == State::running);
        CHECK(readings_in(bench.until_end()).size() == 20);
    }
}
