// SPDX-License-Identifier: MIT
// What is asked of the forces of an oscillation (3.1), amplitude sweeps, and the further columns.
#include "drivers/simulator/bench_file.hpp"
#include "tests/simulator/static_runs.hpp"

#include <algorithm>

namespace relaxd::simulator {
using test::bar_area_m2;
using test::Lines;
using test::quiet;
using test::Taken;
using test::taken;

namespace {

constexpr const char* ribbon =
    "geometry length_m=0.0175 width_m=0.001 thickness_m=4e-05 poisson_ratio=0.35";
constexpr const char* all_columns =
    "columns stiffness_N_per_m position_m length_m drive_force_N temperature_start_K "
    "temperature_end_K";

// A ramp in tension on a ribbon, into the liquid: its force falls from 0.4 N to 1 mN.
Lines ribbon_ramp(const Lines& settings) {
    Lines lines{"mode multi-frequency-strain", "clamp tension", ribbon};
    lines.insert(lines.end(), settings.begin(), settings.end());
    const Lines rest{
        "amplitude displacement_m=5e-06",
        "frequencies 1 2 4 8 16",
        "segment equilibrate temperature_K=400",
        "segment ramp rate_K_per_s=0.1 temperature_K=560"
    };
    lines.insert(lines.end(), rest.begin(), rest.end());
    return lines;
}

// NAME=VALUE of a reading's line.
std::string column(const std::string& line, const std::string& name) {
    const auto at = line.find(" " + name + "=");
    REQUIRE(at != std::string::npos);
    const auto from = at + name.size() + 2;
    return line.substr(from, line.find(' ', from) - from);
}

double number_in(const std::string& line, const std::string& name) {
    return to_double(column(line, name)).value_or(std::nan(""));
}

std::string first_words(const std::string& line, std::size_t count) {
    std::size_t at = 0;
    for (std::size_t i = 0; i < count && at != std::string::npos; ++i) {
        at = line.find(' ', at + 1);
    }
    return line.substr(0, at);
}

}  // namespace

TEST_CASE("the static force follows the dynamic one down to the preload", "[simulator][forces]") {
    const bool real = GENERATE(false, true);
    auto options = test::sim_options(10000.0);
    if (real) {
        options.bench = load_bench("realistic")->bench;
        options.bench.force.drift_per_s = 0.0;
    }
    const auto run =
        taken(ribbon_ramp({"preload force_N=0.02", "force_track percent=150"}), options);
    bool floored = false;
    for (const auto& r : run.readings) {
        // The shown dynamic force of the realistic bench has noise and mains in it.
        const double margin = real ? 1e-3 : 1e-12;
        REQUIRE(r.static_force_N == Approx(std::max(0.02, 1.5 * r.dynamic_force_N)).margin(margin));
        floored = floored || r.static_force_N == Approx(0.02).margin(1e-9);
    }
    CHECK(floored);
    // Without a word of forces it is 125 % and no floor, as ever; with one the default is 0.01 N.
    const auto silent = taken(ribbon_ramp({}), test::sim_options(10000.0));
    CHECK(silent.readings.back().static_force_N < 0.009);
    const auto asked = taken(ribbon_ramp({"force_track percent=125"}), test::sim_options(10000.0));
    CHECK(asked.readings.front().static_force_N == silent.readings.front().static_force_N);
    CHECK(asked.readings.back().static_force_N == 0.01);
    const auto constant = taken(ribbon_ramp({"force_track percent=0"}), test::sim_options(10000.0));
    CHECK(constant.readings.front().static_force_N == 0.01);
    CHECK(constant.readings.back().static_force_N == 0.01);
}

TEST_CASE("the amplitude is adjusted to keep the dynamic force between", "[simulator][forces]") {
    const bool real = GENERATE(false, true);
    auto options = test::sim_options(10000.0);
    if (real) {
        options.bench = load_bench("realistic")->bench;
    }
    const auto run = taken(ribbon_ramp({"dynamic_force min_N=0.1 max_N=0.3"}), options);
    int adjusted = 0;
    int ended = 0;
    for (const auto& r : run.readings) {
        const bool flagged = r.flags.find("adjusted") != std::string::npos;
        const double off = std::abs(r.displacement_m - 5e-6);
        REQUIRE((flagged || off < (real ? 3e-8 : 1e-15)));
        REQUIRE((!flagged || off > 0.0));
        adjusted += flagged ? 1 : 0;
        REQUIRE(r.dynamic_force_N < 0.3 + (real ? 2e-3 : 1e-12));
        REQUIRE(r.dynamic_force_N > 0.1 - (real ? 2e-3 : 1e-12));
        ended += flagged ? 0 : 1;
    }
    CHECK(adjusted > 100);
    CHECK(ended > 10);
    // The travel comes first: 0.5 um of glass are 0.04 N at least.
    const auto stiff = taken(ribbon_ramp({"dynamic_force min_N=0 max_N=0.01"}), options);
    CHECK(stiff.readings.front().displacement_m == Approx(0.5e-6).margin(real ? 1e-8 : 1e-15));
    CHECK(stiff.readings.front().dynamic_force_N > 0.03);
    CHECK(stiff.readings.front().flags == "adjusted");
}

TEST_CASE("static and dynamic force together stay within 18 N", "[simulator][forces]") {
    Lines method{
        "mode multi-frequency-strain",
        "clamp tension",
        "geometry length_m=0.01 width_m=0.003 thickness_m=0.001 poisson_ratio=0.35",
        "preload force_N=17.5",
        "amplitude displacement_m=1.5e-05",
        "frequencies 1",
        "segment isothermal duration_s=20"
    };
    for (const bool real : {false, true}) {
        auto options = quiet(test::elastic());
        if (real) {
            options.bench.force.gain = 1.01;
            options.bench.machine.compliance_m_per_N = 1e-9;
        }
        const auto run = taken(method, options);
        for (const auto& r : run.readings) {
            REQUIRE(r.flags == "overload");
            REQUIRE(r.static_force_N == Approx(17.5).epsilon(1e-12));
            const double gain = real ? 1.01 : 1.0;
            REQUIRE((r.static_force_N + r.dynamic_force_N) / gain == Approx(18.0).epsilon(1e-9));
        }
        method[3] = "preload force_N=18";
        CHECK(taken(method, options).readings.front().storage_modulus_Pa > 0.0);
        method[3] = "preload force_N=17.5";
    }
}

TEST_CASE("a strain amplitude is the same as its displacement", "[simulator][forces]") {
    auto method = ribbon_ramp({"preload force_N=0"});
    const auto options = test::sim_options(10000.0);
    const auto by_displacement = taken(method, options);
    method[4] = "amplitude strain=" + to_text(5e-6 / 0.0175);
    CHECK(taken(method, options).lines == by_displacement.lines);
    // On a measured length the same strain is more.
    const Lines measured{
        "mode multi-frequency-strain",
        "clamp tension",
        test::bar_geometry,
        "columns length_m",
        "preload force_N=10",
        "amplitude strain=0.0001",
        "frequencies 1",
        "segment isothermal duration_s=10",
        "segment measure_length",
        "segment isothermal duration_s=10"
    };
    const double longer = 1.0 + 10.0 / bar_area_m2 / 3.3e10;
    const auto both = taken(measured, quiet(test::elastic()));
    const auto& first = both.readings.at(0);
    const auto& second = both.readings.at(1);
    CHECK(first.displacement_m == Approx(1e-6).epsilon(1e-9));
    CHECK(second.displacement_m == Approx(1e-6 * longer).epsilon(1e-6));
    CHECK(second.strain == Approx(1e-4).epsilon(1e-9));
    CHECK(first.storage_modulus_Pa == Approx(3.3e10).epsilon(1e-9));
    CHECK(second.storage_modulus_Pa == Approx(3.3e10 * longer).epsilon(1e-6));
    CHECK(second.true_storage_modulus_Pa == Approx(3.3e10).epsilon(1e-9));
    // The specimen is as stiff as before: 8.25e5 N/m.
    CHECK(second.dynamic_force_N / second.displacement_m == Approx(8.25e5).epsilon(1e-9));
}

TEST_CASE("in a linear glass the amplitude changes nothing but the force", "[simulator][forces]") {
    auto options = quiet(test::table1());
    const auto run = taken(
        {"mode multi-strain",
         "clamp single-cantilever",
         "geometry length_m=0.0175 width_m=0.003 thickness_m=0.001 poisson_ratio=0.35",
         "amplitudes displacement_m=5e-06,1e-05,2e-05,0.01",
         "frequencies 4 1",
         "segment equilibrate temperature_K=298.15",
         "segment isothermal duration_s=105"},
        options
    );
    // 4 at 1 Hz (10 s each), 4 at 4 Hz (2.5 s each), and again.
    REQUIRE(run.readings.size() == 16);
    const double amplitudes[] = {5e-6, 1e-5, 2e-5, 0.01};
    for (std::size_t i = 0; i < run.readings.size(); ++i) {
        const auto& r = run.readings[i];
        const auto& first = run.readings[i / 4 * 4];
        REQUIRE(r.frequency_Hz == (i / 4 % 2 == 0 ? 1.0 : 4.0));
        REQUIRE(r.storage_modulus_Pa == Approx(first.storage_modulus_Pa).epsilon(1e-12));
        REQUIRE(r.loss_modulus_Pa == Approx(first.loss_modulus_Pa).epsilon(1e-9));
        const double ratio = r.dynamic_force_N / first.dynamic_force_N;
        if (i % 4 < 3) {
            REQUIRE(r.displacement_m == amplitudes[i % 4]);
            REQUIRE(ratio == Approx(amplitudes[i % 4] / 5e-6).epsilon(1e-12));
            REQUIRE(r.flags == "-");
        } else {  // 1 cm would be 183 N
            REQUIRE(r.dynamic_force_N == Approx(18.0).epsilon(1e-12));
            REQUIRE(r.flags == "overload");
        }
    }
}

TEST_CASE("columns stand after the flags in the order asked for", "[simulator][columns]") {
    test::SimHost host(test::sim_options(1.0));
    CHECK(
        host.ask("identify")
            .find(
                " columns=stiffness_N_per_m,position_m,length_m,drive_force_N,temperature_start_K,"
                "temperature_end_K "
            ) != std::string::npos
    );
    const bool real = GENERATE(false, true);
    const std::string clamp = GENERATE("tension", "3-point-bending", "single-cantilever");
    auto options = test::sim_options(10000.0, 3);
    if (real) {
        options.bench = load_bench("realistic")->bench;
    }
    auto method = ribbon_ramp({all_columns});
    method[1] = "clamp " + clamp;
    const auto with = taken(method, options);
    method.erase(method.begin() + 3);
    const auto without = taken(method, options);
    REQUIRE(with.lines.size() == without.lines.size());
    for (std::size_t i = 0; i < with.lines.size(); ++i) {
        const std::string& line = with.lines[i];
        // Asking for columns changes nothing else.
        REQUIRE(first_words(line, 17) == without.lines[i]);
        const auto& r = with.readings[i];
        REQUIRE(
            number_in(line, "stiffness_N_per_m") ==
            Approx(r.dynamic_force_N / r.displacement_m).epsilon(1e-6)
        );
        REQUIRE(
            number_in(line, "drive_force_N") ==
            Approx(std::abs(r.static_force_N) + r.dynamic_force_N).margin(6e-6)
        );
        const double begin_K = number_in(line, "temperature_start_K");
        const double end_K = number_in(line, "temperature_end_K");
        const double noise_K = real ? 0.06 : 0.011;
        const double middle_K = 0.5 * (begin_K + end_K);
        if (r.time_s > with.readings.front().time_s + 60.0) {  // the ramp is straight by then
            REQUIRE(middle_K == Approx(r.temperature_K).margin(noise_K));
        }
        if (clamp != "tension") {
            REQUIRE(column(line, "length_m") == "-");
        } else {
            const double length_m = number_in(line, "length_m");
            REQUIRE(length_m == Approx(0.0175 + number_in(line, "position_m")).margin(1.1e-9));
        }
    }
    // 10 s at 0.1 K/s: the window of 1 Hz is 1 K wide.
    const std::string& late = with.lines[with.lines.size() / 10 * 5];
    CHECK(
        number_in(late, "temperature_end_K") - number_in(late, "temperature_start_K") ==
        Approx(1.0).margin(0.1)
    );
}

TEST_CASE("in an oscillation the specimen creeps under the static force", "[simulator][columns]") {
    // At ambient from the first second; the preload acts from the beginning.
    Lines method{
        "mode multi-frequency-strain",
        "clamp tension",
        test::bar_geometry,
        "columns position_m length_m",
        "preload force_N=2",
        "force_track percent=0",
        "amplitude displacement_m=1e-06",
        "frequencies 1 7",
        "segment equilibrate temperature_K=298.15",
        "segment isothermal duration_s=300"
    };
    auto options = quiet(test::one_time());
    options.bench.machine.compliance_m_per_N = 1e-6;
    options.bench.displacement.resolution = 1e-9;
    const auto run = taken(method, options);
    const test::LinearSolid solid(298.15);
    REQUIRE(run.readings.size() > 40);
    for (const auto& r : run.readings) {
        const double strain = 2.0 / bar_area_m2 * solid.compliance_per_Pa(r.time_s);
        REQUIRE(r.true_length_m == Approx(0.01 * (1.0 + strain)).margin(1e-11));
        // Raw: the clamp's give is in it.
        REQUIRE(r.position_m == Approx(0.01 * strain + 2e-6).margin(6e-10));
        REQUIRE(r.static_force_N == 2.0);
    }
    // Tracked: half as much again as the dynamic force, whatever that is.
    method[5] = "force_track percent=300";
    method[4] = "preload force_N=0";
    for (const auto& r : taken(method, quiet(test::elastic())).readings) {
        REQUIRE(r.static_force_N == Approx(3.0 * r.dynamic_force_N).epsilon(1e-12));
        REQUIRE(r.position_m == Approx(3e-6).margin(6e-10));
    }
}

TEST_CASE(
    "oscillations with columns give the same bytes however they are run", "[simulator][columns]"
) {
    auto method =
        ribbon_ramp({all_columns, "preload force_N=0.01", "dynamic_force min_N=0.01 max_N=1"});
    if (GENERATE(false, true)) {
        method[0] = "mode multi-strain";
        method[6] = "amplitudes strain=0.0001,0.0002";
        method.back() = "segment ramp rate_K_per_s=0.2 temperature_K=500";
        method.emplace_back("segment measure_length");
        method.emplace_back("segment sweep first_Hz=1 last_Hz=20 points_per_decade=3");
    }
    auto options = test::sim_options(10000.0, 42);
    options.bench = load_bench("realistic")->bench;
    const auto reference = taken(method, options);
    REQUIRE(reference.lines.size() > 120);
    options.speed = 333.0;
    CHECK(taken(method, options, 0.37).lines == reference.lines);
    options.speed = 10000.0;
    CHECK(taken(method, options, 0.0007).lines == reference.lines);
    options.seed = 43;
    CHECK(taken(method, options).lines != reference.lines);
}

}  // namespace relaxd::simulator
