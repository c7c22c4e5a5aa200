// SPDX-License-Identifier: MIT
// The limits of the Q800 (and of a lesser bench) at their bounds and just beyond them.
#include "drivers/simulator/bench_file.hpp"
#include "schema/base/number.hpp"
#include "tests/simulator/sim_host.hpp"
#include "tests/support/catch.hpp"

#include <string>
#include <vector>

namespace relaxd::simulator {
namespace {

constexpr double beyond = 1e-6;  // of the bound; 1e-9 is forgiven for rounding in other units

// A method of this one line among what it needs.
std::vector<std::string> method_with(const std::string& line, const std::string& geometry) {
    const bool creep = line.find("segment displace") != std::string::npos;
    std::vector<std::string> method{
        creep ? "mode creep" : "mode frequency-sweep",
        creep ? "clamp tension" : "clamp single-cantilever",
        geometry,
    };
    if (!creep && line.find("amplitude") == std::string::npos) {
        method.emplace_back("amplitude displacement_m=1e-05");
    }
    method.push_back(line);
    method.emplace_back("segment isothermal duration_s=1");
    return method;
}

std::string answer_of(const std::string& line, const Bench& bench = Bench()) {
    auto options = test::sim_options(1.0);
    options.bench = bench;
    test::SimHost host(options);
    return host.download(method_with(
        line, "geometry length_m=0.01 width_m=0.001 thickness_m=0.0005 poisson_ratio=0.35"
    ));
}

// `line` + number: taken at `bound`, refused with `limit` and the bound on its far side.
void check_bound(const std::string& line, double bound, bool upper, const Bench& bench = Bench()) {
    INFO(line << to_text(bound));
    const auto good = answer_of(line + to_text(bound), bench);
    CHECK(good.rfind("= method", 0) == 0);
    const double worse = bound * (upper ? 1.0 + beyond : 1.0 - beyond);
    const auto bad = answer_of(line + to_text(worse), bench);
    CHECK(bad.rfind("! limit ", 0) == 0);
    CHECK(bad.find(to_text(bound)) != std::string::npos);
}

}  // namespace

TEST_CASE("frequency is 0.01 to 200 Hz", "[simulator][limits]") {
    for (const std::string line :
         {"frequencies ",
          "segment sweep points_per_decade=1 last_Hz=1 first_Hz=",
          "segment sweep points_per_decade=1 first_Hz=1 last_Hz="}) {
        check_bound(line, 0.01, false);
        check_bound(line, 200.0, true);
    }
}

TEST_CASE("temperature is -150 to 600 degC", "[simulator][limits]") {
    for (const std::string line :
         {"segment equilibrate temperature_K=",
          "segment jump temperature_K=",
          "segment ramp rate_K_per_s=0.05 temperature_K="}) {
        check_bound(line, 123.15, false);
        check_bound(line, 873.15, true);
    }
}

TEST_CASE("heating is at most 20 and cooling at most 10 K/min", "[simulator][limits]") {
    check_bound("segment ramp temperature_K=500 rate_K_per_s=", 20.0 / 60.0, true);
    check_bound("segment ramp temperature_K=200 rate_K_per_s=", 10.0 / 60.0, true);
}

TEST_CASE("the direction of a ramp is that of the programme", "[simulator][limits]") {
    test::SimHost host(test::sim_options(1.0));
    auto method = test::ramp_method();
    method[5] = "segment jump temperature_K=600";
    method[7] = "segment ramp rate_K_per_s=0.3 temperature_K=500";  // downwards now
    CHECK(host.download(method).rfind("! limit cooling rate", 0) == 0);
    method[5] = "segment jump temperature_K=400";
    CHECK(host.download(method).rfind("= method", 0) == 0);
}

TEST_CASE("the amplitude is 0.5 to 10000 um", "[simulator][limits]") {
    check_bound("amplitude displacement_m=", 0.5e-6, false);
    check_bound("amplitude displacement_m=", 0.01, true);
}

TEST_CASE("a creep stress is at most that of 18 N, either way", "[simulator][limits]") {
    // Tension: 18 N on 1 mm x 0.5 mm.
    check_bound("segment displace duration_s=1 stress_Pa=", 18.0 / 0.5e-6, true);
    const std::string line = "segment displace duration_s=1 stress_Pa=-";
    CHECK(answer_of(line + to_text(18.0 / 0.5e-6)).rfind("= method", 0) == 0);
    CHECK(answer_of(line + to_text(18.0 / 0.5e-6 * (1 + beyond))).rfind("! limit", 0) == 0);
}

TEST_CASE("no force beyond 18 N in an oscillation", "[simulator][limits]") {
    for (const bool real : {false, true}) {
        auto options = test::sim_options(10000.0);
        if (real) {
            options.bench = load_bench("realistic")->bench;
        }
        test::SimHost host(options);
        bool overloaded = false;
        host.device.on_reading([&](const SimReading& r, const std::string&) {
            // The motor's force is the bound; what is shown has the gain of 0.2 % and the noise.
            REQUIRE(r.static_force_N + r.dynamic_force_N <= 18.0 * (real ? 1.0021 : 1.0 + 1e-12));
            overloaded = overloaded || r.flags == "overload";
        });
        auto method = test::ramp_method();
        method[1] = "clamp tension";
        method[2] = "geometry length_m=0.01 width_m=0.003 thickness_m=0.001 poisson_ratio=0.35";
        host.download(method);
        host.ask("start run-1");
        REQUIRE(host.finish(0.05, 4000));
        CHECK(overloaded);
    }
}

TEST_CASE("a lesser bench has lesser limits", "[simulator][limits]") {
    Bench bench;
    bench.furnace.heating_max_K_per_min = 12.0;
    bench.furnace.cooling_max_K_per_min = 3.0;
    bench.force.max = 4.0;
    check_bound("segment ramp temperature_K=500 rate_K_per_s=", 0.2, true, bench);
    check_bound("segment ramp temperature_K=200 rate_K_per_s=", 0.05, true, bench);
    check_bound("segment displace duration_s=1 stress_Pa=", 4.0 / 0.5e-6, true, bench);
}

TEST_CASE("without a chiller nothing goes below ambient", "[simulator][limits]") {
    Bench bench;
    bench.furnace.heater = true;
    bench.furnace.cooling_max_W = 0.0;
    for (const std::string line :
         {"segment equilibrate temperature_K=",
          "segment jump temperature_K=",
          "segment ramp rate_K_per_s=0.05 temperature_K="}) {
        check_bound(line, 298.15, false, bench);
        check_bound(line, 873.15, true, bench);
    }
}

}  // namespace relaxd::simulator
