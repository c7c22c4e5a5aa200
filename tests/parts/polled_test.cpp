// SPDX-License-Identifier: MIT
//
// The engine of polled parts with a toy device: the clauses P-1 … of drivers/api/CONTRACT.md where
// they need a look inside; the rest is tests/conformance.
#include "tests/parts/toy.hpp"

#include <cmath>

using namespace relaxd;
using namespace relaxd::test;
using drivers::PartState;

TEST_CASE("P-1 a polled part is identified, then prepared, then ready", "[polled]") {
    Toy toy;
    CHECK(toy.part->state() == PartState::absent);
    CHECK(toy.bench.run(toy.part->read({})).error().code == Errc::unreachable);
    CHECK(toy.bench.heard.empty());
    CHECK(toy.bench.must(toy.part->open()).serial_number == "SIM1");
    CHECK(toy.part->state() == PartState::ready);
    CHECK(toy.part->trouble().empty());
    CHECK(toy.device.unit == "V");
    // Sentinel, identity, old complaints, power-on bit, then the preparation with its read-back.
    CHECK(toy.bench.heard == "ID?\nID?\nE?\nP?\nU?\nU V\nE?\nU?\n");
    CHECK(toy.bench.must(toy.part->verify()).is_as_set());
}

TEST_CASE("P-1 a polled part with another serial number is refused and not prepared", "[polled]") {
    Toy toy;
    toy.part = &toy.bench.make(std::make_unique<ToyDialect>(), "0417");
    const auto opened = toy.bench.run(toy.part->open());
    REQUIRE_FALSE(opened.has_value());
    CHECK(opened.error().code == Errc::refused);
    CHECK(toy.part->state() == PartState::absent);
    CHECK(toy.bench.heard == "ID?\nID?\n");
    CHECK(toy.bench.run(toy.part->set("amplitude_V", 1.0)).error().code == Errc::unreachable);
}

TEST_CASE("P-1 what cannot be prepared is not opened", "[polled]") {
    Toy toy;
    toy.device.is_deaf = true;
    const auto opened = toy.bench.run(toy.part->open());
    REQUIRE_FALSE(opened.has_value());
    CHECK(opened.error().sentence().find("the unit") != std::string::npos);
    CHECK_FALSE(toy.part->is_open());
}

TEST_CASE("P-2 P-4 a polled value has a number or a word, bytes and clocks", "[polled]") {
    Toy toy;
    toy.bench.must(toy.part->open());
    const auto all = toy.bench.must(toy.part->read({}));
    REQUIRE(all.size() == 3);
    CHECK(all[0].quantity == "value_V");
    CHECK(all[0].number == 1.5);
    CHECK(all[0].raw == "V 1.5\nS 0\n");
    CHECK(all[0].received_steady.ns > 0);
    CHECK(all[0].received_utc.ns > 0);
    toy.device.status = 1;
    const auto bad = toy.bench.value_of("value_V");
    CHECK(bad.status == "overload");
    CHECK(std::isnan(bad.number));
    toy.bench.heard.clear();
    const auto some = toy.bench.must(toy.part->read({"amplitude_V", "amplitude_V"}));
    REQUIRE(some.size() == 2);
    CHECK(toy.bench.heard == "A?\n");  // asked once
    CHECK(toy.bench.run(toy.part->read({"force_N"})).error().code == Errc::refused);
}

TEST_CASE("P-3 the queries of one value stand together", "[polled]") {
    Toy toy;
    toy.bench.must(toy.part->open());
    toy.bench.heard.clear();
    toy.bench.latency_s = 0.01;
    auto one = std::make_shared<std::optional<Result<std::vector<drivers::PartValue>>>>();
    auto two = std::make_shared<std::optional<Result<std::vector<drivers::PartValue>>>>();
    toy.bench.spawn(toy.part->read({"value_V"}), one);
    toy.bench.spawn(toy.part->read({"value_V"}), two);
    toy.bench.pass(1.0);
    REQUIRE(one->has_value());
    REQUIRE(two->has_value());
    CHECK(toy.bench.heard == "V?\nS?\nV?\nS?\n");
}

TEST_CASE("P-3 a late answer is nobody's", "[polled]") {
    Toy toy;
    toy.bench.must(toy.part->open());
    toy.bench.latency_s = 0.2;
    CHECK(toy.bench.run(toy.part->read({"value_V"})).error().code == Errc::timeout);
    CHECK(toy.part->state() == PartState::suspect);
    CHECK_FALSE(toy.part->trouble().empty());
    toy.bench.latency_s = 0.0;
    toy.device.value = 7.0;
    CHECK(toy.bench.value_of("value_V").number == 7.0);
    CHECK(toy.part->counters().timeouts == 1);
    CHECK(toy.part->counters().late_replies == 1);
    CHECK(toy.part->state() == PartState::ready);
}

TEST_CASE("P-5 P-6 a polled part sets, waits, reads back and says what was wrong", "[polled]") {
    Toy toy;
    toy.bench.must(toy.part->open());
    toy.bench.heard.clear();
    const auto high = toy.bench.run(toy.part->set("amplitude_V", 10.5));
    REQUIRE_FALSE(high.has_value());
    CHECK(high.error().code == Errc::refused);
    CHECK(high.error().message.find("amplitude_V = 10.5 is above 10") == 0);
    CHECK(toy.bench.run(toy.part->set("value_V", 1.0)).error().code == Errc::refused);
    CHECK(
        toy.bench.run(toy.part->set("amplitude_V", record::unknown)).error().code == Errc::refused
    );
    CHECK(toy.bench.heard.empty());
    const auto begun = toy.bench.timing.clock().steady();
    CHECK(toy.bench.must(toy.part->set("frequency_Hz", 20.0)) == 20.0);
    CHECK(toy.bench.heard == "F 20\nE?\nF?\n");
    CHECK(toy.bench.timing.clock().steady().ns - begun.ns >= 2'000'000'000);  // it settles
    const auto refused = toy.bench.run(toy.part->set("amplitude_V", 6.0));
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == Errc::corrupt);
    CHECK(
        refused.error().message ==
        "amplitude_V reads back as 0 and was set to 6; the device says: too much"
    );
    CHECK(toy.part->state() == PartState::degraded);
    toy.device.complaints = {"of long ago"};  // what reads back decides
    CHECK(toy.bench.must(toy.part->set("amplitude_V", 1.0)) == 1.0);
    toy.bench.must(toy.part->set("amplitude_V", 0.0));
    toy.device.is_deaf = true;
    const auto deaf = toy.bench.run(toy.part->set("amplitude_V", 2.0));
    REQUIRE_FALSE(deaf.has_value());
    CHECK(deaf.error().message == "amplitude_V reads back as 0 and was set to 2");
}

TEST_CASE("P-7 a reboot is found, told, prepared and set again in the right order", "[polled]") {
    Toy toy;
    toy.bench.must(toy.part->open());
    toy.bench.must(toy.part->set("amplitude_V", 2.0));
    toy.bench.must(toy.part->set("frequency_Hz", 20.0));
    toy.device.reboot();
    toy.bench.heard.clear();
    const drivers::PartCheck check = toy.bench.must(toy.part->verify());
    CHECK(check.has_rebooted);
    CHECK(check.is_restored);
    CHECK(toy.device.unit == "V");
    CHECK(toy.device.amplitude == 2.0);
    CHECK(toy.device.frequency == 20.0);
    CHECK(toy.bench.heard.find("F 20") < toy.bench.heard.find("A 2"));  // what drives comes last
    CHECK(toy.part->state() == PartState::ready);
    CHECK(toy.part->counters().resent == 2);
    CHECK(toy.bench.must(toy.part->verify()).is_as_set());
}

TEST_CASE("P-7 a turned knob is told with both numbers and only it is set again", "[polled]") {
    Toy toy;
    toy.bench.must(toy.part->open());
    toy.bench.must(toy.part->set("amplitude_V", 2.0));
    toy.bench.must(toy.part->set("frequency_Hz", 20.0));
    toy.device.amplitude = 3.0;
    toy.bench.heard.clear();
    const drivers::PartCheck check = toy.bench.must(toy.part->verify());
    CHECK_FALSE(check.has_rebooted);
    REQUIRE(check.changed.size() == 1);
    CHECK(check.changed[0] == "amplitude_V is 3, was set to 2");
    CHECK(toy.bench.heard.find("F 20") == std::string::npos);
    CHECK(toy.device.amplitude == 2.0);
    toy.device.unit = "mV";
    const drivers::PartCheck unit = toy.bench.must(toy.part->verify());
    REQUIRE(unit.changed.size() == 1);
    CHECK(unit.changed[0].find("the unit") == 0);
    CHECK(toy.device.unit == "V");
    CHECK(unit.is_restored);
}

TEST_CASE("P-7 what cannot be restored stays degraded until it can", "[polled]") {
    Toy toy;
    toy.bench.must(toy.part->open());
    toy.bench.must(toy.part->set("amplitude_V", 2.0));
    toy.device.reboot();
    toy.device.is_deaf = true;
    const drivers::PartCheck check = toy.bench.must(toy.part->verify());
    CHECK(check.has_rebooted);
    CHECK_FALSE(check.is_restored);
    CHECK(toy.part->state() == PartState::degraded);
    toy.device.is_deaf = false;
    const drivers::PartCheck again = toy.bench.must(toy.part->verify());
    CHECK(again.has_rebooted);  // still not as it was set
    CHECK(again.is_restored);
    CHECK(toy.device.amplitude == 2.0);
    CHECK(toy.bench.must(toy.part->verify()).is_as_set());
}

TEST_CASE("P-8 safe() ends what is being set, and nothing brings that back", "[polled]") {
    Toy toy;
    toy.bench.must(toy.part->open());
    toy.bench.latency_s = 0.05;
    auto setting = std::make_shared<std::optional<Result<double>>>();
    auto queued = std::make_shared<std::optional<Result<double>>>();
    auto safe = std::make_shared<std::optional<Result<void>>>();
    toy.bench.spawn(toy.part->set("amplitude_V", 2.0), setting);
    toy.bench.spawn(toy.part->set("amplitude_V", 3.0), queued);
    toy.bench.pass(0.01);
    toy.bench.heard.clear();
    toy.bench.spawn(toy.part->safe(), safe);
    toy.bench.pass(5.0);
    CHECK(toy.bench.heard.starts_with("A 0\nID?\n"));  // what waited was not sent before
    CHECK(toy.bench.heard.find("A 3") == std::string::npos);
    REQUIRE(setting->has_value());
    CHECK((*setting)->error().code == Errc::cancelled);
    REQUIRE(queued->has_value());
    CHECK((*queued)->error().code == Errc::cancelled);
    REQUIRE(safe->has_value());
    CHECK((*safe)->has_value());
    CHECK(toy.device.amplitude == 0.0);
    CHECK(toy.bench.must(toy.part->verify()).is_restored);
    CHECK(toy.device.amplitude == 0.0);
    CHECK(toy.part->state() == PartState::ready);
    CHECK(toy.bench.must(toy.part->set("amplitude_V", 1.0)) == 1.0);
}

TEST_CASE("P-8 safe() that is not taken says so", "[polled]") {
    Toy toy;
    toy.bench.must(toy.part->open());
    toy.bench.must(toy.part->set("amplitude_V", 2.0));
    toy.device.is_deaf = true;
    const auto safe = toy.bench.run(toy.part->safe());
    REQUIRE_FALSE(safe.has_value());
    CHECK(safe.error().message == "it still drives");
    CHECK(toy.part->state() == PartState::degraded);
}

TEST_CASE("P-10 P-11 calls of a link that is gone say so and end", "[polled]") {
    Toy toy;
    toy.bench.must(toy.part->open());
    toy.bench.is_mute = true;
    auto one = std::make_shared<std::optional<Result<std::vector<drivers::PartValue>>>>();
    auto two = std::make_shared<std::optional<Result<double>>>();
    toy.bench.spawn(toy.part->read({"value_V"}), one);
    toy.bench.spawn(toy.part->set("amplitude_V", 1.0), two);
    toy.bench.run_ready();
    SECTION("unplugged") {
        toy.bench.unplug();
        REQUIRE(one->has_value());
        REQUIRE(two->has_value());
        CHECK((*one)->error().code == Errc::unreachable);
        CHECK((*two)->error().code == Errc::unreachable);
        CHECK(toy.part->state() == PartState::lost);
        CHECK(toy.bench.run(toy.part->safe()).error().code == Errc::unreachable);
    }
    SECTION("closed") {
        toy.part->close();
        toy.bench.run_ready();
        REQUIRE(one->has_value());
        REQUIRE(two->has_value());
        CHECK((*one)->error().code == Errc::cancelled);
        CHECK((*two)->error().code == Errc::cancelled);
    }
    SECTION("destroyed") {
        toy.bench.part.reset();
        toy.bench.run_ready();
        REQUIRE(one->has_value());
        REQUIRE(two->has_value());
        CHECK((*one)->error().code == Errc::cancelled);
        CHECK((*two)->error().code == Errc::cancelled);
        return;
    }
    toy.bench.is_mute = false;
    toy.bench.must(toy.part->open());
    CHECK(toy.bench.value_of("value_V").number == 1.5);
    CHECK(toy.part->counters().reconnects == 1);
}

TEST_CASE("P-10 another device of no fixed serial number counts as restarted", "[polled]") {
    Toy toy;
    toy.bench.must(toy.part->open());
    toy.bench.must(toy.part->set("amplitude_V", 2.0));
    toy.bench.unplug();
    toy.device.serial = "SIM2";
    toy.device.is_new = false;
    toy.device.amplitude = 0.0;
    toy.bench.must(toy.part->open());
    const drivers::PartCheck check = toy.bench.must(toy.part->verify());
    CHECK(check.has_rebooted);
    CHECK(check.is_restored);
    CHECK(toy.device.amplitude == 2.0);
}
