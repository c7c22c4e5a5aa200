// SPDX-License-Identifier: MIT
//
// Lake Shore 335, 336, 350: the manuals' examples, what is no value, the models' differences, and a
// simulated one whose sensor, heater and front panel misbehave.
#include "drivers/parts/lake_shore/dialect.hpp"
#include "drivers/parts/lake_shore/protocol.hpp"
#include "drivers/simulator/parts/lake_shore_device.hpp"
#include "tests/parts/thermal_bench.hpp"

#include <cmath>

using namespace relaxd;
using namespace relaxd::drivers::parts::lake_shore;
using drivers::PartState;
using simulator::LakeShoreDevice;
using simulator::LakeShoreOptions;
using test::PartOptions;

namespace {

using Bench = test::ThermalBench<LakeShoreDevice, LakeShoreOptions>;

LakeShoreOptions model(const char* number) {
    LakeShoreOptions options;
    options.model = number;
    return options;
}

}  // namespace

TEST_CASE("a Lake Shore's replies are taken whole or not at all") {
    const auto name = name_of("LSCI,MODEL335,1234567/1234567,1.0\r\n");  // 335 manual, p. 108
    REQUIRE(name.has_value());
    CHECK(name->model == "MODEL335");
    CHECK(name->serial_number == "1234567");
    CHECK(name->firmware == "1.0");
    CHECK_FALSE(name_of("LSCI,MODEL335,1234567\r\n").has_value());
    CHECK_FALSE(name_of("LSCI,MODEL335,1234567,1.0").has_value());

    CHECK(number_of("+300.150\r\n") == 300.15);
    CHECK(number_of("-0.5\n") == -0.5);
    for (const char* wrong :
         {"300.150",
          "+300.150 K\r\n",
          "\r\n",
          "+300,150\r\n",
          "Unrecognized command\r\n",
          "+300.\x01"
          "50\r\n",
          "+300.150\r",
          "nan\r\n"}) {
        INFO(wrong);
        CHECK_FALSE(number_of(wrong).has_value());
    }
    CHECK(count_of("000\r\n") == 0U);
    CHECK(count_of("128\n") == 128U);
    CHECK_FALSE(count_of("+1\r\n").has_value());
    CHECK_FALSE(count_of("1,2\r\n").has_value());
    CHECK(ramp_of("1,+10.5\r\n")->rate_K_per_min == 10.5);  // 335 manual, p. 122
    CHECK_FALSE(ramp_of("2,+10.5\r\n").has_value());
    CHECK_FALSE(ramp_of("1,-10.5\r\n").has_value());
    CHECK(units_of("2,1,0,0,1\r\n") == 1U);
    CHECK_FALSE(units_of("2,1,0,1\r\n").has_value());
    CHECK(output_mode_of("1,2,0\r\n")->input == 2);
}

TEST_CASE("each bit of RDGST? and each code of HTRST? has its word") {
    CHECK(reading_status(0).empty());
    CHECK(reading_status(1) == "invalid_reading");
    CHECK(reading_status(16) == "under_range");
    CHECK(reading_status(32) == "over_range");
    CHECK(reading_status(64) == "sensor_zero");
    CHECK(reading_status(128) == "sensor_over_range");
    CHECK(reading_status(128 + 32) == "sensor_over_range");
    CHECK(reading_status(2) == "unknown_status");
    CHECK(heater_status(0).empty());
    CHECK(heater_status(1) == "heater_open");
    CHECK(heater_status(2) == "heater_short");
    CHECK(heater_status(7) == "heater_fault");
}

TEST_CASE("commands are written as the manual writes them") {
    CHECK(ramp_command(1, 10.5) == "RAMP 1,1,10.5");  // 335 manual, p. 122
    CHECK(ramp_command(2, 0.0) == "RAMP 2,0,0");
    CHECK(range_command(1, 3) == "RANGE 1,3");
    CHECK(set_point_command(1, 122.5) == "SETP 1,122.500");
}

TEST_CASE("the models differ in inputs, outputs and ranges") {
    const Model* of_335 = find_model("MODEL335");
    const Model* of_336 = find_model("MODEL336");
    const Model* of_350 = find_model("MODEL350");
    CHECK(find_model("MODEL331") == nullptr);
    CHECK(check_terminals(*of_335, "B", 2, 3).has_value());
    CHECK_FALSE(check_terminals(*of_335, "C", 1, 1).has_value());
    CHECK_FALSE(check_terminals(*of_335, "A", 3, 1).has_value());
    CHECK(check_terminals(*of_336, "D3", 4, 1).has_value());
    CHECK_FALSE(check_terminals(*of_336, "A", 3, 2).has_value());
    CHECK_FALSE(check_terminals(*of_336, "A", 1, 4).has_value());
    CHECK(check_terminals(*of_350, "A", 2, 5).has_value());
}

TEST_CASE("a wrong option of a Lake Shore is one sentence") {
    for (const PartOptions& wrong :
         {PartOptions{{"channel", "E"}},
          PartOptions{{"output", "5"}},
          PartOptions{{"range", "0"}},
          PartOptions{{"highest_K", "hot"}},
          PartOptions{{"lowest_K", "900"}},
          PartOptions{{"check_loop", "perhaps"}}}) {
        const auto made = make_dialect(wrong);
        REQUIRE_FALSE(made.has_value());
        CHECK(made.error().code == Errc::invalid);
        CHECK(made.error().where == wrong.begin()->first);
    }
}

TEST_CASE("a Lake Shore is identified, and a model without what is configured is refused") {
    Bench bench;
    const auto identity = bench.open(make_dialect);
    CHECK(identity.vendor == "Lake Shore");
    CHECK(identity.model == "336");
    CHECK(identity.serial_number == "SIM0001");
    CHECK(identity.simulated);

    Bench small(model("335"));
    const auto refused = small.bench.run(small.make(make_dialect, {{"channel", "C"}}).open());
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == Errc::refused);
    CHECK(refused.error().sentence().find("335 has no input C") != std::string::npos);
    CHECK(small.bench.heard.find("SETP ") == std::string::npos);
    CHECK(small.bench.heard.find("RANGE ") == std::string::npos);
}

TEST_CASE("a temperature comes with its status, and a failed sensor's number is none") {
    Bench bench;
    bench.open(make_dialect);
    bench.device.show(301.234);
    const auto good = bench.value_of("temperature_K");
    CHECK(good.number == Approx(301.234).margin(1e-9));
    CHECK(good.raw.find("+301.234") != std::string::npos);
    bench.device.say_status(128);
    const auto bad = bench.value_of("temperature_K");
    CHECK_FALSE(bad.has_number());
    CHECK(std::isnan(bad.number));
    CHECK(bad.status == "sensor_over_range");
}

TEST_CASE("the heater of the furnace follows RANGE, and safe() switches it off") {
    Bench bench;
    bench.open(make_dialect, {{"range", "3"}});
    CHECK(bench.value_of("heater").number == 0.0);
    bench.set("set_temperature_K", 400.0);
    bench.set("heater", 1.0);
    CHECK(bench.device.range() == 3);
    CHECK(bench.rig.heater_is_on());
    bench.bench.pass(60.0);
    CHECK(bench.value_of("temperature_K").number > 300.0);
    CHECK(bench.value_of("heater_percent").number > 0.0);
    bench.bench.must(bench.part().safe());
    CHECK(bench.device.range() == 0);
    CHECK_FALSE(bench.rig.heater_is_on());
    CHECK(bench.device.set_point_K() == 400.0);
    CHECK(bench.refusal("heater", 0.7).code == Errc::refused);
}

TEST_CASE("a ramp is on the controller's grid, and a slower one is refused before a byte is sent") {
    Bench bench;
    bench.open(make_dialect);
    const double held = bench.set("ramp_K_per_s", 2.04 / 60.0);
    CHECK(held == Approx(2.0 / 60.0).epsilon(1e-12));
    bench.set("ramp_K_per_s", 0.0);
    const std::string before = bench.bench.heard;
    CHECK(bench.refusal("ramp_K_per_s", 0.05 / 60.0).code == Errc::refused);
    CHECK(bench.refusal("ramp_K_per_s", 101.0 / 60.0).code == Errc::refused);
    CHECK(bench.bench.heard == before);
}

TEST_CASE("a set point on its way is taken for set, one that was turned is not") {
    Bench bench;
    bench.open(make_dialect);
    bench.set("heater", 1.0);
    bench.set("ramp_K_per_s", 6.0 / 60.0);
    const double held = bench.set("set_temperature_K", 310.0);
    CHECK(held < 300.0);
    CHECK(bench.device.set_point_K() == 310.0);
    bench.bench.pass(60.0);
    CHECK(bench.bench.must(bench.part().verify()).is_as_set());
    bench.bench.pass(120.0);
    CHECK(bench.value_of("set_temperature_K").number == Approx(310.0));
    bench.device.turn_set_point(330.0);
    bench.bench.pass(60.0);
    bench.bench.pass(200.0);
    const auto found = bench.bench.must(bench.part().verify());
    CHECK_FALSE(found.is_as_set());
    CHECK(bench.device.set_point_K() == 310.0);
}

TEST_CASE("a restart and another range are found; a broken heater is not switched on again") {
    Bench bench;
    bench.open(make_dialect, {{"range", "2"}});
    bench.set("heater", 1.0);
    bench.device.press_range(1);
    CHECK(bench.value_of("heater").number == 0.5);
    CHECK_FALSE(bench.bench.must(bench.part().verify()).is_as_set());
    CHECK(bench.device.range() == 2);
    bench.device.reboot();
    const auto found = bench.bench.must(bench.part().verify());
    CHECK(found.has_rebooted);
    CHECK(found.is_restored);
    CHECK(bench.device.range() == 2);
    bench.device.break_heater(1);
    CHECK(bench.value_of("heater").status == "heater_open");
    CHECK_FALSE(bench.bench.run(bench.part().verify()).has_value());
    CHECK(bench.device.range() == 0);
}

TEST_CASE("nothing is set in another unit than kelvin, nor in a loop on another sensor") {
    Bench celsius;
    celsius.device.press_units(2);
    const auto refused = celsius.bench.run(celsius.make(make_dialect).open());
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().sentence().find("INTYPE") != std::string::npos);

    Bench bench;
    bench.open(make_dialect);
    bench.set("set_temperature_K", 350.0);
    bench.device.press_units(2);
    const auto found = bench.bench.must(bench.part().verify());
    CHECK_FALSE(found.is_as_set());
    CHECK_FALSE(found.is_restored);
    CHECK(bench.part().state() == PartState::degraded);
    CHECK(bench.device.set_point_K() == 350.0);

    Bench other;
    other.device.press_input(2);
    CHECK_FALSE(other.bench.run(other.make(make_dialect).open()).has_value());
    Bench unchecked;
    unchecked.device.press_input(2);
    unchecked.open(make_dialect, {{"check_loop", "no"}});
}

TEST_CASE("a Lake Shore has its 50 ms of rest, ends lines as it likes and may send blank ones") {
    LakeShoreOptions options;
    options.says_blank = GENERATE(false, true);
    options.reply_end = GENERATE(as<std::string>{}, "\r\n", "\n");
    Bench bench(options);
    bench.open(make_dialect);
    bench.set("set_temperature_K", 320.0);
    bench.set("ramp_K_per_s", 0.1);
    CHECK(bench.value_of("temperature_K").has_number());
    CHECK(bench.bench.must(bench.part().verify()).is_as_set());
    CHECK(bench.part().state() == PartState::ready);
    CHECK(bench.device.hurried() == 0);
}
