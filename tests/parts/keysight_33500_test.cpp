// SPDX-License-Identifier: MIT
//
// The Keysight 33500: its lines against strings as the manual shows them, and the part against the
// simulated device. That every clause P-1 … holds: tests/conformance.
#include "drivers/parts/keysight_33500/dialect.hpp"
#include "drivers/parts/keysight_33500/protocol.hpp"
#include "drivers/parts/parts.hpp"
#include "drivers/simulator/parts/keysight_33500_device.hpp"
#include "tests/parts/part_bench.hpp"

#include <cmath>

using namespace relaxd;
using namespace relaxd::test;
namespace keysight = relaxd::drivers::parts::keysight_33500;
using drivers::PartState;
using simulator::PendulumRig;

namespace {

using Options = std::map<std::string, std::string>;

simulator::PendulumSetup elastic_bar() {
    return simulator::PendulumSetup(simulator::ShearMaterial::elastic(3.0e10));
}

struct Generator {
    explicit Generator(const Options& options = {})
        : rig(elastic_bar()), device(rig), bench(device) {
        auto dialect = keysight::make_dialect(options);
        REQUIRE(dialect.has_value());
        part = &bench.make(std::move(*dialect));
    }
    void types(const std::string& command) {
        device.receive(command + "\n", bench.timing.clock().steady());
    }
    PendulumRig rig;
    simulator::Keysight33500Device device;
    PartBench bench;
    drivers::Part* part;
};

}  // namespace

TEST_CASE("33500: the state of a channel is one whole line", "[keysight]") {
    const auto state = keysight::settings_in(
        "+1.0000000000000E+00;+4.0000000000000E+00;-2.5000000000000E-01;VPP;SIN;1;"
        "+9.9000000000000E+37\n"
    );
    REQUIRE(state.has_value());
    CHECK(state->frequency_Hz == 1.0);
    CHECK(state->amplitude == 4.0);
    CHECK(state->offset_V == -0.25);
    CHECK(state->unit == "VPP");
    CHECK(state->function == "SIN");
    CHECK(state->is_on);
    CHECK_FALSE(state->load_ohm.has_value());
    CHECK(keysight::settings_in("+1E+00;+4E+00;+0E+00;VRMS;DC;0;+5.0E+01\n")->load_ohm == 50.0);
    for (const std::string wrong :
         {"+1E+00;+4E+00;+0E+00;VPP;SIN;1;+5.0E+01",      // no end
          "+1E+00;+4E+00;+0E+00;VPP;SIN;1\n",             // one is missing
          "+1E+00;+4E+00;+0E+00;VPP;SIN;1;+5.0E+01;1\n",  // one too many
          "+1E+00;+4E+00;+0E+00;VPP;SIN;ON;+5.0E+01\n",   // a word for a number
          "+1E+00;+4E+00x;+0E+00;VPP;SIN;1;+5.0E+01\n",   // a number with a rest
          "+1E+00;+4E+00;+0E+00;;SIN;1;+5.0E+01\n",       // no unit
          "+1E+00;+4E+00;+0E+00;VPP;SIN;1;-1\n",          // no load
          "+1E+00;+4E+00;+0E+00;VPP;SIN;1;+5.0E+01\r\n",  // another line end
          "+1E+00;NAN;+0E+00;VPP;SIN;1;+5.0E+01\n"}) {    // no number
        INFO(wrong);
        CHECK_FALSE(keysight::settings_in(wrong).has_value());
    }
}

TEST_CASE("33500: complaints, registers and identities are whole lines", "[keysight]") {
    const auto said = keysight::complaint_in("-113,\"Undefined header\"\n");
    REQUIRE(said.has_value());
    CHECK(said->number == -113);
    CHECK(said->sentence == "Undefined header");
    CHECK(keysight::complaint_in("+0,\"No error\"\n")->number == 0);
    CHECK_FALSE(keysight::complaint_in("-113,\"Undefined header\n").has_value());
    CHECK_FALSE(keysight::complaint_in("113,\"Undefined header\"\n").has_value());
    CHECK_FALSE(keysight::complaint_in("-,\"\"\n").has_value());
    CHECK(keysight::register_in("+128\n") == 128U);
    CHECK(keysight::register_in("0\n") == 0U);
    CHECK_FALSE(keysight::register_in("256\n").has_value());
    CHECK_FALSE(keysight::register_in("-1\n").has_value());
    CHECK_FALSE(keysight::register_in("+1.0E+00\n").has_value());
    const auto who =
        keysight::identity_in("Agilent Technologies,33522A,MY50000123,1.12-1.19-1.50-52-00\n");
    REQUIRE(who.has_value());
    CHECK(who->serial_number == "MY50000123");
    CHECK_FALSE(keysight::identity_in("Agilent Technologies,33522A,MY50000123\n").has_value());
    CHECK_FALSE(keysight::identity_in("Agilent Technologies,,MY50000123,1\n").has_value());
}

TEST_CASE("33500: opening asks, prepares and believes nothing before", "[keysight]") {
    Generator it;
    const auto identity = it.bench.must(it.part->open());
    CHECK(identity.vendor == "Keysight Technologies");
    CHECK(identity.simulated);
    CHECK(
        it.bench.heard ==
        "*IDN?\n*IDN?\n:SYST:ERR?\n*ESR?\n:OUTP1:LOAD?\n:OUTP1:LOAD INF\n:SYST:ERR?\n"
        ":OUTP1:LOAD?\n:SOUR1:VOLT:UNIT?\n:SOUR1:FUNC?\n"
    );
    CHECK(it.bench.must(it.part->verify()).is_as_set());
    CHECK(it.part->state() == PartState::ready);
}

TEST_CASE("33500: an amplitude is a peak, at the coil's source too", "[keysight]") {
    Generator it;
    it.bench.must(it.part->open());
    CHECK(it.bench.must(it.part->set("frequency_Hz", 0.01)) == 0.01);
    CHECK(it.bench.must(it.part->set("amplitude_V", 1.5)) == Approx(1.5));
    CHECK(it.bench.must(it.part->set("offset_V", -0.25)) == Approx(-0.25));
    CHECK(it.bench.must(it.part->set("output", 1.0)) == 1.0);
    CHECK(it.bench.heard.find(":SOUR1:VOLT 3\n") != std::string::npos);
    CHECK(it.rig.excitation().amplitude_V == Approx(1.5));
    CHECK(it.rig.excitation().offset_V == Approx(-0.25));
    CHECK(it.rig.excitation().frequency_Hz == 0.01);
    CHECK(it.rig.excitation().is_on);
    const auto value = it.bench.value_of("amplitude_V");
    CHECK(value.number == Approx(1.5));
    CHECK(value.raw.ends_with("+9.9000000000000E+37\n"));
}

TEST_CASE("33500: what a front-panel user changes is no value, and put right", "[keysight]") {
    Generator it;
    it.bench.must(it.part->open());
    it.bench.must(it.part->set("amplitude_V", 1.0));
    SECTION("the declared load") {
        it.types("OUTP:LOAD 50");
        CHECK(it.bench.value_of("amplitude_V").status == "other_load");
        CHECK(it.bench.value_of("offset_V").status == "other_load");
        CHECK(it.bench.value_of("frequency_Hz").has_number());
    }
    SECTION("the unit") {
        it.types("VOLT:UNIT VRMS");
        CHECK(it.bench.value_of("amplitude_V").status == "other_unit");
        CHECK(it.bench.value_of("offset_V").has_number());
    }
    SECTION("the wave's form") {
        it.types("FUNC DC");
        CHECK(it.bench.value_of("amplitude_V").status == "other_waveform");
    }
    const auto found = it.bench.must(it.part->verify());
    CHECK_FALSE(found.has_rebooted);
    REQUIRE(found.changed.size() == 1);
    CHECK(found.is_restored);
    CHECK(it.bench.value_of("amplitude_V").number == Approx(1.0));
    CHECK(it.rig.excitation().amplitude_V == Approx(1.0));
}

TEST_CASE("33500: what it clips is an error with its own words", "[keysight]") {
    Generator it;
    it.bench.must(it.part->open());
    it.bench.must(it.part->set("offset_V", 6.0));
    const auto clipped = it.bench.run(it.part->set("amplitude_V", 5.0));
    REQUIRE_FALSE(clipped.has_value());
    CHECK(clipped.error().code == Errc::corrupt);
    CHECK(clipped.error().message.find("amplitude_V reads back as 4") == 0);
    CHECK(clipped.error().message.find("Data out of range") != std::string::npos);
    CHECK(it.part->state() == PartState::degraded);
    CHECK(it.bench.run(it.part->set("output", 0.5)).error().code == Errc::refused);
    CHECK(it.bench.run(it.part->set("amplitude_V", 0.0)).error().code == Errc::refused);
}

TEST_CASE("33500: a restart with the output on comes back with all of it", "[keysight]") {
    Generator it;
    it.bench.must(it.part->open());
    it.bench.must(it.part->set("output", 1.0));
    it.bench.must(it.part->set("amplitude_V", 2.0));
    it.device.reboot();
    CHECK_FALSE(it.rig.excitation().is_on);
    it.bench.heard.clear();
    const auto found = it.bench.must(it.part->verify());
    CHECK(found.has_rebooted);
    CHECK(found.is_restored);
    CHECK(it.bench.heard.find(":SOUR1:VOLT 4") < it.bench.heard.find(":OUTP1 ON"));
    CHECK(it.rig.excitation().amplitude_V == Approx(2.0));
    CHECK(it.rig.excitation().is_on);
}

TEST_CASE("33500: safe is off at once, no offset, the least amplitude", "[keysight]") {
    Generator it;
    it.bench.must(it.part->open());
    it.bench.must(it.part->set("amplitude_V", 2.0));
    it.bench.must(it.part->set("offset_V", 1.0));
    it.bench.must(it.part->set("output", 1.0));
    it.bench.heard.clear();
    it.bench.must(it.part->safe());
    CHECK(it.bench.heard.starts_with(":OUTP1 OFF\n"));
    CHECK_FALSE(it.rig.excitation().is_on);
    CHECK(it.device.state().offset_V == 0.0);
    CHECK(it.device.state().amplitude_Vpp <= 2e-3);
}

TEST_CASE("33500: into a declared load voltages are those at the load", "[keysight]") {
    Generator it(Options{{"load", "50"}, {"channel", "1"}});
    it.bench.must(it.part->open());
    CHECK(it.bench.heard.find("LOAD 50") == std::string::npos);  // it is so at power-on
    it.bench.must(it.part->set("amplitude_V", 1.0));
    CHECK(it.rig.excitation().amplitude_V == Approx(2.0));  // the simulated input has no 50 ohm
    CHECK(it.bench.run(it.part->set("amplitude_V", 5.5)).error().code == Errc::refused);
}

TEST_CASE("33500: a wrong option is told with what would be right", "[keysight]") {
    CHECK(keysight::make_dialect({{"channel", "3"}}).error().code == Errc::invalid);
    CHECK(keysight::make_dialect({{"load", "high"}}).error().code == Errc::invalid);
    CHECK(keysight::make_dialect({{"load", "0.5"}}).error().code == Errc::invalid);
    drivers::parts::PartConfig config;
    config.name = "generator";
    config.device = "keysigth_33500";
    config.uri = "tcp://192.168.1.208:5025";
    auto wrong = drivers::parts::check_part(config);
    REQUIRE_FALSE(wrong.has_value());
    CHECK(wrong.error().sentence().find("did you mean 'keysight_33500'") != std::string::npos);
    config.device = "keysight_33500";
    CHECK(drivers::parts::check_part(config).has_value());
    config.options = {{"chanel", "1"}};
    wrong = drivers::parts::check_part(config);
    REQUIRE_FALSE(wrong.has_value());
    CHECK(wrong.error().sentence().find("did you mean 'channel'") != std::string::npos);
    config.options = {{"channel", "3"}};
    CHECK_FALSE(drivers::parts::check_part(config).has_value());
    config.options.clear();
    config.uri = "folder:///mnt/generator";
    CHECK_FALSE(drivers::parts::check_part(config).has_value());
    config.uri = "tcp://nowhere";
    CHECK_FALSE(drivers::parts::check_part(config).has_value());
}
