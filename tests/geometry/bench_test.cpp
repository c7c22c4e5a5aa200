// SPDX-License-Identifier: MIT
//
// The whole way with the simulated analyser (drivers/simulator: its own clamp equations, machine,
// channels and noise): an empty run and two steel bars make sets, and a metallic glass is measured
// with them as it is; as the instrument itself corrects, it is not.
#include "drivers/simulator/analyser.hpp"
#include "drivers/simulator/bench_file.hpp"
#include "drivers/simulator/specimen.hpp"
#include "model/geometry/reduction.hpp"
#include "schema/material/material.hpp"
#include "tests/geometry/support.hpp"

#include <functional>
#include <memory>

namespace relaxd::test {

namespace {

using record::Channel;
using Modulus = std::function<Complex(double temperature_K, double frequency_Hz)>;

const std::vector<double> frequencies{1.0, 2.0, 4.0, 8.0, 16.0};

simulator::Bench heavy_bench() {
    simulator::Bench bench;
    bench.force.noise = 3e-5;
    bench.force.resolution = 1e-5;
    bench.displacement.noise = 2e-9;
    bench.displacement.resolution = 1e-9;
    bench.machine = machine();
    bench.machine.compliance_m_per_N = 5e-6;
    bench.machine.tan_delta = 0.001;
    bench.machine.tan_delta_per_decade = 0.0003;
    return bench;  // its calibration: nothing is corrected
}

struct Run {
    model::ClampNumbers numbers;
    Modulus modulus;
    double amplitude_m = 15e-6;
    std::uint64_t seed = 1;
};

struct Measured {
    std::vector<record::Reading> readings;
    std::vector<Complex> truth;
};

Measured measure(
    const simulator::Bench& bench,
    const Run& run,
    const std::vector<double>& temperatures,
    int times
) {
    simulator::Mounting mounting;
    mounting.clamp = simulator::ClampKind::single_cantilever;
    mounting.length_m = run.numbers.length_m.value;
    mounting.width_m = run.numbers.width_m.value;
    mounting.thickness_m = run.numbers.thickness_m.value;
    mounting.poisson_ratio = run.numbers.poisson_ratio.value;
    const simulator::Analyser analyser(bench, mounting, run.seed);
    Measured out;
    double time_s = 0.0;
    for (const double temperature_K : temperatures) {
        for (int k = 0; k < times; ++k) {
            for (const double f : frequencies) {
                time_s += simulator::measurement_s(f);
                simulator::SimReading r;
                r.number = out.readings.size() + 1;
                r.time_s = time_s;
                r.frequency_Hz = f;
                const Complex truth = run.modulus(temperature_K, f);
                analyser.oscillate(r, truth, run.amplitude_m);
                record::Reading reading;
                reading.number = r.number;
                reading.time_s = time_s;
                reading.values[Channel::temperature_K] = temperature_K;
                reading.values[Channel::frequency_Hz] = f;
                reading.values[Channel::dynamic_force_N] = r.dynamic_force_N;
                reading.values[Channel::displacement_m] = r.displacement_m;
                reading.values[Channel::phase_rad] = r.phase_rad;
                reading.values[Channel::storage_modulus_Pa] = r.storage_modulus_Pa;
                reading.values[Channel::loss_modulus_Pa] = r.loss_modulus_Pa;
                reading.values[Channel::tan_delta] = r.tan_delta;
                out.readings.push_back(reading);
                out.truth.push_back(truth);
            }
        }
    }
    return out;
}

model::RawRun raw_of(const Measured& measured) {
    model::RawRun run;
    for (const record::Reading& reading : measured.readings) {
        run.readings.push_back(
            {reading.values[Channel::frequency_Hz],
             reading.values[Channel::temperature_K],
             reading.values[Channel::dynamic_force_N],
             reading.values[Channel::displacement_m],
             reading.values[Channel::phase_rad]}
        );
    }
    return run;
}

model::ClampNumbers bar(double thickness_m) {
    model::ClampNumbers n = beam(0.0175, 0.003, thickness_m);
    n.thickness_m.sigma = 1e-6;
    return n;
}

/// Sets as a laboratory makes them on this bench.
std::vector<record::Calibration> sets_of(const simulator::Bench& bench) {
    const std::vector<double> temperatures{300.0, 480.0};
    const Modulus nothing = [](double, double) { return Complex(1e4, 1.0); };
    const Modulus steel = [](double, double) { return Complex(2e11, 0.0); };
    Run empty_run{bar(0.001), nothing, 2e-4, 11};
    auto empty =
        must(model::calibrate_empty({raw_of(measure(bench, empty_run, temperatures, 30))}));
    empty.set.name = "empty";
    std::vector<model::BarRun> bars;
    for (const double t : {0.001, 0.0005}) {
        const Run run{bar(t), steel, 15e-6, t > 0.0007 ? 12U : 13U};
        bars.push_back({raw_of(measure(bench, run, temperatures, 30)), bar(t)});
    }
    model::BarModulus modulus;
    modulus.modulus_Pa = {2e11, 1e9};
    auto frame = must(model::calibrate_bars("single-cantilever", bars, modulus, &empty.set));
    frame.set.name = "steel";
    return {empty.set, frame.set};
}

Measured glass_on(const simulator::Bench& bench) {
    const auto params =
        must(simulator::checked_params(must(material::load("la60ni15al25")).params));
    auto specimen = std::make_shared<simulator::Specimen>(params);
    const Modulus glass = [specimen](double temperature_K, double f) {
        return specimen->modulus_Pa(temperature_K, 2.0 * std::numbers::pi * f);
    };
    std::vector<double> temperatures;
    for (double T = 300.0; T <= 470.0; T += 2.0) {
        temperatures.push_back(T);
    }
    return measure(bench, Run{bar(0.001), glass, 15e-6, 14}, temperatures, 1);
}

model::Reduction reduction_of(const std::vector<record::Calibration>& sets) {
    model::ReductionInput input;
    input.clamp = "single-cantilever";
    input.numbers = bar(0.001);
    input.sets = sets;
    return must(model::Reduction::make(input));
}

}  // namespace

TEST_CASE("on a heavy, soft, late machine a glass is itself within its errors, and not without") {
    const simulator::Bench bench = heavy_bench();
    const model::Reduction reduction = reduction_of(sets_of(bench));
    Measured measured = glass_on(bench);
    double squares = 0.0;
    double tan_squares = 0.0;
    for (std::size_t k = 0; k < measured.readings.size(); ++k) {
        record::Reading& r = measured.readings[k];
        const Complex truth = measured.truth[k];
        const double tan = truth.imag() / truth.real();
        // The machine's: per cents of E', and more than all of a small tan delta.
        CHECK(r.values[Channel::storage_modulus_Pa] < 0.97 * truth.real());
        if (r.values[Channel::temperature_K] < 400.0) {
            CHECK(std::abs(r.values[Channel::tan_delta] - tan) > 2e-3);
        }
        reduction.apply(r);
        REQUIRE(r.flags.empty());
        const double storage = std::hypot(
            r.values[Channel::storage_modulus_sigma_Pa], r.extra.at("storage_modulus_systematic_Pa")
        );
        const double loss = std::hypot(
            r.values[Channel::loss_modulus_sigma_Pa], r.extra.at("loss_modulus_systematic_Pa")
        );
        const double tan_sigma =
            std::hypot(r.values[Channel::tan_delta_sigma], r.extra.at("tan_delta_systematic"));
        INFO(
            r.values[Channel::temperature_K] << " K, " << r.values[Channel::frequency_Hz] << " Hz"
        );
        CHECK(std::abs(r.values[Channel::storage_modulus_Pa] - truth.real()) < 4.5 * storage);
        CHECK(std::abs(r.values[Channel::loss_modulus_Pa] - truth.imag()) < 4.5 * loss);
        CHECK(std::abs(r.values[Channel::tan_delta] - tan) < 4.5 * tan_sigma);
        CHECK(storage < 0.01 * truth.real());
        CHECK(tan_sigma < 2e-3 + 0.02 * tan);
        squares += std::pow((r.values[Channel::storage_modulus_Pa] - truth.real()) / storage, 2);
        tan_squares += std::pow((r.values[Channel::tan_delta] - tan) / tan_sigma, 2);
    }
    const auto n = static_cast<double>(measured.readings.size());
    CHECK(squares / n < 2.5);
    CHECK(tan_squares / n < 2.5);
}

TEST_CASE("on the realistic bench tan delta is right; E' but for the gains that nobody calibrated"
) {
    const simulator::Bench bench = must(simulator::load_bench("realistic")).bench;
    const model::Reduction reduction = reduction_of(sets_of(bench));
    Measured measured = glass_on(bench);
    const double gains = bench.force.gain / bench.displacement.gain - 1.0;
    double before = 0.0;
    double after = 0.0;
    for (std::size_t k = 0; k < measured.readings.size(); ++k) {
        record::Reading& r = measured.readings[k];
        const Complex truth = measured.truth[k];
        const double tan = truth.imag() / truth.real();
        before += std::abs(r.values[Channel::tan_delta] - tan);
        reduction.apply(r);
        const double tan_sigma =
            std::hypot(r.values[Channel::tan_delta_sigma], r.extra.at("tan_delta_systematic"));
        INFO(
            r.values[Channel::temperature_K] << " K, " << r.values[Channel::frequency_Hz] << " Hz"
        );
        // Mains and drift of the channels are in the signals as well.
        CHECK(std::abs(r.values[Channel::tan_delta] - tan) < 5.0 * tan_sigma + 2e-4);
        CHECK(
            std::abs(r.values[Channel::storage_modulus_Pa] - truth.real()) <
            gains * truth.real() + 5.0 * r.extra.at("storage_modulus_systematic_Pa")
        );
        after += std::abs(r.values[Channel::tan_delta] - tan);
    }
    CHECK(after < before);
}

}  // namespace relaxd::test
