// SPDX-License-Identifier: MIT
//
// The SR830: its words, and the part with a simulated one on the pendulum's rig.
#include "drivers/parts/polled/srs_lock_in.hpp"
#include "drivers/parts/sr830/dialect.hpp"
#include "drivers/parts/sr830/protocol.hpp"
#include "drivers/simulator/parts/sr830_device.hpp"
#include "tests/parts/sr830_bench.hpp"

#include <cmath>
#include <complex>
#include <numbers>

using namespace relaxd;
using namespace relaxd::test;
using namespace relaxd::drivers::parts;
using drivers::PartState;
using simulator::LockInInput;
using simulator::Sr830Device;

namespace {

using Bench = LockInBench<Sr830Device>;

constexpr const char* end = "\r";

/// One that drives the pendulum and looks at its angle, already open.
struct Lab {
    explicit Lab(const Options& options = {}, bool is_source = true)
        : device(rig, LockInInput::angle, is_source), bench(rig, device) {
        bench.opened(sr830::make_dialect, options);
    }
    simulator::PendulumRig rig{still_pendulum()};
    Sr830Device device;
    Bench bench;
};

}  // namespace

TEST_CASE("SR830: the manual's examples are understood", "[sr830]") {
    const auto snap = srs_snap_of("0.951359,0.0253297,1000.00\r", end);
    REQUIRE(snap.has_value());
    CHECK(snap->x_V == 0.951359);
    CHECK(snap->y_V == 0.0253297);
    CHECK(snap->frequency_Hz == 1000.0);
    CHECK(srs_number_of("-1.01026\r", end) == -1.01026);
    CHECK(srs_number_of("-1.234567e-009\r", end) == -1.234567e-9);
    const auto name = srs_name_of("Stanford_Research_Systems,SR830,s/n00111,ver1.000\r", end);
    REQUIRE(name.has_value());
    CHECK(name->model == "SR830");
    CHECK(name->serial_number == "00111");
    CHECK(name->firmware == "1.000");
}

TEST_CASE("SR830: a reply is taken whole or not at all", "[sr830]") {
    const std::string whole = "0.951359,0.0253297,1000.00\r";
    for (std::size_t cut = 0; cut < whole.size(); ++cut) {
        INFO("cut after " << cut);
        CHECK_FALSE(srs_snap_of(whole.substr(0, cut), end).has_value());
        std::string hurt = whole;
        hurt[cut] = '\0';
        CHECK_FALSE(srs_snap_of(hurt, end).has_value());
    }
    for (const char* wrong : {
             "1,2\r",
             "1,2,3,4\r",
             "1,2,3\n",
             " 1,2,3\r",
             "1,2,3 \r",
             "nan,2,3\r",
             "1,inf,3\r",
             "1,2,-3\r",
             "1,,3\r",
             "1,2,3\r4\r",
             "8\r",
         }) {
        INFO(wrong);
        CHECK_FALSE(srs_snap_of(wrong, end).has_value());
    }
    for (const char* wrong : {"256\r", "-1\r", "1.0\r", "+1\r", "\r", "1", "0 \r", "000001\r"}) {
        INFO(wrong);
        CHECK_FALSE(srs_count_of(wrong, end, 255).has_value());
    }
    CHECK_FALSE(srs_name_of("Stanford_Research_Systems,SR830,,ver1\r", end).has_value());
    CHECK_FALSE(srs_name_of("Stanford_Research_Systems,SR830\r", end).has_value());
}

TEST_CASE("SR830: the worst status bit is the word", "[sr830]") {
    CHECK(sr830::status_word(0).empty());
    CHECK(sr830::status_word(sr830::triggered).empty());
    CHECK(sr830::status_word(1) == "overload");
    CHECK(sr830::status_word(2) == "filter_overload");
    CHECK(sr830::status_word(4) == "output_overload");
    CHECK(sr830::status_word(8) == "unlocked");
    CHECK(sr830::status_word(16) == "settings_changed");
    CHECK(sr830::status_word(32) == "settings_changed");
    CHECK(sr830::status_word(255) == "overload");
    CHECK(sr830::status_word(8 + 16) == "unlocked");
}

TEST_CASE("SR830: the tables are the manual's", "[sr830]") {
    const auto times = sr830::time_constants_s();
    REQUIRE(times.size() == 20);
    const auto ranges = sr830::sensitivities_V();
    REQUIRE(ranges.size() == 27);
    for (std::size_t i = 0; i < times.size(); ++i) {  // 1, 3, 10 … from 10 us
        const double decade = std::pow(10.0, std::floor(static_cast<double>(i) / 2.0) - 5.0);
        CHECK(times[i] == Approx(i % 2 == 0 ? decade : 3.0 * decade).epsilon(1e-12));
    }
    for (std::size_t i = 0; i < ranges.size(); ++i) {  // 2, 5, 10 … from 2 nV
        constexpr double steps[] = {2e-9, 5e-9, 10e-9};
        const double decade = std::pow(10.0, std::floor(static_cast<double>(i) / 3.0));
        CHECK(ranges[i] == Approx(steps[i % 3] * decade).epsilon(1e-12));
    }
}

TEST_CASE("SR830: the part shows X and Y of the input that it looks at", "[sr830]") {
    simulator::PendulumRig rig(still_pendulum());
    Sr830Device on_angle(rig, LockInInput::angle, true);
    Bench angle(rig, on_angle);
    angle.opened(sr830::make_dialect);
    angle.set("sensitivity_V", 1.0);
    angle.set("frequency_Hz", 1.0);
    angle.set("time_constant_s", 3.0);
    angle.set("slope_dB_per_octave", 24.0);
    const double amplitude_V = angle.set("amplitude_V", 0.1);
    CHECK(amplitude_V == Approx(0.1).margin(0.0015));
    angle.pass(120.0);
    const auto values = angle.read({"x_V", "y_V", "frequency_Hz"});
    REQUIRE(values.size() == 3);
    for (const auto& value : values) {
        INFO(value.quantity << ' ' << value.status);
        CHECK(value.has_number());
    }
    // 0.01 A/V into the coil, 100 V/A at the sense resistor; rms.
    const double torque_V = 0.01 * 100.0 * amplitude_V / std::numbers::sqrt2;
    const std::complex<double> expected = torque_V * rig.settled_ratio();
    const std::complex<double> shown(values[0].number, values[1].number);
    CHECK(std::abs(shown - expected) < 1e-3 * std::abs(expected));
    CHECK(values[2].number == 1.0);
    Sr830Device on_torque(rig, LockInInput::torque, false);
    Bench torque(rig, on_torque);
    torque.timing.advance_to(angle.timing.clock().steady());
    torque.opened(sr830::make_dialect, {{"reference", "external"}, {"source", "no"}});
    const auto sense = torque.read({"x_V", "y_V"});
    CHECK(sense[0].number == Approx(torque_V).epsilon(1e-3));
    CHECK(std::abs(sense[1].number) < 1e-3 * torque_V);
}

TEST_CASE("SR830: amplitudes are peak outside and rms inside", "[sr830]") {
    Lab lab;
    const double held = lab.bench.set("amplitude_V", 1.0);
    CHECK(lab.device.held("SLVL") == Approx(0.708));
    CHECK(held == Approx(0.708 * std::numbers::sqrt2));
    CHECK(lab.rig.excitation().amplitude_V == Approx(held));
    CHECK(lab.rig.excitation().is_on);
}

TEST_CASE("SR830: a latched status bit takes the number away once", "[sr830]") {
    Lab lab;
    lab.device.unit().pretend(std::complex<double>(0.01, 0.02));
    CHECK(lab.bench.value_of("x_V").number == 0.01);
    lab.device.unit().overload(true);
    lab.bench.pass(0.1);
    lab.device.advance_to(lab.bench.timing.clock().steady());
    lab.device.unit().overload(false);
    const auto flagged = lab.bench.value_of("y_V");
    CHECK(flagged.status == "overload");
    CHECK(std::isnan(flagged.number));
    CHECK(lab.bench.value_of("y_V").number == 0.02);
}

TEST_CASE("SR830: reading back a setting does not use up the status", "[sr830]") {
    Lab lab;
    lab.device.unit().overload(true);
    lab.device.advance_to(lab.bench.timing.clock().steady());
    lab.device.unit().overload(false);
    lab.bench.set("frequency_Hz", 0.5);
    CHECK(lab.bench.must(lab.bench.part->verify()).is_as_set());
    CHECK(lab.bench.value_of("x_V").status == "overload");
}

TEST_CASE("SR830: full scale is no number", "[sr830]") {
    Lab lab;
    lab.bench.set("sensitivity_V", 10e-3);
    lab.device.unit().pretend(std::complex<double>(9.9e-3, 0.0));
    CHECK(lab.bench.value_of("x_V").number == 9.9e-3);
    lab.device.unit().pretend(std::complex<double>(0.5, 0.0));
    CHECK(lab.bench.value_of("x_V").status == "output_overload");
    lab.device.unit().pretend(std::complex<double>(10e-3, 0.0));  // no bit: just full scale
    static_cast<void>(lab.bench.value_of("x_V"));
    CHECK(lab.bench.value_of("x_V").status == "out_of_range");
    CHECK(lab.bench.value_of("frequency_Hz").has_number());
}

TEST_CASE("SR830: what is in no table is refused and the table told", "[sr830]") {
    Lab lab;
    lab.bench.heard.clear();
    const auto refused = lab.bench.run(lab.bench.part->set("time_constant_s", 0.2));
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == Errc::refused);
    CHECK(refused.error().sentence().find("0.1, 0.3") != std::string::npos);
    CHECK(lab.bench.run(lab.bench.part->set("harmonic", 1.5)).error().code == Errc::refused);
    CHECK(lab.bench.run(lab.bench.part->set("amplitude_V", 0.005)).error().code == Errc::refused);
    CHECK(lab.bench.run(lab.bench.part->set("offset_V", 0.1)).error().code == Errc::refused);
    CHECK(lab.bench.heard.empty());
    CHECK(lab.bench.set("time_constant_s", 0.3) == 0.3);
    CHECK(lab.bench.set("phase_rad", 3.0) == Approx(3.0).margin(1e-4));
    CHECK(lab.bench.set("slope_dB_per_octave", 24.0) == 24.0);
    CHECK(lab.bench.set("harmonic", 2.0) == 2.0);
}

TEST_CASE("SR830: crossing the range is told, and long time constants come back", "[sr830]") {
    Lab lab;
    lab.bench.set("time_constant_s", 100.0);
    lab.bench.set("frequency_Hz", 10.0);
    static_cast<void>(lab.bench.value_of("x_V"));
    lab.device.turn("FREQ", 500.0);  // somebody at its front panel
    CHECK(lab.device.held("OFLT") == 13.0);
    CHECK(lab.bench.value_of("x_V").status == "settings_changed");
    const auto check = lab.bench.must(lab.bench.part->verify());
    CHECK(check.changed.size() == 2);
    CHECK(check.is_restored);
    CHECK(lab.device.held("FREQ") == 10.0);
    CHECK(lab.device.held("OFLT") == 14.0);
}

TEST_CASE("SR830: after a reboot all is set again, and nothing is ever reset", "[sr830]") {
    Lab lab;
    lab.bench.set("frequency_Hz", 0.5);
    lab.bench.set("amplitude_V", 0.5);
    lab.device.reboot();
    CHECK(lab.device.held("ICPL") == 0.0);
    const auto check = lab.bench.must(lab.bench.part->verify());
    CHECK(check.has_rebooted);
    CHECK(check.is_restored);
    CHECK(lab.device.held("FREQ") == 0.5);
    CHECK(lab.device.held("SLVL") == Approx(0.354));
    CHECK(lab.device.held("ICPL") == 1.0);
    CHECK(lab.bench.part->state() == PartState::ready);
    CHECK(lab.bench.heard.find("*RST") == std::string::npos);
}

TEST_CASE("SR830: an offset left at the front panel is taken away", "[sr830]") {
    simulator::PendulumRig rig(still_pendulum());
    Sr830Device device(rig, LockInInput::angle, true);
    static_cast<void>(said(device, "OEXP 1,50,1\rOEXP 2,-3,0\rICPL 0\r"));
    Bench bench(rig, device);
    bench.opened(sr830::make_dialect);
    CHECK(said(device, "OEXP? 1\rOEXP? 2\rICPL?\r") == "0.00,0\r0.00,0\r1\r");
}

TEST_CASE("SR830: a lost external reference takes all three numbers", "[sr830]") {
    Lab lab({{"reference", "external"}, {"source", "no"}}, false);
    for (const auto& value : lab.bench.read({"x_V", "y_V", "frequency_Hz"})) {
        CHECK(value.status == "unlocked");
    }
    simulator::RigExcitation excitation;
    excitation.amplitude_V = 0.1;
    excitation.frequency_Hz = 2.0;
    excitation.is_on = true;
    lab.rig.excite(excitation);
    static_cast<void>(lab.bench.value_of("x_V"));
    CHECK(lab.bench.value_of("frequency_Hz").number == 2.0);
    CHECK(lab.bench.run(lab.bench.part->set("frequency_Hz", 1.0)).error().code == Errc::refused);
    CHECK(lab.bench.run(lab.bench.part->set("amplitude_V", 1.0)).error().code == Errc::refused);
}

TEST_CASE("SR830: safe is the least sine, and nothing where it drives nothing", "[sr830]") {
    Lab lab;
    lab.bench.set("amplitude_V", 1.0);
    lab.bench.must(lab.bench.part->safe());
    CHECK(lab.device.held("SLVL") == 0.004);
    Lab other(Options{{"source", "no"}});
    other.bench.heard.clear();
    other.bench.must(other.bench.part->safe());
    CHECK(other.bench.heard.empty());
}

TEST_CASE("SR830: another model and another word are refused", "[sr830]") {
    auto dialect = sr830::make_dialect({});
    REQUIRE(dialect.has_value());
    const std::vector<std::string> other{"Stanford_Research_Systems,SR810,s/n1,ver1.0\r"};
    CHECK((*dialect)->identity(other).error().code == Errc::refused);
    const std::vector<std::string> real{"Stanford_Research_Systems,SR830,s/n46117,ver1.07\r"};
    CHECK_FALSE((*dialect)->identity(real).value().simulated);
    const std::vector<std::string> simulated{"Stanford_Research_Systems,SR830,s/nSIM1,ver1.07\r"};
    CHECK((*dialect)->identity(simulated).value().simulated);
    for (const char* key : {"input", "reference", "trigger", "source"}) {
        const auto refused = sr830::make_dialect({{key, "maybe"}});
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().code == Errc::invalid);
        CHECK(refused.error().sentence().find(key) != std::string::npos);
    }
}

TEST_CASE("simulated SR830: it answers as the README says", "[sr830]") {
    simulator::PendulumRig rig(still_pendulum());
    Sr830Device device(rig, LockInInput::angle, true);
    CHECK(said(device, "*ESR?\r") == "128\r");
    CHECK(said(device, "FREQ 10E3;FREQ?;SLVL?\r") == "10000\r0.004\r");  // one by one
    CHECK(said(device, "SLVL 0.7071\rslvl?\r") == "0.708\r");
    CHECK(said(device, "NONSENSE 3\r").empty());
    CHECK(said(device, "*ESR?\r") == "32\r");
    CHECK(said(device, "SLVL 9\rSNAP? 1\r").empty());
    CHECK(said(device, "*ESR?\r") == "16\r");
    CHECK(said(device, std::string(300, 'A') + "\r").empty());
    CHECK((said(device, "*ESR?\r") == "33\r"));  // overflow, and what was left is illegal
    CHECK(said(device, "ERRS?\rOUTP? 9\r") == "0\r10000\r");
    CHECK(said(device, "OUTX 1\r*IDN?\r").empty());
    CHECK(said(device, "OUTX 0\r*IDN?\r").starts_with("Stanford_Research_Systems,SR830,s/nSIM"));
}
