// SPDX-License-Identifier: MIT
// Whole runs on a manual clock.
#include "drivers/simulator/record_file.hpp"
#include "schema/base/number.hpp"
#include "tests/simulator/sim_host.hpp"
#include "tests/support/catch.hpp"

#include <cmath>
#include <numbers>

namespace relaxd::simulator {
using test::creep_method;
using test::ramp_method;
using test::run;
using test::sim_options;
using test::SimHost;

namespace {

// A reading's words as numbers; NaN where absent.
std::vector<double> numbers(const std::string& line) {
    std::vector<double> values;
    const auto words = split_words(line);
    REQUIRE(words);
    REQUIRE(words->size() == 17);
    for (std::size_t i = 0; i < 16; ++i) {
        values.push_back(to_double((*words)[i]).value_or(std::nan("")));
    }
    return values;
}

// Columns by position (4.1).
enum Column {
    number = 1,
    time_s,
    segment,
    T,
    set_T,
    f,
    static_N,
    dynamic_N,
    disp,
    phase,
    E1,
    E2,
    tan_d,
    strain,
    stress
};

}  // namespace

TEST_CASE("a ramp from 300 to 550 K gives every reading in order", "[simulator][run]") {
    const auto lines = run(ramp_method(), sim_options(10000.0), 0.05);
    // 600 s and 5000 s of cycles of 10 + 5 + 2.5 + 1.25 + 1 s; what does not fit is discarded.
    REQUIRE(lines.size() == 30 * 5 + 253 * 5);
    double last_time_s = 0.0;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const auto r = numbers(lines[i]);
        REQUIRE(r[number] == static_cast<double>(i + 1));
        REQUIRE(r[time_s] > last_time_s);
        last_time_s = r[time_s];
        REQUIRE(r[segment] == (i < 150 ? 2.0 : 3.0));
        REQUIRE(std::abs(r[T] - r[set_T]) < 0.6);
    }
    const auto first = numbers(lines.front());
    CHECK(first[T] == Approx(300.0).margin(0.1));
    CHECK(first[f] == 1.0);
    CHECK(numbers(lines.back())[T] > 548.0);
}

TEST_CASE(
    "readings are the model at the measured temperature plus the stated noise", "[simulator][run]"
) {
    const auto lines = run(ramp_method(), sim_options(10000.0), 0.05);
    Specimen specimen(test::table1());
    double storage_squares = 0.0;
    double loss_squares = 0.0;
    for (const auto& line : lines) {
        const auto r = numbers(line);
        const auto truth = specimen.modulus_Pa(r[T], 2 * std::numbers::pi * r[f]);
        const double loss_sigma_Pa = 0.01 * truth.imag() + 3e6;
        // Rounding the temperature to 0.01 K adds 2.9 mK: at most 0.04 % of E' where it falls
        // fastest.
        storage_squares += std::pow((r[E1] / truth.real() - 1.0) / 0.003, 2);
        loss_squares += std::pow((r[E2] - truth.imag()) / loss_sigma_Pa, 2);
    }
    const double n = static_cast<double>(lines.size());
    // Four standard errors of a mean square of normal deviates, and 2 % for the rounding.
    CHECK(storage_squares / n == Approx(1.0).margin(4 * std::sqrt(2 / n) + 0.02));
    CHECK(loss_squares / n == Approx(1.0).margin(4 * std::sqrt(2 / n) + 0.02));
}

TEST_CASE("force, displacement and phase mean the moduli", "[simulator][run]") {
    for (const auto& line : run(ramp_method(), sim_options(10000.0), 0.05)) {
        const auto r = numbers(line);
        const double span = 1786458.333 * 1.010579592;  // clamp equation, by hand in test_bench
        // Half a unit of force resolution, 5 uN, and 1e-6 of the force constant's digits.
        REQUIRE(
            r[dynamic_N] / r[disp] * span ==
            Approx(std::hypot(r[E1], r[E2])).epsilon(1e-6).margin(5.1e-6 / 15e-6 * span)
        );
        REQUIRE(r[phase] == Approx(std::atan2(r[E2], r[E1])).margin(2e-6));
        REQUIRE(r[tan_d] == Approx(r[E2] / r[E1]).margin(5.1e-6 + 1.1e-6 * std::abs(r[tan_d])));
        REQUIRE(r[stress] / r[strain] == Approx(std::hypot(r[E1], r[E2])).epsilon(1e-6));
        REQUIRE(r[static_N] == 0.0);
    }
}

TEST_CASE("the same seed gives the same bytes at any speed and any chunking", "[simulator][run]") {
    const bool creep = GENERATE(false, true);
    const auto method = creep ? creep_method() : ramp_method();
    auto drifting = sim_options(10000.0, 42);
    drifting.noise.drift_relative = 0.003;
    const auto reference = run(method, drifting, 0.05);
    drifting.speed = 333.0;
    CHECK(run(method, drifting, 0.0137) == reference);
    drifting.speed = 10000.0;
    CHECK(run(method, drifting, 1.3) == reference);
    auto other = drifting;
    other.seed = 43;
    CHECK(run(method, other, 0.05) != reference);
}

TEST_CASE("what the instrument did before does not change a run", "[simulator][run]") {
    SimHost host(sim_options(10000.0));
    host.download(ramp_method(), "first");
    host.ask("start first");
    host.advance_s(0.4);
    host.ask("stop");
    host.lines.clear();
    host.download(ramp_method(), "second");
    host.ask("start second");
    REQUIRE(host.finish(0.05));
    CHECK(host.with("R ") == run(ramp_method(), sim_options(10000.0), 0.05));
}

TEST_CASE("a noise-free run shows the model itself", "[simulator][run]") {
    auto options = sim_options(10000.0);
    options.noise = NoiseSizes::none();
    Specimen specimen(test::table1());
    for (const auto& line : run(ramp_method(), options, 0.05)) {
        const auto r = numbers(line);
        if (r[T] < 420.0) {
            const auto truth = specimen.modulus_Pa(r[T], 2 * std::numbers::pi * r[f]);
            REQUIRE(r[E1] == Approx(truth.real()).epsilon(1e-5));
            REQUIRE(r[E2] == Approx(truth.imag()).epsilon(2e-3));  // 5 mK of rounding
        }
    }
}

TEST_CASE("creep and recovery follow Boltzmann superposition", "[simulator][run]") {
    auto options = sim_options(10000.0);
    options.noise = NoiseSizes::none();
    const auto lines = run(creep_method(), options, 0.01);
    // 0.05 s to 330 s at 20 a decade: k = 0 … 76; then 1000 samples.
    REQUIRE(lines.size() == 77 + 1000);
    const SpecimenTimes times = Specimen(test::table1()).times_at(430.0);
    const auto compliance = [&](double t) {
        return 1.0 / 3.06e10 - 1.5e-11 * std::expm1(-std::pow(t / times.tau_an_s, 0.4)) +
               1.5e-11 * t / times.tau_max_s;
    };
    // Segment start: one log start before the first reading; one interval before the first
    // recovery.
    const double load_s = numbers(lines[0])[time_s] - 0.05;
    CHECK(numbers(lines[77])[time_s] == Approx(load_s + 331.0).margin(1e-5));
    CHECK(numbers(lines.back())[time_s] == Approx(load_s + 1330.0).margin(1e-5));
    for (const auto& line : lines) {
        const auto r = numbers(line);
        const double t = r[time_s] - load_s;
        if (t < 1.0 || (t > 330.0 && t < 331.5)) {
            continue;  // the beta process is still going on
        }
        const double after = t > 330.0 ? compliance(t - 330.0) : 0.0;
        // The furnace is within 0.1 K at first: d ln J/dT is 0.02/K at most; 1 nm is 1e-7 of
        // strain.
        REQUIRE(r[strain] == Approx(25e6 * (compliance(t) - after)).epsilon(2e-3).margin(1.1e-7));
        REQUIRE(r[stress] == (t > 330.0 ? 0.0 : 25e6));
        REQUIRE(r[static_N] == (t > 330.0 ? 0.0 : 6.25));
        REQUIRE(std::isnan(r[f]));
        REQUIRE(std::isnan(r[E1]));
    }
}

TEST_CASE("an isothermal frequency sweep measures each frequency once", "[simulator][run]") {
    const std::vector<std::string> method = {
        "mode frequency-sweep",
        "clamp single-cantilever",
        "geometry length_m=0.0175 width_m=0.003 thickness_m=0.001 poisson_ratio=0.35",
        "amplitude displacement_m=1.5e-05",
        "segment equilibrate temperature_K=440",
        "segment isothermal duration_s=60",
        "segment sweep first_Hz=0.01 last_Hz=2 points_per_decade=5",
        "segment equilibrate temperature_K=450",
        "segment sweep first_Hz=0.01 last_Hz=2 points_per_decade=5"
    };
    const auto lines = run(method, sim_options(10000.0), 0.05);
    REQUIRE(lines.size() == 26);
    CHECK(numbers(lines[12])[f] == 2.0);
    CHECK(numbers(lines[13])[f] == 0.01);
    CHECK(numbers(lines[25])[segment] == 5.0);
    // 3 cycles below 1 Hz: the middles of 0.01 Hz and 0.0158 Hz are 150 s and 300 + 94.6 s after
    // the start.
    CHECK(
        numbers(lines[1])[time_s] - numbers(lines[0])[time_s] ==
        Approx(150.0 + 1.5 / 0.01584893).margin(1e-3)
    );
}

TEST_CASE("a stiff specimen does not get more than 18 N", "[simulator][run]") {
    auto method = ramp_method();
    method[1] = "clamp tension";
    method[2] = "geometry length_m=0.01 width_m=0.003 thickness_m=0.001 poisson_ratio=0.35";
    const auto lines = run(method, sim_options(10000.0), 0.05);
    const auto r = numbers(lines.front());
    CHECK(r[static_N] + r[dynamic_N] == Approx(18.0).margin(2e-5));
    CHECK(r[static_N] == Approx(1.25 * r[dynamic_N]).margin(2e-5));
    CHECK(lines.front().substr(lines.front().size() - 9) == " overload");
}

TEST_CASE("the record holds the values as sent", "[simulator][record]") {
    SimHost host(sim_options(10000.0));
    std::vector<std::string> record;
    host.device.on_reading([&](const SimReading& reading, const std::string& token) {
        record.push_back(record_line(reading, token));
    });
    host.download(ramp_method());
    host.ask("start run-1");
    REQUIRE(host.finish(0.05));
    const auto lines = host.with("R ");
    REQUIRE(record.size() == lines.size());
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const auto words = split_words(lines[i]);
        const std::string expected =
            "{\"run\":\"run-1\",\"reading_number\":" + std::to_string(i + 1) +
            ",\"time_s\":" + std::string((*words)[2]) + ",";
        REQUIRE(record[i].rfind(expected, 0) == 0);
        REQUIRE(
            record[i].find("\"storage_modulus_Pa\":" + std::string((*words)[11]) + ",") !=
            std::string::npos
        );
        REQUIRE(record[i].find("\"truth\":{\"chi\":0.") != std::string::npos);
    }
}

}  // namespace relaxd::simulator
