// SPDX-License-Identifier: MIT
// Whole runs on imperfect benches: determinism, truth, and what the calibration leaves.
#include "drivers/simulator/bench_file.hpp"
#include "drivers/simulator/record_file.hpp"
#include "schema/base/number.hpp"
#include "tests/simulator/sim_host.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace relaxd::simulator {
using test::creep_method;
using test::ramp_method;
using test::sim_options;
using test::SimHost;

namespace {

SimOptions with_bench(const std::string& toml, std::uint64_t seed = 1) {
    const auto file = parse_bench(toml, "test");
    REQUIRE(file);
    SimOptions options = sim_options(10000.0, seed);
    options.bench = file->bench;
    options.noise = file->noise;
    return options;
}

SimOptions realistic(std::uint64_t seed = 1) {
    return with_bench(std::string(realistic_bench()), seed);
}

struct Run {
    Run() = default;
    std::vector<SimReading> readings;
    std::vector<std::string> lines;
};

Run run(const std::vector<std::string>& method, const SimOptions& options, double step_s = 0.05) {
    SimHost host(options);
    Run result;
    host.device.on_reading([&result](const SimReading& reading, const std::string&) {
        result.readings.push_back(reading);
    });
    REQUIRE(host.download(method).rfind("= method", 0) == 0);
    REQUIRE(host.ask("start run-1") == "= start token=run-1");
    REQUIRE(host.finish(step_s, 40000));
    result.lines = host.with("R ");
    return result;
}

// A bench whose only error is its noise, if any, through the whole chain.
constexpr const char* perfect = R"(
[clamp]
compliance_m_per_N = 8e-7
compliance_loss = 0.02
mass_kg = 0.15
[analyser]
phase_offset_rad = 0.002
phase_delay_s = 2e-5
tan_delta = 0.001
[noise]
storage_relative = 0
loss_relative = 0
loss_floor_Pa = 0
displacement_relative = 0
displacement_floor_m = 0
)";

}  // namespace

TEST_CASE("the realistic bench gives the same bytes however it is run", "[simulator][bench_run]") {
    const bool creep = GENERATE(false, true);
    const auto method = creep ? creep_method() : ramp_method();
    auto options = realistic(42);
    const auto reference = run(method, options);
    REQUIRE(reference.lines.size() == reference.readings.size());
    REQUIRE(reference.lines.size() > 1000);
    options.speed = 333.0;
    CHECK(run(method, options, 0.37).lines == reference.lines);
    options.speed = 10000.0;
    CHECK(run(method, options, 1.3).lines == reference.lines);
    CHECK(run(method, realistic(43)).lines != reference.lines);
    // A host that asks all the time sees the same.
    SimHost host(options);
    host.download(method);
    host.ask("start run-1");
    for (int k = 0; k < 4000 && host.count("S cooling") == 0; ++k) {
        host.advance_s(k % 3 == 0 ? 0.011 : 0.0007);
        host.ask("status");
    }
    CHECK(host.with("R ") == reference.lines);
}

TEST_CASE("a perfect calibration shows the true modulus in a run", "[simulator][bench_run]") {
    for (const auto& r : run(ramp_method(), with_bench(perfect)).readings) {
        // Inertia is up to 1500 N/m over a specimen of 10 N/m: 1e-9 is what doubles leave.
        REQUIRE(r.storage_modulus_Pa == Approx(r.true_storage_modulus_Pa).epsilon(1e-9));
        REQUIRE(r.loss_modulus_Pa == Approx(r.true_loss_modulus_Pa).epsilon(1e-9));
        REQUIRE(r.temperature_K == r.true_temperature_K);
        REQUIRE(r.flags == "-");
    }
    for (const auto& r : run(creep_method(), with_bench(perfect)).readings) {
        REQUIRE(r.strain == Approx(r.true_strain).epsilon(1e-9).margin(1e-15));
    }
}

TEST_CASE("a host can make the moduli of the raw columns itself", "[simulator][bench_run]") {
    auto options = with_bench(perfect);
    const auto mounting = [] {
        Mounting bar = set_mounting(ClampKind::single_cantilever);
        return bar.modulus_per_stiffness();
    }();
    for (const auto& r : run(ramp_method(), options).readings) {
        const double omega = 2.0 * std::numbers::pi * r.frequency_Hz;
        // By hand: turn back, add inertia, take off background and compliance.
        std::complex<double> K =
            std::polar(r.dynamic_force_N / r.displacement_m, r.phase_rad - 0.002 - omega * 2e-5);
        K = (K + 0.15 * omega * omega) / std::complex<double>(1.0, 0.001);
        K = 1.0 / (1.0 / K - std::complex<double>(8e-7, -0.02 * 8e-7));
        REQUIRE(K.real() * mounting == Approx(r.true_storage_modulus_Pa).epsilon(1e-8));
        REQUIRE(K.imag() * mounting == Approx(r.true_loss_modulus_Pa).epsilon(1e-8));
        // And nobody may take the raw columns for the modulus: 1.4 % of compliance alone.
        if (r.true_storage_modulus_Pa > 3e10 && r.frequency_Hz == 1.0) {
            CHECK(
                r.dynamic_force_N / r.displacement_m * mounting < 0.99 * r.true_storage_modulus_Pa
            );
        }
    }
}

TEST_CASE("the thermocouple is wrong and the truth is told", "[simulator][bench_run]") {
    const auto real = run(ramp_method(), realistic());
    double worst_K = 0.0;
    double squares = 0.0;
    int ramped = 0;
    for (const auto& r : real.readings) {
        worst_K = std::max(worst_K, std::abs(r.temperature_K - r.true_temperature_K));
        if (r.segment == 3 && r.time_s > real.readings[230].time_s) {
            // Offset, gain, and the lag of 13 s at 0.05 K/s; then only the noise is left.
            const double junction_K = r.true_temperature_K + 13.0 * 0.05;
            const double shown_K = junction_K + 0.4 + 0.001 * (junction_K - 298.15);
            squares += std::pow((r.temperature_K - shown_K) / 0.01, 2);
            ++ramped;
        }
    }
    CHECK(worst_K > 1.0);
    CHECK(worst_K < 1.5);
    // The ramp's rate is off by some 1e-3 while the controller works: 10 % of the noise's square.
    CHECK(squares / ramped == Approx(1.0).margin(4 * std::sqrt(2.0 / ramped) + 0.1));
    // The modulus is that of the specimen's temperature.
    Specimen specimen(test::table1());
    for (const auto& r : real.readings) {
        const auto truth =
            specimen.modulus_Pa(r.true_temperature_K, 2 * std::numbers::pi * r.frequency_Hz);
        REQUIRE(r.true_storage_modulus_Pa == Approx(truth.real()).epsilon(1e-12));
    }
}

TEST_CASE("the record and the wire tell the specimen's temperature", "[simulator][bench_run]") {
    SimHost host(realistic());
    std::vector<SimReading> readings;
    host.device.on_reading([&readings](const SimReading& reading, const std::string&) {
        readings.push_back(reading);
    });
    host.download(ramp_method());
    host.ask("start run-1");
    host.advance_s(0.08);
    REQUIRE(readings.size() > 3);
    host.ask("truth 3 3");
    CHECK(host.count("T 3 temperature_K " + to_text(readings[2].true_temperature_K)) == 1);
    CHECK(
        record_line(readings[2], "run-1")
            .find("\"temperature_K\":" + to_text(readings[2].true_temperature_K)) !=
        std::string::npos
    );
}

TEST_CASE("truth run names every number of the bench", "[simulator][bench_run]") {
    SimHost plain(sim_options(1.0));
    plain.ask("truth run");
    CHECK(plain.count("T 0 bench_") == 0);
    SimHost host(realistic());
    host.ask("truth run");
    CHECK(host.count("T 0 bench_furnace_heater 1") == 1);
    CHECK(host.count("T 0 bench_clamp_mass_kg 0.15") == 1);
    CHECK(host.count("T 0 bench_calibration_mass_kg 0.1497") == 1);
    CHECK(host.count("T 0 noise_storage_relative 0") == 1);
    Bench names;
    for (const BenchKey& key : bench_keys(names)) {
        const std::string head =
            "T 0 bench_" + std::string(key.section) + "_" + std::string(key.key) + " ";
        INFO(head);
        CHECK(host.count(head) == 1);
    }
}

TEST_CASE("a silenced bench has errors and no noise", "[simulator][bench_run]") {
    const auto quiet = [](std::uint64_t seed) {
        auto options = realistic(seed);
        options.noise = NoiseSizes::none();
        options.bench.silence();
        options.bench.force.pickup = options.bench.displacement.pickup = 0.0;  // phase of the seed
        return run(ramp_method(), options);
    };
    const auto one = quiet(1);
    CHECK(quiet(2).lines == one.lines);
    const auto& first = one.readings.front();
    CHECK(first.temperature_K - first.true_temperature_K > 0.3);
    CHECK(first.storage_modulus_Pa / first.true_storage_modulus_Pa > 1.002);
}

TEST_CASE("an uncorrected mass bends E' as mass times omega squared", "[simulator][bench_run]") {
    auto options = with_bench(std::string(perfect) + "[calibration]\nmass_kg = 0\n");
    const double span = set_mounting(ClampKind::single_cantilever).modulus_per_stiffness();
    options.bench.machine.compliance_m_per_N = options.bench.calibration.compliance_m_per_N = 0.0;
    options.bench.machine.tan_delta = options.bench.calibration.tan_delta = 0.0;
    for (const auto& r : run(ramp_method(), options).readings) {
        const double omega = 2.0 * std::numbers::pi * r.frequency_Hz;
        const double error_Pa = r.storage_modulus_Pa - r.true_storage_modulus_Pa;
        REQUIRE(error_Pa == Approx(-0.15 * omega * omega * span).epsilon(1e-6));
    }
}

TEST_CASE("the mains spoils the frequencies near it", "[simulator][bench_run]") {
    auto options = with_bench(std::string(perfect) + "[force]\npickup_N = 0.001\n");
    auto method = ramp_method();
    method[4] = "frequencies 1 20 49.9 50 100";
    method[7] = "segment isothermal duration_s=60";
    for (const auto& r : run(method, options).readings) {
        const double error =
            std::abs(r.storage_modulus_Pa / r.true_storage_modulus_Pa - 1.0) +
            std::abs(r.loss_modulus_Pa - r.true_loss_modulus_Pa) / r.true_storage_modulus_Pa;
        INFO(r.frequency_Hz);
        if (r.frequency_Hz > 40.0 && r.frequency_Hz < 60.0) {
            CHECK(error > 1e-3);
        } else {
            CHECK(error < 1e-7);
        }
    }
}

TEST_CASE("equilibrium is what the thermocouple shows", "[simulator][bench_run]") {
    auto options =
        with_bench("[furnace]\nheater = true\n[thermocouple]\noffset_K = 3\nnoise_K = 0.5\n");
    auto method = ramp_method();
    method[7] = "segment isothermal duration_s=60";
    const auto result = run(method, options);
    const auto& first = result.readings.front();
    CHECK(first.true_temperature_K == Approx(297.0).margin(0.1));
    double mean_K = 0.0;
    for (const auto& r : result.readings) {
        mean_K += r.temperature_K / static_cast<double>(result.readings.size());
    }
    const double four_sigma_K = 4 * 0.5 / std::sqrt(static_cast<double>(result.readings.size()));
    CHECK(mean_K == Approx(300.0).margin(four_sigma_K + 0.1));
}

TEST_CASE("bad gains swing and good ones do not in a run", "[simulator][bench_run]") {
    const auto overshoot_K = [](const std::string& gains) {
        SimHost host(with_bench("[furnace]\nheater = true\n" + gains));
        auto method = ramp_method();
        method[5] = "segment jump temperature_K=350";
        method[6] = "segment isothermal duration_s=3000";
        method[7] = "segment isothermal duration_s=60";
        double highest_K = 0.0;
        host.device.on_reading([&highest_K](const SimReading& r, const std::string&) {
            highest_K = std::max(highest_K, r.temperature_K);
        });
        host.download(method);
        host.ask("start run-1");
        REQUIRE(host.finish(0.05, 4000));
        return highest_K - 350.0;
    };
    CHECK(overshoot_K("") < 0.5);
    CHECK(overshoot_K("gain_W_per_K = 4\nintegral_W_per_K_s = 0.3\nfeed_forward = 0\n") > 4.0);
}

}  // namespace relaxd::simulator
