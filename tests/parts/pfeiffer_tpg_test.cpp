// SPDX-License-Identifier: MIT
//
// Pfeiffer TPG 26x: the manual's forms, the seven statuses, the units, and the stream.
#include "drivers/parts/pfeiffer_tpg/dialect.hpp"
#include "drivers/parts/pfeiffer_tpg/protocol.hpp"
#include "drivers/simulator/parts/pfeiffer_tpg_device.hpp"
#include "tests/parts/thermal_bench.hpp"

#include <cmath>

using namespace relaxd;
using namespace relaxd::drivers::parts::pfeiffer_tpg;
using simulator::PfeifferTpgDevice;
using simulator::PfeifferTpgOptions;

namespace {

using Bench = test::ThermalBench<PfeifferTpgDevice, PfeifferTpgOptions>;

}  // namespace

TEST_CASE("a reading of a TPG is a status and a number, whole or not at all") {
    const auto reading = reading_of("0,+1.2345E-03\r\n");
    REQUIRE(reading.has_value());
    CHECK(reading->status == 0);
    CHECK(reading->number == 1.2345e-3);
    CHECK(reading_of("5,2.0000E-2\r\n")->status == 5);  // TPG 261 manual, p. 72
    CHECK(reading_of("1,-1.0E-4\n")->number == -1e-4);
    for (const char* wrong :
         {"0,+1.2345E-03",
          "+1.2345E-03\r\n",
          "9,+1.2345E-03\r\n",
          "0,+1.2345\r\n",
          "0,\r\n",
          "0,+1.2345E-03,0,+1.0E-3\r\n",
          "0,+1.23\x01"
          "5E-03\r\n",
          "\x06\r\n"}) {
        INFO(wrong);
        CHECK_FALSE(reading_of(wrong).has_value());
    }
    CHECK(is_acknowledged("\x06\r\n"));
    CHECK_FALSE(is_acknowledged("\x15\r\n"));
    CHECK_FALSE(is_acknowledged("\x06"));
}

TEST_CASE("what the device sends by itself is told from a reading") {
    CHECK(is_stream("0,+1.2345E-03,5,+2.0000E-02\r\n"));
    CHECK(is_stream("0,1.0E-3,0,1.0E-3,4,1.0E-3\r\n"));
    CHECK_FALSE(is_stream("0,+1.2345E-03\r\n"));
    CHECK_FALSE(is_stream("0,+1.2345E-03,5\r\n"));
    CHECK_FALSE(is_stream("\r\n"));
}

TEST_CASE("only status 0 is a pressure") {
    CHECK(status_word(0).empty());
    const std::vector<std::string> words{
        "under_range",
        "over_range",
        "sensor_error",
        "sensor_off",
        "no_sensor",
        "identification_error"
    };
    Bench bench;
    bench.open(make_dialect);
    for (unsigned status = 1; status <= 6; ++status) {
        bench.device.say_status(status);
        const auto value = bench.value_of("pressure_Pa");
        CHECK(value.status == words.at(status - 1));
        CHECK(std::isnan(value.number));
    }
    bench.device.say_status(0);
    Bench second;
    second.open(make_dialect, {{"channel", "2"}});
    CHECK(second.value_of("pressure_Pa").status == "no_sensor");
}

TEST_CASE("a pressure is in pascal whatever unit the front panel has, from one reading to the next"
) {
    Bench bench;
    bench.open(make_dialect);
    bench.device.show(0.25);
    for (const unsigned unit : {0U, 1U, 2U, 0U}) {
        bench.device.press_unit(unit);
        CHECK(bench.value_of("pressure_Pa").number == Approx(0.25).epsilon(1e-4));
    }
    CHECK(pascals_of_unit("1\r\n") == Approx(133.322368));
    CHECK_FALSE(pascals_of_unit("4\r\n").has_value());
    bench.device.press_unit(0);
    bench.device.show(std::nullopt);
    const double room_Pa = bench.rig.gauge().pressure_Pa.value_or(0.0);
    const auto room = bench.value_of("pressure_Pa");
    CHECK((room.has_number() ? room.number > 0.9 * room_Pa : room.status == "over_range"));
}

TEST_CASE("a TPG tells no serial number, and says in its firmware that it is simulated") {
    Bench bench;
    const auto identity = bench.open(make_dialect);
    CHECK(identity.serial_number.empty());
    CHECK(identity.firmware == "999-510-A");
    CHECK(identity.simulated);
    CHECK_FALSE(firmware_of("0,+1.2345E-03\r\n").has_value());
    CHECK(firmware_of("302-510-A\r\n").has_value());
}

TEST_CASE("noise in the input of a TPG costs one exchange") {
    Bench bench;
    bench.open(make_dialect);
    bench.device.show(1.0);
    bench.device.receive("\xff\x7f garbage", bench.bench.timing.clock().steady());
    const auto read = bench.bench.run(bench.part().read({}));
    CHECK_FALSE(read.has_value());
    CHECK(bench.value_of("pressure_Pa").number == Approx(1.0));
    CHECK(bench.bench.must(bench.part().verify()).is_as_set());
}

TEST_CASE("ENQ may want its own line end") {
    PfeifferTpgOptions options;
    options.needs_crlf = true;
    Bench bench(options);
    bench.open(make_dialect, {{"enquiry", "crlf"}});
    bench.device.show(2.0);
    CHECK(bench.value_of("pressure_Pa").number == Approx(2.0));
}

TEST_CASE("nothing of a TPG can be set") {
    Bench bench;
    bench.open(make_dialect);
    const std::string before = bench.bench.heard;
    CHECK(bench.refusal("pressure_Pa", 1.0).code == Errc::refused);
    CHECK(bench.bench.heard == before);
    bench.bench.must(bench.part().safe());
    CHECK_FALSE(make_dialect({{"channel", "3"}}).has_value());
}

TEST_CASE("errors of the controller itself are told, complaints about noise are cleared") {
    CHECK(errors_of("1000\r\n")->is_controller_error);
    CHECK(errors_of("0100\r\n")->is_without_hardware);
    CHECK_FALSE(errors_of("0011\r\n")->is_controller_error);
    CHECK_FALSE(errors_of("0002\r\n").has_value());
    CHECK_FALSE(errors_of("00000\r\n").has_value());
}
