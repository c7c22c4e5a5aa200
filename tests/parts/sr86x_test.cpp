// SPDX-License-Identifier: MIT
//
// SR860 and SR865A: their words, and the part with a simulated one on the pendulum's rig.
#include "drivers/parts/polled/srs_lock_in.hpp"
#include "drivers/parts/sr86x/dialect.hpp"
#include "drivers/parts/sr86x/protocol.hpp"
#include "drivers/simulator/parts/sr86x_device.hpp"
#include "tests/parts/sr830_bench.hpp"

#include <cmath>
#include <complex>
#include <numbers>

using namespace relaxd;
using namespace relaxd::test;
using namespace relaxd::drivers::parts;
using simulator::LockInInput;
using simulator::Sr86xDevice;

namespace {

struct Lab {
    explicit Lab(const Options& options = {}, bool is_source = true)
        : device(rig, LockInInput::torque, is_source), bench(rig, device) {
        bench.opened(sr86x::make_dialect, options);
    }
    simulator::PendulumRig rig{still_pendulum()};
    Sr86xDevice device;
    LockInBench<Sr86xDevice> bench;
};

}  // namespace

TEST_CASE("SR86x: real names are understood", "[sr86x]") {
    auto dialect = sr86x::make_dialect({});
    REQUIRE(dialect.has_value());
    for (const char* text : {
             "Stanford_Research_Systems,SR860,003693,V1.51\n",
             "Stanford_Research_Systems,SR865A,002725,v1.34\n",
         }) {
        const std::vector<std::string> reply{text};
        const auto identity = (*dialect)->identity(reply);
        REQUIRE(identity.has_value());
        CHECK_FALSE(identity->simulated);
        CHECK(identity->firmware.starts_with("1."));
    }
    const std::vector<std::string> other{"Stanford_Research_Systems,SR830,s/n1,ver1.07\n"};
    CHECK((*dialect)->identity(other).error().code == Errc::refused);
    CHECK_FALSE(sr86x::make_dialect({{"reference", "both"}}).has_value());
}

TEST_CASE("SR86x: its status bits are not the SR830's", "[sr86x]") {
    CHECK(sr86x::status_word(0).empty());
    CHECK(sr86x::status_word(1U << 0U) == "output_overload");
    CHECK(sr86x::status_word(1U << 1U) == "output_overload");
    CHECK(sr86x::status_word(1U << 3U) == "unlocked");
    CHECK(sr86x::status_word(1U << 4U) == "overload");
    CHECK(sr86x::status_word(1U << 5U) == "filter_overload");
    CHECK(sr86x::status_word(1U << 6U) == "filter_overload");
    for (const unsigned bit : {2U, 7U, 8U, 9U, 10U, 11U, 12U, 13U, 14U}) {
        CHECK(sr86x::status_word(1U << bit).empty());
    }
}

TEST_CASE("SR86x: the tables are the maker's", "[sr86x]") {
    REQUIRE(sr86x::time_constants_s().size() == 22);
    CHECK(sr86x::time_constants_s()[0] == 1e-6);
    CHECK(sr86x::time_constants_s()[10] == 0.1);
    CHECK(sr86x::time_constants_s()[21] == 30e3);
    const auto scales = sr86x::sensitivities_V();
    REQUIRE(scales.size() == 28);
    for (std::size_t i = 0; i < scales.size(); ++i) {  // 1, 0.5, 0.2, 0.1 … V
        constexpr double steps[] = {1.0, 0.5, 0.2};
        const double decade = std::pow(10.0, -std::floor(static_cast<double>(i) / 3.0));
        CHECK(scales[i] == Approx(steps[i % 3] * decade).epsilon(1e-12));
    }
}

TEST_CASE("SR86x: the part shows the coil's current and drives it", "[sr86x]") {
    Lab lab;
    lab.bench.set("frequency_Hz", 0.5);
    lab.bench.set("time_constant_s", 3.0);
    lab.bench.set("slope_dB_per_octave", 24.0);
    CHECK(lab.bench.set("amplitude_V", 0.2) == Approx(0.2).epsilon(1e-6));
    CHECK(lab.device.held("SLVL") == Approx(0.2 / std::numbers::sqrt2));
    CHECK(lab.bench.set("offset_V", 0.05) == Approx(0.05));
    CHECK(lab.rig.excitation().offset_V == 0.05);
    CHECK(lab.rig.excitation().amplitude_V == Approx(0.2));
    lab.bench.pass(120.0);
    const auto values = lab.bench.read({"x_V", "y_V", "frequency_Hz"});
    // 0.01 A/V into the coil, 100 V/A at the sense resistor; rms.
    const double torque_V = 0.01 * 100.0 * 0.2 / std::numbers::sqrt2;
    CHECK(values[0].number == Approx(torque_V).epsilon(1e-3));
    CHECK(std::abs(values[1].number) < 1e-3 * torque_V);
    CHECK(values[2].number == 0.5);
}

TEST_CASE("SR86x: overload, scale and a lost reference take the numbers", "[sr86x]") {
    Lab lab;
    lab.device.unit().pretend(std::complex<double>(1e-3, 2e-3));
    CHECK(lab.bench.value_of("y_V").number == 2e-3);
    lab.device.unit().overload(true);
    CHECK(lab.bench.value_of("x_V").status == "overload");
    lab.device.unit().overload(false);
    static_cast<void>(lab.bench.value_of("x_V"));
    lab.bench.set("sensitivity_V", 1e-3);
    CHECK(lab.bench.value_of("x_V").status == "output_overload");
    Lab external({{"reference", "external"}, {"source", "no"}}, false);
    for (const auto& value : external.bench.read({"x_V", "y_V", "frequency_Hz"})) {
        CHECK(value.status == "unlocked");
    }
}

TEST_CASE("SR86x: settings come back after a reboot; nothing is ever reset", "[sr86x]") {
    Lab lab;
    CHECK(lab.bench.set("input_range_V", 0.03) == 0.03);
    lab.bench.set("frequency_Hz", 0.01);
    lab.bench.set("amplitude_V", 1.0);
    CHECK(lab.bench.run(lab.bench.part->set("input_range_V", 0.5)).error().code == Errc::refused);
    lab.device.reboot();
    const auto check = lab.bench.must(lab.bench.part->verify());
    CHECK(check.has_rebooted);
    CHECK(check.is_restored);
    CHECK(lab.device.held("IRNG") == 3.0);
    CHECK(lab.device.held("FREQ") == 0.01);
    CHECK(lab.device.held("ICPL") == 1.0);
    CHECK(lab.rig.excitation().amplitude_V == Approx(1.0));
    CHECK(lab.bench.heard.find("*RST") == std::string::npos);
}

TEST_CASE("SR86x: safe takes sine and offset away", "[sr86x]") {
    Lab lab;
    lab.bench.set("amplitude_V", 1.0);
    lab.bench.set("offset_V", 1.0);
    lab.bench.must(lab.bench.part->safe());
    CHECK(lab.rig.excitation().amplitude_V < 1e-8);
    CHECK(lab.rig.excitation().offset_V == 0.0);
}

TEST_CASE("simulated SR86x: it answers as the README says", "[sr86x]") {
    simulator::PendulumRig rig(still_pendulum());
    Sr86xDevice device(rig, LockInInput::angle, true);
    CHECK(said(device, "*ESR?\n") == "128\n");
    CHECK(said(device, "FREQ?;SLVL?;HARM?\n") == "1;0;1\n");  // one line, joined
    CHECK(said(device, "SLVL0.5\n").empty());                 // the blank is needed
    CHECK(said(device, "*ESR?\n") == "32\n");
    CHECK(said(device, "SLVL 3\nSNAP? 0\n").empty());
    CHECK(said(device, "*ESR?\n") == "16\n");
    CHECK(said(device, "SNAP? 0,1,15\n") == "0,0,1\n");
    CHECK(said(device, "SNAP? 0,1,2,3\n").empty());
    CHECK(said(device, "*IDN?\n").starts_with("Stanford_Research_Systems,SR860,SIM"));
}
