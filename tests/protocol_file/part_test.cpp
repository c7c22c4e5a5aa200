// SPDX-License-Identifier: MIT
//
// A described device as a part: clauses P-1 … of drivers/api/CONTRACT.md.
#include "schema/protocol/wire.hpp"
#include "tests/protocol_file/bench.hpp"

#include <algorithm>

using namespace relaxd;
using namespace relaxd::test;
using drivers::PartState;

namespace {

const drivers::PartValue& value_of(
    const std::vector<drivers::PartValue>& values, const std::string& name
) {
    const auto found = std::find_if(values.begin(), values.end(), [&name](const auto& value) {
        return value.quantity == name;
    });
    REQUIRE(found != values.end());
    return *found;
}

std::string changed(const std::string& from, const std::string& to) {
    std::string text = pendulum_text();
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("P-1 nothing but questions is sent before the identity is known", "[protocol_file]") {
    Bench bench;
    FilePart& part = bench.make_part();
    const auto identity = bench.must(part.open());
    CHECK(identity.serial_number == "0001");
    CHECK(identity.simulated);
    CHECK(part.state() == PartState::ready);
    // The sentinel, the identity; then the bit that switching on has set is looked at and cleared.
    CHECK(bench.heard == "ID?*4914\r\nID?*4914\r\nP?*D40C\r\nPC*6B17\r\n");
}

TEST_CASE("P-1 another device is refused and nothing is set", "[protocol_file]") {
    Bench bench(changed("model = ", "serial_number = \"0417\"\nmodel = "));
    FilePart& part = bench.make_part();
    SECTION("the one that is meant") {
        CHECK(bench.must(part.open()).serial_number == "0417");
    }
    SECTION("another serial number") {
        part.describe(described(changed("model = ", "serial_number = \"0999\"\nmodel = ")));
        const auto opened = bench.run(part.open());
        REQUIRE_FALSE(opened.has_value());
        CHECK(opened.error().code == Errc::refused);
        CHECK(opened.error().message.find("0417") != std::string::npos);
        CHECK(part.state() == PartState::absent);
        CHECK(bench.heard.find("TS") == std::string::npos);
        CHECK(bench.run(part.set("drive_amplitude_A", 0.01)).error().code == Errc::unreachable);
    }
}

TEST_CASE("P-2 P-4 a value has its number in SI, its bytes and both clocks", "[protocol_file]") {
    Bench bench;
    FilePart& part = bench.make_part();
    bench.must(part.open());
    const auto values = bench.must(part.read({}));
    const auto& angle = value_of(values, "angle_rad");
    CHECK(angle.number == Approx(1.5e-3).epsilon(0.1));
    CHECK(angle.raw.substr(0, 2) == "M ");
    CHECK(angle.raw.substr(angle.raw.size() - 2) == "\r\n");
    CHECK(angle.received_steady.ns > 0);
    CHECK(value_of(values, "temperature_K").number == Approx(293.15).margin(0.2));
    CHECK(value_of(values, "torque_current_A").number == Approx(3e-3).epsilon(0.1));
    const auto two = bench.must(part.read({"frequency_Hz", "angle_rad"}));
    REQUIRE(two.size() == 2);
    CHECK(two[0].quantity == "frequency_Hz");
    CHECK(two[0].number == Approx(1.0));
}

TEST_CASE("P-2 a number whose status is not good is no value", "[protocol_file]") {
    Bench bench;
    FilePart& part = bench.make_part();
    bench.must(part.open());
    bench.device.say_status("OVL");
    const auto values = bench.must(part.read({"angle_rad", "frequency_Hz"}));
    CHECK_FALSE(values[0].has_number());
    CHECK(values[0].status == "overload");
    CHECK(values[1].has_number());  // its reply has no status
    bench.device.say_status("HUH");
    CHECK(bench.must(part.read({"angle_rad"}))[0].status == "status_not_good");
    bench.device.say_status("");
    bench.device.turn("angle_mrad", 51.0);
    CHECK(bench.must(part.read({"angle_rad"}))[0].status == "implausible");
}

TEST_CASE("P-3 a device that is late by a question is never believed", "[protocol_file]") {
    Bench bench;
    FilePart& part = bench.make_part();
    bench.must(part.open());
    bench.latency_s = 0.45;  // behind the deadline, before the worst latency
    const auto late = bench.run(part.read({"angle_rad"}));
    REQUIRE_FALSE(late.has_value());
    bench.latency_s = 0.005;
    bench.device.turn("angle_mrad", 7.0);
    const auto values = bench.must(part.read({"angle_rad"}));
    CHECK(values[0].number == Approx(7e-3).margin(1e-4));
    CHECK(part.counters().timeouts == 1);
    CHECK(part.counters().late_replies == 1);
}

TEST_CASE("P-5 what cannot be set is refused before a byte is sent", "[protocol_file]") {
    Bench bench;
    FilePart& part = bench.make_part();
    bench.must(part.open());
    bench.heard.clear();
    const auto high = bench.run(part.set("set_temperature_K", 724.0));
    REQUIRE_FALSE(high.has_value());
    CHECK(high.error().code == Errc::refused);
    CHECK(high.error().message.find("set_temperature_K") != std::string::npos);
    CHECK(high.error().message.find("724") != std::string::npos);
    CHECK(high.error().message.find("723.15") != std::string::npos);
    CHECK(bench.run(part.set("set_temperature_K", 273.0)).error().code == Errc::refused);
    CHECK(bench.run(part.set("angle_rad", 0.0)).error().code == Errc::refused);
    CHECK(bench.run(part.set("set_temperature_K", record::unknown)).error().code == Errc::refused);
    CHECK(bench.heard.empty());
}

TEST_CASE("P-6 what is set is what reads back", "[protocol_file]") {
    Bench bench;
    FilePart& part = bench.make_part();
    bench.must(part.open());
    CHECK(bench.must(part.set("set_temperature_K", 350.0)) == Approx(350.0));
    CHECK(bench.device.value("set_temperature_degC") == Approx(76.85));
    CHECK(part.state() == PartState::ready);
}

TEST_CASE("P-7 a reboot is found and put right", "[protocol_file]") {
    Bench bench;
    FilePart& part = bench.make_part();
    bench.must(part.open());
    (void)bench.must(part.verify());  // takes the power-on bit of the beginning
    bench.must(part.set("set_temperature_K", 350.0));
    CHECK(bench.must(part.verify()).is_as_set());
    bench.device.reboot();
    const auto check = bench.must(part.verify());
    CHECK(check.has_rebooted);
    REQUIRE(check.changed.size() == 1);
    CHECK(check.changed[0].find("293.15") != std::string::npos);
    CHECK(check.changed[0].find("350") != std::string::npos);
    CHECK(check.is_restored);
    CHECK(bench.device.value("set_temperature_degC") == Approx(76.85));
    CHECK(bench.must(part.verify()).is_as_set());
    CHECK(part.state() == PartState::ready);
}

TEST_CASE("P-7 a change at the front panel is found and put right", "[protocol_file]") {
    Bench bench;
    FilePart& part = bench.make_part();
    bench.must(part.open());
    (void)bench.must(part.verify());
    bench.must(part.set("drive_amplitude_A", 0.01));
    bench.device.turn("drive_amplitude_mA", 12.0);
    const auto check = bench.must(part.verify());
    CHECK_FALSE(check.has_rebooted);
    REQUIRE(check.changed.size() == 1);
    CHECK(check.changed[0].find("drive_amplitude_A is 0.012") != std::string::npos);
    CHECK(bench.device.value("drive_amplitude_mA") == Approx(10.0));
}

TEST_CASE("P-8 the safe state does not wait for the exchange in flight", "[protocol_file]") {
    Bench bench;
    FilePart& part = bench.make_part();
    bench.must(part.open());
    bench.must(part.set("drive_amplitude_A", 0.05));
    bench.must(part.set("set_temperature_K", 400.0));
    std::optional<Result<std::vector<drivers::PartValue>>> reading;
    bench.heard.clear();
    bench.spawn(part.read({"angle_rad"}), reading);
    bench.settle();
    bench.pass_s(0.012);
    bench.must(part.safe());
    CHECK(bench.device.value("drive_amplitude_mA") == 0.0);
    CHECK(bench.device.value("set_temperature_degC") == 20.0);
    CHECK(bench.heard.find("DA 0.000") < bench.heard.find("TS 20.00"));
    CHECK(bench.must(part.verify()).changed.empty());  // what was set is forgotten
    bench.unplug();
    bench.settle();
    CHECK(part.state() == PartState::lost);
    CHECK(bench.run(part.safe()).error().code == Errc::unreachable);
}

TEST_CASE("P-10 a lost link stays lost until it is opened", "[protocol_file]") {
    Bench bench;
    FilePart& part = bench.make_part();
    bench.must(part.open());
    bench.unplug();
    bench.settle();
    CHECK(bench.run(part.read({})).error().code == Errc::unreachable);
    bench.must(part.open());
    CHECK(bench.must(part.read({})).size() == 6);
    CHECK(part.counters().reconnects == 1);
}

TEST_CASE(
    "P-9 P-11 a mute device costs its deadlines, and closing ends the call", "[protocol_file]"
) {
    Bench bench;
    FilePart& part = bench.make_part();
    bench.must(part.open());
    bench.is_mute = true;
    std::optional<Result<std::vector<drivers::PartValue>>> reading;
    bench.spawn(part.read({}), reading);
    SECTION("mute") {
        // one reply (0.2 s), then three quarantines (0.5 s) with their sentinels (0.2 s)
        bench.pass_s(0.2 + 3 * 0.71 + 0.1);
        REQUIRE(reading.has_value());
        CHECK(reading->error().code == Errc::unreachable);
        CHECK(part.state() == PartState::lost);
    }
    SECTION("closed") {
        bench.pass_s(0.05);
        part.close();
        bench.settle();
        REQUIRE(reading.has_value());
        CHECK(reading->error().code == Errc::cancelled);
    }
}
