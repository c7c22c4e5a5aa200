// SPDX-License-Identifier: MIT
//
// MKS 937B and 900 series: the manuals' examples, addresses, and words instead of numbers.
#include "drivers/parts/mks/dialect.hpp"
#include "drivers/parts/mks/protocol.hpp"
#include "drivers/simulator/parts/mks_device.hpp"
#include "tests/parts/thermal_bench.hpp"

#include <cmath>

using namespace relaxd;
using namespace relaxd::drivers::parts::mks;
using simulator::MksDevice;
using simulator::MksOptions;

namespace {

using Bench = test::ThermalBench<MksDevice, MksOptions>;

}  // namespace

TEST_CASE("an MKS is asked and answers with its address") {
    CHECK(question(3, "PR1") == "@003PR1?;FF");  // 937B manual, p. 86
    const auto reply = reply_of("@003ACK7.602E+2;FF", 3);
    REQUIRE(reply.has_value());
    CHECK(reply->is_ack);
    CHECK(reply->text == "7.602E+2");
    CHECK(pressure_of(reply->text).number == 760.2);
    CHECK_FALSE(reply_of("@003NAK160;FF", 3)->is_ack);
    CHECK(reply_of("@002ACKON;FF", everybody).has_value());  // 937B manual, p. 46
    for (const char* wrong :
         {"@004ACK7.602E+2;FF",
          "@003ACK7.602E+2;F",
          "@003ACK;FF",
          "x@003ACK7.602E+2;FF",
          "@003ACK7.6\x01"
          "2E+2;FF",
          "@003AXK7.602E+2;FF",
          "@003ACK1.0E-3@003ACK1.0E-3;FF"}) {
        INFO(wrong);
        CHECK_FALSE(reply_of(wrong, 3).has_value());
    }
}

TEST_CASE("no word of an MKS is a number") {
    CHECK(pressure_of("LO<E-04").status == "under_range");
    CHECK(pressure_of("LO").status == "under_range");
    CHECK(pressure_of("LowEmis").status == "low_emission");
    CHECK(pressure_of(">1.10E+3").status == "over_range");
    CHECK(pressure_of("OFF").status == "sensor_off");
    CHECK(pressure_of("WAIT").status == "starting");
    CHECK(pressure_of("PROT_OFF").status == "sensor_protected");
    CHECK(pressure_of("NOGAUGE").status == "no_sensor");
    CHECK(pressure_of("MISCONN").status == "misconnected");
    CHECK(pressure_of("E").status == "unknown_word");
    CHECK(pressure_of("123").status == "unknown_word");
    CHECK(pressure_of("1.00E-3").status.empty());
    CHECK_FALSE(is_serial("1.00E-3"));
    CHECK(is_serial("08350123456"));
}

TEST_CASE("a pressure of an MKS is in pascal whatever unit it has") {
    Bench bench;
    bench.open(make_dialect);
    bench.device.show(133.322368 * 1.23e-3);
    CHECK(bench.value_of("pressure_Pa").number == Approx(0.16398651).epsilon(1e-6));
    for (const char* unit : {"MBAR", "mBAR", "PASCAL", "MICRON"}) {
        bench.device.press_unit(unit);
        CHECK(bench.value_of("pressure_Pa").number == Approx(0.164).epsilon(0.005));
    }
    bench.device.press_unit("FURLONG");
    CHECK(bench.value_of("pressure_Pa").status == "unknown_unit");
    bench.device.press_unit("TORR");
    bench.device.say_word("OFF");
    CHECK(bench.value_of("pressure_Pa").status == "sensor_off");
    CHECK(std::isnan(bench.value_of("pressure_Pa").number));
}

TEST_CASE("an MKS is identified, also one that does not know its model") {
    MksOptions options;
    options.knows_model = GENERATE(true, false);
    options.address = 7;
    Bench bench(options);
    const auto identity = bench.open(make_dialect, {{"address", "7"}});
    CHECK(identity.serial_number == "999000001");
    CHECK(identity.simulated);
    CHECK(identity.model == (options.knows_model ? "937B" : "937B or 900 series"));
    CHECK(bench.bench.must(bench.part().verify()).is_as_set());
}

TEST_CASE("everybody is asked at 254; another address is not answered") {
    Bench bench;
    bench.open(make_dialect, {{"address", "254"}, {"channel", "2"}});
    CHECK(bench.value_of("pressure_Pa").status == "no_sensor");
    Bench other;
    CHECK_FALSE(other.bench.run(other.make(make_dialect, {{"address", "9"}}).open()).has_value());
    CHECK_FALSE(make_dialect({{"address", "0"}}).has_value());
    CHECK_FALSE(make_dialect({{"address", "255"}}).has_value());
    CHECK_FALSE(make_dialect({{"channel", "7"}}).has_value());
}

TEST_CASE("nothing of an MKS can be set") {
    Bench bench;
    bench.open(make_dialect);
    const std::string before = bench.bench.heard;
    CHECK(bench.refusal("pressure_Pa", 1.0).code == Errc::refused);
    CHECK(bench.bench.heard == before);
    bench.bench.must(bench.part().safe());
}
