// SPDX-License-Identifier: MIT
//
// Eurotherm: the handbook's examples byte for byte (HA026230 issue 3), and the three wires with one
// simulated controller behind each: sensor, unit, manual, remote set point, refusals.
#include "drivers/parts/eurotherm/dialect.hpp"
#include "drivers/parts/eurotherm/options.hpp"
#include "drivers/parts/eurotherm/protocol.hpp"
#include "drivers/parts/eurotherm/wire.hpp"
#include "drivers/simulator/parts/eurotherm_device.hpp"
#include "tests/parts/thermal_bench.hpp"

#include <cmath>

using namespace relaxd;
using namespace relaxd::drivers::parts::eurotherm;
using drivers::PartState;
using simulator::EurothermDevice;
using simulator::EurothermOptions;
using test::PartOptions;

namespace {

using Bench = test::ThermalBench<EurothermDevice, EurothermOptions>;
using SimWire = EurothermOptions::Wire;

struct WireCase {
    SimWire wire;
    const char* word;
};

EurothermOptions on(SimWire wire) {
    EurothermOptions options;
    options.wire = wire;
    return options;
}

WireCase any_wire() {
    return GENERATE(
        WireCase{SimWire::rtu, "modbus_rtu"},
        WireCase{SimWire::tcp, "modbus_tcp"},
        WireCase{SimWire::bisynch, "ei_bisynch"}
    );
}

std::string hex(const std::string& bytes) {
    constexpr const char* digits = "0123456789abcdef";
    std::string out;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        out += digits[byte / 16];
        out += digits[byte % 16];
    }
    return out;
}

}  // namespace

TEST_CASE("EI-Bisynch frames are those of the handbook") {
    CHECK(hex(poll(1, "PV")) == "0430303131505605");  // 4.6
    const std::string reply = "\x02PV16.4\x03\x18";
    CHECK(frame_size(reply) == reply.size());
    CHECK(frame_size(reply + "more") == reply.size());
    CHECK(data_of(reply, "PV") == "16.4");
    CHECK(hex(select(1, "SL", "22.0")) == "043030313102534c32322e300302");  // 4.9
    CHECK(hex(poll(12, "PV")).starts_with("0431313232"));
    // The checksum may be any byte, ETX and EOT among them: it is read by count.
    for (const char* data : {"1", "12.3", "-99.9", "300"}) {
        for (const char* mnemonic : {"PV", "SL", "RR", "mA"}) {
            const std::string block = std::string(mnemonic) + data + "\x03";
            const std::string frame = "\x02" + block + block_check(block);
            CHECK(frame_size(frame) == frame.size());
            CHECK(frame_size(frame.substr(0, frame.size() - 1)) == 0U);
            CHECK(data_of(frame, mnemonic) == data);
            CHECK_FALSE(data_of(frame, "XX").has_value());
        }
    }
    CHECK(is_absent("\x04"));
    CHECK(frame_size("\x06") == 1U);
    CHECK_FALSE(frame_size("PV16.4").has_value());
}

TEST_CASE("any one bit that is wrong is found by the checksum of EI-Bisynch") {
    const std::string right = "\x02PV300.1\x03" + std::string(1, block_check("PV300.1\x03"));
    REQUIRE(data_of(right, "PV").has_value());
    for (std::size_t at = 0; at < right.size(); ++at) {
        for (unsigned bit = 0; bit < 8; ++bit) {
            std::string wrong = right;
            wrong[at] = static_cast<char>(static_cast<unsigned char>(wrong[at]) ^ (1U << bit));
            CHECK_FALSE(data_of(wrong, "PV").has_value());
        }
    }
}

TEST_CASE("numbers of EI-Bisynch are free or hexadecimal, whole or not at all") {
    CHECK(number_of("-99.9") == -99.9);
    CHECK(number_of("123") == 123.0);
    CHECK(number_of("    9.87") == 9.87);  // 6.8.1
    CHECK(number_of(">2040") == 8256.0);   // 4.5
    CHECK(number_of(">ABCD") == 43981.0);
    for (const char* wrong : {"", " ", ">", ">12345", ">00g0", "1E5", "12 3", "1.2.3", "inf"}) {
        INFO(wrong);
        CHECK_FALSE(number_of(wrong).has_value());
    }
}

TEST_CASE("Modbus asks the IEEE region at 0x8000 + 2 n and writes it with function 16") {
    WireOptions options;
    const auto wire = make_rtu(options);
    const Parameter& pv = *find_parameter(Series::s2400, Meaning::process_value);
    const Parameter& sl = *find_parameter(Series::s2400, Meaning::target_set_point);
    CHECK(hex(wire->read(pv).bytes) == "0103800200024c0b");
    const auto writes = wire->write(sl, 36.85);
    REQUIRE(writes.has_value());
    REQUIRE(writes->size() == 1);
    CHECK(hex(writes->front().bytes).starts_with("01108004000204"));  // 6.1: 8004h is SL
    CHECK(hex(writes->front().bytes).substr(14, 8) == "42136666");    // 36.85 in 32 bits
    options.is_scaled = true;
    const auto scaled = make_rtu(options);
    CHECK(hex(scaled->read(pv).bytes).starts_with("010300010001"));
    CHECK(scaled->write(sl, 3276.7).has_value());
    CHECK(scaled->write(sl, 3276.8).error().code == Errc::refused);
    CHECK(hex(scaled->write(sl, -5.0)->front().bytes)
              .starts_with("011000020001"
                           "02ffce"));
}

TEST_CASE("wrong or contradictory options of a Eurotherm are one sentence each") {
    for (const PartOptions& wrong :
         {PartOptions{{"wire", "profibus"}},
          PartOptions{{"wire", "ei_bisynch"}, {"series", "3200"}},
          PartOptions{{"wire", "ei_bisynch"}, {"address", "100"}},
          PartOptions{{"address", "0"}},
          PartOptions{{"series", "nanodac"}, {"set_point", "remote"}},
          PartOptions{{"unit", "degF"}},
          PartOptions{{"decimals", "3"}},
          PartOptions{{"lowest_K", "900"}},
          PartOptions{{"highest_K", "-1"}}}) {
        const auto made = make_dialect(wrong);
        REQUIRE_FALSE(made.has_value());
        INFO(made.error().sentence());
        CHECK(made.error().code == Errc::invalid);
        CHECK_FALSE(made.error().where.empty());
    }
    CHECK(make_dialect({{"address", "254"}}).has_value());
}

TEST_CASE("a Eurotherm is identified by customer number and series on each wire") {
    const WireCase wire = any_wire();
    INFO(wire.word);
    Bench bench(on(wire.wire));
    const auto identity = bench.open(make_dialect, {{"wire", wire.word}});
    CHECK(identity.vendor == "Eurotherm");
    CHECK(identity.serial_number == "9990");
    CHECK(identity.simulated);
    CHECK(bench.device.wear() == 0);

    Bench other(on(wire.wire));
    const auto refused =
        other.bench.run(other.make(make_dialect, {{"wire", wire.word}, {"series", "2200"}}).open());
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == Errc::refused);
    CHECK(refused.error().sentence().find("2400") != std::string::npos);
}

TEST_CASE("temperature, set point, ramp and heater of a Eurotherm on each wire") {
    const WireCase wire = any_wire();
    INFO(wire.word);
    Bench bench(on(wire.wire));
    bench.open(make_dialect, {{"wire", wire.word}});
    bench.device.show(273.15 + 123.4);
    CHECK(bench.value_of("temperature_K").number == Approx(396.55).margin(1e-3));
    bench.device.break_sensor(true);
    const auto broken = bench.value_of("temperature_K");
    CHECK(broken.status == "sensor_break");
    CHECK(std::isnan(broken.number));
    bench.device.break_sensor(false);

    CHECK(bench.set("ramp_K_per_s", 0.1) == Approx(0.1));
    CHECK(bench.set("set_temperature_K", 400.0) == Approx(400.0).margin(0.051));
    CHECK(bench.device.set_point_K() == Approx(400.0).margin(0.051));
    CHECK(bench.device.wear() == 1);
    CHECK(bench.value_of("heater").number == 1.0);
    CHECK(bench.set("heater", 0.0) == 0.0);
    CHECK(bench.device.is_off());
    CHECK_FALSE(bench.rig.heater_is_on());
    bench.device.press_manual(true, 40.0);
    CHECK(bench.value_of("heater").number == 0.5);
    CHECK(bench.value_of("heater_percent").number == Approx(40.0));
    CHECK_FALSE(bench.bench.must(bench.part().verify()).is_as_set());
    CHECK(bench.device.is_off());
    CHECK(bench.set("heater", 1.0) == 1.0);
    CHECK_FALSE(bench.device.is_manual());
}

TEST_CASE("safe() is manual with output 0, read back, and verify() leaves it so") {
    const WireCase wire = any_wire();
    INFO(wire.word);
    Bench bench(on(wire.wire));
    bench.open(make_dialect, {{"wire", wire.word}});
    bench.set("set_temperature_K", 500.0);
    bench.bench.pass(30.0);
    CHECK(bench.rig.heater_is_on());
    bench.bench.must(bench.part().safe());
    CHECK(bench.device.is_off());
    CHECK_FALSE(bench.rig.heater_is_on());
    CHECK(bench.bench.must(bench.part().verify()).is_as_set());
    CHECK(bench.device.is_off());
}

TEST_CASE("what the controller refuses is said, and the part stays as it was") {
    const WireCase wire = any_wire();
    INFO(wire.word);
    Bench bench(on(wire.wire));
    bench.open(make_dialect, {{"wire", wire.word}, {"highest_K", "1900"}});
    const Error error = bench.refusal("set_temperature_K", 1800.0);  // it takes up to 1500 K
    CHECK(error.code == Errc::refused);
    INFO(error.sentence());
    CHECK(error.sentence().find("does not take") != std::string::npos);
    CHECK(bench.part().state() == PartState::ready);
    const std::string before = bench.bench.heard;
    CHECK(bench.refusal("set_temperature_K", 1901.0).code == Errc::refused);
    CHECK(bench.refusal("heater", 0.5).code == Errc::refused);
    CHECK(bench.bench.heard == before);
}

TEST_CASE("a display in another unit than configured is refused, and found when it changes") {
    const WireCase wire = any_wire();
    INFO(wire.word);
    Bench kelvin(on(wire.wire));
    kelvin.device.press_unit(true);
    const auto refused = kelvin.bench.run(kelvin.make(make_dialect, {{"wire", wire.word}}).open());
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().sentence().find("degC") != std::string::npos);
    Bench bench(on(wire.wire));
    bench.device.press_unit(true);
    bench.open(make_dialect, {{"wire", wire.word}, {"unit", "K"}});
    bench.device.show(321.0);
    CHECK(bench.value_of("temperature_K").number == Approx(321.0).margin(1e-3));
    bench.set("set_temperature_K", 400.0);
    bench.device.press_unit(false);
    const auto found = bench.bench.must(bench.part().verify());
    CHECK_FALSE(found.is_as_set());
    CHECK_FALSE(found.is_restored);
    CHECK(bench.device.set_point_K() == Approx(400.0));
}

TEST_CASE("the remote set point wears nothing and is selected; following the other one is told") {
    const WireCase wire = any_wire();
    INFO(wire.word);
    Bench bench(on(wire.wire));
    bench.open(make_dialect, {{"wire", wire.word}, {"set_point", "remote"}});
    bench.set("set_temperature_K", 350.0);
    bench.set("set_temperature_K", 360.0);
    CHECK(bench.device.set_point_K() == Approx(360.0).margin(0.051));
    CHECK(bench.device.wear() == 0);

    Bench other(on(wire.wire));
    other.open(make_dialect, {{"wire", wire.word}});
    other.device.select_remote(true);
    const Error error = other.refusal("set_temperature_K", 350.0);
    INFO(error.sentence());
    CHECK(error.sentence().find("remote") != std::string::npos);
}

TEST_CASE("scaled registers carry the display's decimals, which must be those configured") {
    EurothermOptions options = on(SimWire::rtu);
    options.decimals = 2;
    Bench bench(options);
    bench.open(make_dialect, {{"numbers", "scaled"}, {"decimals", "2"}});
    bench.device.show(273.15 + 36.85);
    CHECK(bench.value_of("temperature_K").number == Approx(310.0).margin(0.006));
    bench.set("set_temperature_K", 310.0);
    CHECK(bench.device.set_point_K() == Approx(310.0).margin(0.006));
    Bench other(options);
    const auto refused =
        other.bench.run(other.make(make_dialect, {{"numbers", "scaled"}, {"decimals", "1"}}).open()
        );
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().sentence().find("decimals") != std::string::npos);
}

TEST_CASE("a nanodac is read, set and stopped by its own registers") {
    EurothermOptions options = on(SimWire::tcp);
    options.is_nanodac = true;
    Bench bench(options);
    const auto identity = bench.open(make_dialect, {{"wire", "modbus_tcp"}, {"series", "nanodac"}});
    CHECK(identity.model == "nanodac");
    CHECK(identity.serial_number.empty());
    bench.device.show(300.0);
    CHECK(bench.value_of("temperature_K").number == Approx(300.0).margin(1e-3));
    bench.set("set_temperature_K", 333.0);
    CHECK(bench.device.set_point_K() == Approx(333.0).margin(0.051));
    CHECK(bench.refusal("ramp_K_per_s", 0.1).code == Errc::refused);
    bench.bench.must(bench.part().safe());
    CHECK(bench.device.is_off());
    CHECK(bench.value_of("heater").number == 0.0);
    bench.device.break_sensor(true);
    CHECK(bench.value_of("temperature_K").status == "sensor_break");
}

TEST_CASE("rate units and status bits are those of each series") {
    CHECK(rate_seconds(Series::s2400, 0) == 1.0);
    CHECK(rate_seconds(Series::s2400, 1) == 60.0);
    CHECK(rate_seconds(Series::s3200, 0) == 60.0);
    CHECK(rate_seconds(Series::s3200, 2) == 1.0);
    CHECK(rate_seconds(Series::s2400, 3) == 0.0);
    CHECK(status_word(Series::s2400, 0x30) == "sensor_break");  // 3.17
    CHECK(status_word(Series::s2400, 0x10).empty());
    CHECK(status_word(Series::s2400, 1U << 14U) == "input_fault");
    CHECK(status_word(Series::s3200, 1U << 14U).empty());
    CHECK(status_word(Series::s2200, 1U << 10U) == "out_of_range");
    CHECK(series_of_identifier(0x2480) == "2400");
    CHECK(series_of_identifier(0x2260) == "2200");
    CHECK(series_of_identifier(0x1234).empty());
}
