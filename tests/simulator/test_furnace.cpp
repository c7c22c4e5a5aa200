// SPDX-License-Identifier: MIT
// The realistic furnace and its thermocouple, by closed forms.
#include "drivers/simulator/furnace.hpp"
#include "tests/support/catch.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <cmath>

namespace relaxd::simulator {
namespace {

FurnaceOptions heater() {
    FurnaceOptions options;
    options.heater = true;
    return options;
}

constexpr int steps_a_minute = 600;

}  // namespace

TEST_CASE("constant power gives the first-order response", "[simulator][furnace]") {
    auto options = heater();
    options.heater_lag_s = 0.0;
    HeatedBlock block(options, 0.0);
    const double time_s = options.heat_capacity_J_per_K / options.loss_W_per_K;
    for (int k = 1; k <= 20000; ++k) {
        block.step(50.0);
        const double rise_K = 50.0 / options.loss_W_per_K * -std::expm1(-0.1 * k / time_s);
        REQUIRE(block.block_K() - ambient_K == Approx(rise_K).epsilon(1e-10));
        REQUIRE(block.junction_K() == Approx(block.block_K()).epsilon(1e-12));
    }
}

TEST_CASE("the heater's lag is of first order", "[simulator][furnace]") {
    auto options = heater();
    options.heater_lag_s = 7.0;
    HeatedBlock block(options, 0.0);
    for (int k = 1; k <= 300; ++k) {
        block.step(80.0);
        REQUIRE(block.power_W() == Approx(80.0 * -std::expm1(-0.1 * k / 7.0)).epsilon(1e-10));
    }
}

TEST_CASE("specimen and junction trail a steady ramp by rate times lag", "[simulator][furnace]") {
    // Little loss and the power of exactly 10 K/min: the block rises linearly.
    for (const double rate_K_per_s : {0.05, 10.0 / 60.0, -0.05}) {
        auto options = heater();
        options.heater_lag_s = 0.0;
        options.loss_W_per_K = 1e-4;
        HeatedBlock block(options, 2.0);
        for (int k = 0; k < 3000; ++k) {
            const double loss_W = options.loss_W_per_K * (block.block_K() - ambient_K);
            block.step(options.heat_capacity_J_per_K * rate_K_per_s + loss_W);
        }
        // A step's loss is that at its start: 1e-4 W/K over 0.1 s is nothing at 1e-6.
        CHECK(block.block_K() - block.junction_K() == Approx(2.0 * rate_K_per_s).epsilon(1e-5));
        CHECK(block.block_K() - block.specimen_K() == Approx(15.0 * rate_K_per_s).epsilon(1e-5));
    }
}

TEST_CASE("in a run the specimen lags more the faster it is heated", "[simulator][furnace]") {
    for (const double rate_K_per_min : {1.0, 3.0, 10.0}) {
        Furnace furnace(heater(), ThermocoupleOptions());
        const double rate_K_per_s = rate_K_per_min / 60.0;
        const double time_s = 100.0 / rate_K_per_s;
        while (furnace.reached_s() < time_s) {
            furnace.step(ambient_K + rate_K_per_s * furnace.reached_s(), true);
        }
        CHECK(
            furnace.shown_K() - furnace.specimen_K() == Approx(13.0 * rate_K_per_s).epsilon(0.02)
        );
    }
}

TEST_CASE("good gains do not overshoot and bad ones do", "[simulator][furnace]") {
    const auto overshoot_K = [](const FurnaceOptions& options) {
        Furnace furnace(options, ThermocoupleOptions());
        double highest_K = 0.0;
        for (int k = 0; k < 60 * steps_a_minute; ++k) {
            furnace.step(450.0, true);
            highest_K = std::max(highest_K, furnace.shown_K());
        }
        return highest_K - 450.0;
    };
    CHECK(overshoot_K(heater()) < 0.5);
    auto bad = heater();
    bad.gain_W_per_K = 4.0;
    bad.integral_W_per_K_s = 0.3;
    bad.feed_forward = 0.0;
    CHECK(overshoot_K(bad) > 5.0);
    auto windup = heater();  // a limit alone does not: the integral stands still there
    windup.power_max_W = 90.0;
    CHECK(overshoot_K(windup) < 1.0);
}

TEST_CASE("the furnace settles at both ends of its range", "[simulator][furnace]") {
    for (const double goal_K : {123.15, 250.0, 300.0, 873.15}) {
        Furnace furnace(heater(), ThermocoupleOptions());
        for (int k = 0; k < 60 * steps_a_minute; ++k) {
            furnace.step(goal_K, true);
        }
        CHECK(furnace.shown_K() == Approx(goal_K).margin(0.05));
        CHECK(furnace.specimen_K() == Approx(goal_K).margin(0.05));
    }
}

TEST_CASE("power bounds how fast it heats and how cold it gets", "[simulator][furnace]") {
    auto options = heater();
    options.power_max_W = 40.0;
    Furnace weak(options, ThermocoupleOptions());
    for (int k = 0; k < 300 * steps_a_minute; ++k) {
        weak.step(873.15, true);
    }
    CHECK(weak.specimen_K() == Approx(ambient_K + 40.0 / 0.25).margin(0.1));
    options = heater();
    options.cooling_max_W = 0.0;
    Furnace warm(options, ThermocoupleOptions());
    for (int k = 0; k < 60 * steps_a_minute; ++k) {
        warm.step(200.0, true);
    }
    CHECK(warm.specimen_K() == Approx(ambient_K).margin(1e-6));
}

TEST_CASE("rates stay within the machine's", "[simulator][furnace]") {
    Furnace furnace(heater(), ThermocoupleOptions());
    double last_K = furnace.shown_K();
    double fastest_K_per_s = 0.0;
    double slowest_K_per_s = 0.0;
    for (int k = 0; k < 80 * steps_a_minute; ++k) {
        furnace.step(k < 40 * steps_a_minute ? 800.0 : 500.0, true);
        const double rate_K_per_s = (furnace.shown_K() - last_K) / furnace_step_s;
        fastest_K_per_s = std::max(fastest_K_per_s, rate_K_per_s);
        slowest_K_per_s = std::min(slowest_K_per_s, rate_K_per_s);
        last_K = furnace.shown_K();
    }
    // The controller's own set point keeps to the rates; the block swings about it while it catches
    // up.
    CHECK(fastest_K_per_s == Approx(20.0 / 60.0).epsilon(0.2));
    CHECK(slowest_K_per_s == Approx(-10.0 / 60.0).epsilon(0.2));
}

TEST_CASE("no gains and powers leave what a furnace can be", "[simulator][furnace][property]") {
    CHECK(rc::check("bounded", [] {
        Bench bench;
        for (BenchKey& key : bench_keys(bench)) {
            if (key.section == "furnace" && key.number != nullptr) {
                *key.number = key.low + *rc::gen::inRange(0, 5) * 0.25 * (key.high - key.low);
            }
        }
        bench.furnace.heater = true;
        Furnace furnace(bench.furnace, bench.thermocouple);
        for (int k = 0; k < 20 * steps_a_minute; ++k) {
            furnace.step(k < 10 * steps_a_minute ? 873.15 : 123.15, true);
            RC_ASSERT(furnace.specimen_K() >= 76.9 && furnace.specimen_K() <= 1300.1);
            RC_ASSERT(furnace.shown_K() >= 76.9 && furnace.shown_K() <= 1300.1);
        }
    }));
}

TEST_CASE("a wrong thermocouple shows the set point and is wrong", "[simulator][furnace]") {
    ThermocoupleOptions wrong;
    wrong.offset_K = 1.5;
    wrong.gain_error = 0.01;
    for (const bool real : {false, true}) {
        auto options = heater();
        options.heater = real;
        Furnace furnace(options, wrong);
        for (int k = 0; k < 60 * steps_a_minute; ++k) {
            furnace.step(400.0, true);
        }
        CHECK(furnace.shown_K() == Approx(400.0).margin(0.02));
        // T + 1.5 + 0.01 (T - 298.15) = 400 by hand.
        CHECK(furnace.specimen_K() == Approx((400.0 - 1.5 + 2.9815) / 1.01).margin(0.02));
    }
}

TEST_CASE("switched off it comes to rest at ambient", "[simulator][furnace]") {
    for (const bool real : {false, true}) {
        auto options = heater();
        options.heater = real;
        Furnace furnace(options, ThermocoupleOptions());
        for (int k = 0; k < 20 * steps_a_minute; ++k) {
            furnace.step(500.0, true);
        }
        CHECK_FALSE(furnace.at_rest());
        for (int k = 0; k < 300 * steps_a_minute; ++k) {
            furnace.step(ambient_K, false);
        }
        CHECK(furnace.at_rest());
        furnace.reset();
        CHECK(furnace.reached_s() == 0.0);
        CHECK(furnace.specimen_K() == ambient_K);
    }
}

}  // namespace relaxd::simulator
