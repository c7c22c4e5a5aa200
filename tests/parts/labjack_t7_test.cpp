// SPDX-License-Identifier: MIT
//
// The LabJack T7 as a polled part: identity, how its inputs are set, outputs and watchdog.
#include "tests/parts/labjack_bench.hpp"

#include <algorithm>
#include <cmath>

using namespace relaxd::test;
namespace drivers = relaxd::drivers;
using drivers::PartState;
using drivers::parts::labjack_t7::Settings;
using relaxd::Errc;

namespace {

/// Function codes of the requests in `heard`.
std::vector<int> functions_in(const std::string& heard) {
    std::vector<int> out;
    for (std::size_t at = 0; at + 8 <= heard.size();) {
        out.push_back(static_cast<unsigned char>(heard[at + 7]));
        const auto high = static_cast<unsigned char>(heard[at + 4]);
        const auto low = static_cast<unsigned char>(heard[at + 5]);
        at += 6U + 256U * high + low;
    }
    return out;
}

std::ptrdiff_t writes_in(const std::string& heard) {
    const std::vector<int> functions = functions_in(heard);
    return std::ranges::count(functions, 16);
}

}  // namespace

TEST_CASE("a T7 is identified, then its inputs and its watchdog are set", "[labjack]") {
    LabJackBench bench;
    const drivers::Identity identity = bench.must(bench.t7->open());
    CHECK(identity.vendor == "LabJack");
    CHECK(identity.model == "T7");
    CHECK(identity.serial_number == "999007");
    CHECK(identity.firmware == "1.0331");
    CHECK(identity.simulated);
    CHECK(bench.t7->state() == PartState::ready);
    CHECK(bench.device.number_at(43900) == 10.0);  // AIN_ALL_RANGE
    CHECK(bench.device.count_at(61600) == 1);      // WATCHDOG_ENABLE_DEFAULT
    CHECK(bench.device.count_at(61604) == 30);
    CHECK(bench.device.count_at(61640) == 1);  // DAC0 …
    CHECK(bench.device.count_at(61650) == 1);  // … and DAC1 go to
    CHECK(bench.device.number_at(61642) == 0.0);
    CHECK(bench.device.number_at(61652) == 0.0);
    const std::vector<int> functions = functions_in(bench.heard);
    REQUIRE(functions.size() > 4);
    CHECK(std::all_of(functions.begin(), functions.begin() + 5, [](int f) { return f == 3; }));

    // Flash wears out: what is right already is not written again.
    bench.heard.clear();
    bench.must(bench.t7->open());
    CHECK(writes_in(bench.heard) == 0);
}

TEST_CASE("another serial number is refused and nothing is set", "[labjack]") {
    LabJackBench bench(1.0, Settings(), "470012345");
    const auto opened = bench.run(bench.t7->open());
    REQUIRE_FALSE(opened.has_value());
    CHECK(opened.error().code == Errc::refused);
    CHECK(writes_in(bench.heard) == 0);
}

TEST_CASE("what is no T7, or swaps words, is refused", "[labjack]") {
    LabJackBench bench;
    SECTION("a T4") {
        bench.device.poke_float(60000, 4.0);
    }
    SECTION("words swapped") {
        bench.device.poke_float(55100, 0.0);
    }
    const auto opened = bench.run(bench.t7->open());
    REQUIRE_FALSE(opened.has_value());
    CHECK_FALSE(bench.t7->is_open());
    CHECK(writes_in(bench.heard) == 0);
}

TEST_CASE("an input is volts, or says why not", "[labjack]") {
    LabJackBench bench;
    bench.must(bench.t7->open());
    bench.device.feed(0, 1.25);
    bench.device.feed(3, -7.5);
    CHECK(bench.value_of("ain0_V").number == Approx(1.25).margin(1e-5));
    const drivers::PartValue third = bench.value_of("ain3_V");
    CHECK(third.number == Approx(-7.5).margin(1e-5));
    CHECK_FALSE(third.raw.empty());
    bench.device.feed(0, 10.05);
    CHECK(bench.value_of("ain0_V").status == "overload");
    CHECK(std::isnan(bench.value_of("ain0_V").number));
    CHECK(bench.value_of("ain3_V").has_number());  // the other in the same reply
}

TEST_CASE("an output holds what it is given, and safe() takes it away", "[labjack]") {
    LabJackBench bench;
    bench.must(bench.t7->open());
    CHECK(bench.must(bench.t7->set("dac0_V", 2.5)) == Approx(2.5).margin(2.5e-3));
    CHECK(bench.must(bench.t7->set("dac1_V", 5.0)) == Approx(5.0).margin(2.5e-3));
    CHECK(bench.device.output_V(0) == Approx(2.5).margin(1e-3));
    bench.heard.clear();
    CHECK(bench.run(bench.t7->set("dac0_V", 5.1)).error().code == Errc::refused);
    CHECK(bench.run(bench.t7->set("ain0_V", 1.0)).error().code == Errc::refused);
    CHECK(bench.heard.empty());
    bench.must(bench.t7->safe());
    CHECK(bench.device.output_V(0) == 0.0);
    CHECK(bench.device.output_V(1) == 0.0);
}

TEST_CASE("outputs go to zero when the host is silent for longer than it said", "[labjack]") {
    Settings settings;
    settings.watchdog_s = 5;
    LabJackBench bench(1.0, settings);
    bench.must(bench.t7->open());
    bench.must(bench.t7->set("dac0_V", 3.0));
    for (int i = 0; i < 5; ++i) {
        bench.pass(4.0);
        CHECK(bench.must(bench.t7->verify()).is_as_set());
    }
    CHECK(bench.device.output_V(0) > 2.9);
    bench.unplug();
    bench.pass(4.0);
    CHECK(bench.device.output_V(0) > 2.9);
    bench.pass(2.5);
    CHECK(bench.device.output_V(0) == 0.0);
}

TEST_CASE("settings that somebody changed are found and set again", "[labjack]") {
    LabJackBench bench;
    bench.must(bench.t7->open());
    bench.must(bench.t7->set("dac0_V", 1.0));
    SECTION("a range") {
        bench.device.poke_float(43900, 1.0);
    }
    SECTION("the watchdog's voltage") {
        bench.device.poke_float(61642, 4.0);
    }
    SECTION("an output") {
        bench.device.poke_float(1000, 4.0);
    }
    const drivers::PartCheck check = bench.must(bench.t7->verify());
    CHECK_FALSE(check.is_as_set());
    CHECK(check.is_restored);
    CHECK(bench.device.number_at(43900) == 10.0);
    CHECK(bench.device.number_at(61642) == 0.0);
    CHECK(bench.device.output_V(0) == Approx(1.0).margin(1e-3));
    CHECK(bench.must(bench.t7->verify()).is_as_set());
}

TEST_CASE("a reboot is told by the device's own clock", "[labjack]") {
    LabJackBench bench;
    bench.must(bench.t7->open());
    bench.must(bench.t7->set("dac0_V", 1.0));
    bench.device.reboot();
    const drivers::PartCheck check = bench.must(bench.t7->verify());
    CHECK(check.has_rebooted);
    CHECK(check.is_restored);
    CHECK(bench.device.output_V(0) == Approx(1.0).margin(1e-3));
    CHECK(bench.device.count_at(61600) == 1);
}

TEST_CASE("a watchdog that is to be left alone is", "[labjack]") {
    Settings settings;
    settings.watchdog_s = 0;
    LabJackBench bench(1.0, settings);
    bench.must(bench.t7->open());
    CHECK(bench.device.count_at(61600) == 0);
}
