// SPDX-License-Identifier: MIT
// Free decay against closed forms and against the simulated pendulum.
#include "drivers/simulator/pendulum_bench.hpp"
#include "model/signal/decay.hpp"
#include "tests/signal/synthetic.hpp"
#include "tests/simulator/table1.hpp"
#include "tests/support/catch.hpp"

#include <rapidcheck.h>

#include <cmath>
#include <complex>
#include <cstdint>
#include <string>
#include <vector>

namespace relaxd::model {
namespace {

using test::OfTime;
using test::pi;

record::Waveform decay_of(
    double f_Hz,
    double decrement,
    double rate_Hz,
    double duration_s,
    double phase,
    double noise_V = 0.0,
    std::uint64_t seed = 1,
    const OfTime& more = [](double) { return 0.0; }
) {
    std::uint64_t state = seed * 7919 + 1;
    const auto uniform = [&state] {
        state = state * 6364136223846793005U + 1442695040888963407U;
        return static_cast<double>(state >> 11U) * 0x1p-53;
    };
    const OfTime angle = [&](double t) {
        const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
        return std::exp(-decrement * f_Hz * t) * std::cos(2.0 * pi * f_Hz * t + phase) +
               noise_V * radius * std::cos(2.0 * pi * uniform()) + more(t);
    };
    record::Waveform out = test::waveform_of(
        record::unknown,
        rate_Hz,
        static_cast<std::size_t>(duration_s * rate_Hz),
        angle,
        [](double) { return 0.0; }
    );
    out.kind = record::WaveformKind::decay;
    return out;
}

}  // namespace

TEST_CASE("any damped cosine with drift gives its numbers back", "[signal][decay]") {
    const bool passes = rc::check([] {
        const auto number = [](double low, double high) {
            return low + (high - low) * 1e-4 * static_cast<double>(*rc::gen::inRange(0, 10001));
        };
        const double decrement = std::pow(10.0, number(-3.0, -0.1));
        const double rate_Hz = 200.0;
        const double f_Hz = rate_Hz / number(12.0, 100.0);
        const double periods = number(6.0, 60.0);
        const double slope = 0.02 * number(-1.0, 1.0) * f_Hz / periods;
        const OfTime drift = [=](double t) { return 0.3 + slope * t; };
        const Result<Decay> out = fit_decay(
            decay_of(f_Hz, decrement, rate_Hz, periods / f_Hz, number(-3.0, 3.0), 0.0, 1, drift)
        );
        if (!out) {
            RC_LOG(out.error().message);
        }
        RC_ASSERT(out.has_value());
        RC_LOG("fit " + std::to_string(1e6 * (out->decrement / decrement - 1.0)) + " ppm");
        RC_ASSERT(std::abs(out->frequency_Hz / f_Hz - 1.0) < 1e-6);
        RC_ASSERT(std::abs(out->decrement / decrement - 1.0) < 1e-5);
        RC_ASSERT(std::abs(out->amplitude_V - 1.0) < 1e-5);
        RC_LOG("extrema " + std::to_string(out->extrema_decrement - decrement));
        RC_ASSERT(std::abs(out->extrema_decrement - decrement) < 2e-3 * decrement + 3e-4);
    });
    CHECK(passes);
}

TEST_CASE("errors of both decrements are those that they tell", "[signal][decay]") {
    struct Row {
        double f_Hz;
        double decrement;
        double rate_Hz;
        double duration_s;
        double noise_V;
    };
    const Row rows[] = {
        {5.0, 0.03, 200.0, 20.0, 2e-3},
        {17.0, 0.005, 200.0, 10.0, 2e-3},
        {1.0, 0.3, 100.0, 30.0, 1e-3},
        {0.25, 0.02, 50.0, 100.0, 5e-3},
    };
    constexpr int runs = 150;
    for (const Row& row : rows) {
        CAPTURE(row.f_Hz, row.decrement);
        double fit = 0.0;
        double extrema = 0.0;
        double frequency = 0.0;
        double halves = 0.0;
        int warned = 0;
        for (int k = 0; k < runs; ++k) {
            const OfTime mains = [k](double t) {
                return 2e-3 * std::sin(2.0 * pi * 50.0 * t + 0.1 * k);
            };
            const Result<Decay> out = fit_decay(decay_of(
                row.f_Hz,
                row.decrement,
                row.rate_Hz,
                row.duration_s,
                0.37 * k,
                row.noise_V,
                static_cast<std::uint64_t>(k) + 1U,
                row.rate_Hz > 110.0 ? mains : [](double) { return 0.0; }
            ));
            REQUIRE(out);
            fit += std::pow((out->decrement - row.decrement) / out->decrement_sigma, 2) / runs;
            extrema +=
                std::pow(
                    (out->extrema_decrement - row.decrement) / out->extrema_decrement_sigma, 2
                ) /
                runs;
            frequency +=
                std::pow((out->frequency_Hz - row.f_Hz) / out->frequency_sigma_Hz, 2) / runs;
            halves += std::pow(out->halves_differ, 2) / runs;
            warned += out->warnings.empty() ? 0 : 1;
        }
        CHECK(std::sqrt(fit) == Approx(1.0).margin(0.3));
        CHECK(std::sqrt(frequency) == Approx(1.0).margin(0.3));
        CHECK(std::sqrt(halves) == Approx(1.0).margin(0.3));
        CHECK(std::sqrt(extrema) < 1.5);
        CHECK(warned <= 6);
    }
}

TEST_CASE("a bar's free decay gives its stiffness and its loss tangent", "[signal][decay]") {
    for (const double tan_phi : {1e-3, 5e-3, 0.03}) {
        for (const bool is_ideal : {true, false}) {
            CAPTURE(tan_phi, is_ideal);
            simulator::PendulumSetup setup(simulator::ShearMaterial::elastic(1e9, tan_phi));
            setup.body.wire_N_m = 0.0;
            setup.body.wire_tan_phi = 0.0;
            setup.body.eddy_N_m_s = 0.0;
            setup.body.gas_N_m_s = 0.0;
            setup.body.clamp_rad_per_N_m = 0.0;
            setup.body.step_s = 1.0 / 32768.0;
            if (is_ideal) {
                setup.sensors = simulator::PendulumSensors::ideal();
            }
            simulator::PendulumBench bench(setup);
            bench.deflect(2e-3);
            bench.digitise(200.0);
            bench.advance_to(12.0);
            const Result<Decay> out = fit_decay(test::waveform_of(
                bench.take_samples(),
                setup.sensors,
                200.0,
                record::unknown,
                record::WaveformKind::decay,
                is_ideal ? 1e-8 : test::adc_V
            ));
            REQUIRE(out);
            CHECK(out->warnings.empty());
            // pi tan phi and what the decay adds to it: tan phi = Lambda/pi (1 - Lambda/pi^2).
            CHECK(out->decrement == Approx(pi * tan_phi * (1.0 + tan_phi / pi)).epsilon(0.04));
            CHECK(out->extrema_decrement == Approx(out->decrement).epsilon(2e-3));
            const Complex p = complex_frequency(out->frequency_Hz, out->decrement);
            const Complex at_p = free_stiffness_N_m(p, setup.body.inertia_kg_m2, 0.0);
            const Complex K = at_real_frequency(at_p, p);
            // What a forced measurement has at that frequency; the modes' loss ripples by 1e-3.
            const Complex truth = bench.body().bar().form_m3() *
                                  bench.body().spectrum().modulus_Pa(2.0 * pi * out->frequency_Hz);
            CHECK(K.real() == Approx(truth.real()).epsilon(1e-4));
            CHECK(K.imag() == Approx(truth.imag()).epsilon(1.5e-3));
            // Without the way to the real frequency it is larger by Lambda/pi^2 at first order.
            const double raised = at_p.imag() / at_p.real() / (K.imag() / K.real()) - 1.0;
            CHECK(raised == Approx(out->decrement / (pi * pi)).epsilon(0.05));
        }
    }
}

TEST_CASE(
    "a standard linear solid decays with its stiffness at the complex frequency", "[signal][decay]"
) {
    // G*(p) in closed form at p itself: nothing is taken over from real frequencies.
    const double tau_s = 0.2;
    simulator::PendulumSetup setup(simulator::ShearMaterial::standard_linear(1.1e9, 0.95e9, tau_s));
    setup.sensors = simulator::PendulumSensors::ideal();
    setup.body.wire_tan_phi = 0.0;
    setup.body.clamp_rad_per_N_m = 0.0;
    setup.body.step_s = 1.0 / 32768.0;
    simulator::PendulumBench bench(setup);
    bench.deflect(2e-3);
    bench.digitise(200.0);
    bench.advance_to(20.0);
    std::vector<simulator::RawSample> samples = bench.take_samples();
    samples.erase(samples.begin(), samples.begin() + 400);  // the solid's own 0.2 s are over
    const Result<Decay> out = fit_decay(test::waveform_of(
        samples, setup.sensors, 200.0, record::unknown, record::WaveformKind::decay, 1e-8
    ));
    REQUIRE(out);
    const Complex p = complex_frequency(out->frequency_Hz, out->decrement);
    const double damping = setup.body.damping_N_m_s(bench.body().pressure_Pa());
    const Complex K = free_stiffness_N_m(p, setup.body.inertia_kg_m2, damping);
    const Complex G = (K - setup.body.wire_N_m) / bench.body().bar().form_m3();
    const Complex truth = 0.95e9 + 0.15e9 * p * tau_s / (1.0 + p * tau_s);
    CHECK(G.real() == Approx(truth.real()).epsilon(2e-5));
    CHECK(G.imag() == Approx(truth.imag()).epsilon(2e-4));
}

TEST_CASE(
    "a loss angle that is the same at all frequencies comes to the real one exactly",
    "[signal][decay]"
) {
    for (const double phi : {1e-4, 0.05, 0.3}) {
        const double n = 2.0 * phi / pi;
        const Complex p(-0.8, 9.0);
        const Complex there = std::pow(p, n);
        const Complex real = std::pow(Complex(0.0, 9.0), n);
        CHECK(std::abs(at_real_frequency(3.0 * there, p) / (3.0 * real) - 1.0) < 1e-14);
    }
}

TEST_CASE(
    "a glass that creeps back after its release still gives its decrement", "[signal][decay]"
) {
    struct Row {
        double temperature_K;
        double relative;  // of tan phi: at_real_frequency knows no dispersion but its own
    };
    for (const Row& row :
         {Row{300.0, 2e-3}, Row{440.0, 2e-3}, Row{455.0, 3e-3}, Row{475.0, 0.016}}) {
        for (const bool was_held : {true, false}) {
            CAPTURE(row.temperature_K, was_held);
            simulator::PendulumParameters parameters;
            parameters.wire_tan_phi = 0.0;
            parameters.gas_N_m_s = 0.0;
            parameters.clamp_rad_per_N_m = 0.0;
            parameters.inertia_kg_m2 = 2e-3;
            simulator::PendulumSensors sensors;
            sensors.angle_delay_s = 0.0;
            simulator::PendulumBody body(
                parameters,
                simulator::TorsionBar(),
                simulator::ShearMaterial::glass(test::table1(), 540.0)
            );
            body.set_surroundings(row.temperature_K, 1e-3);
            // Two seconds of constant torque, or of an oscillating one.
            const double f_Hz = 0.98 * simulator::resonance_Hz(body);
            body.set_drive(
                was_held ? simulator::CoilDrive(0.08, 0.0, 0.0)
                         : simulator::CoilDrive(0.0, 0.02, f_Hz)
            );
            while (body.time_s() < 2.0) {
                body.step();
            }
            body.set_drive(simulator::CoilDrive());
            simulator::PendulumDigitiser digitiser(sensors, 3, 200.0, body.time_s());
            while (body.time_s() < 12.0) {
                body.step();
                digitiser.follow(body);
            }
            const Result<Decay> out = fit_decay(test::waveform_of(
                digitiser.take(), sensors, 200.0, record::unknown, record::WaveformKind::decay
            ));
            REQUIRE(out);
            const Complex p = complex_frequency(out->frequency_Hz, out->decrement);
            const Complex K =
                free_stiffness_N_m(p, parameters.inertia_kg_m2, parameters.eddy_N_m_s) -
                parameters.wire_N_m;
            const Complex G = at_real_frequency(K, p);
            const Complex truth = body.spectrum().modulus_Pa(2.0 * pi * out->frequency_Hz);
            const double apart = (G.imag() / G.real()) / (truth.imag() / truth.real()) - 1.0;
            const double sigma = out->decrement_sigma / out->decrement;
            CHECK(std::abs(apart) < 3.0 * sigma + row.relative);
            CHECK(sigma < 0.01);
            CHECK(out->warnings.empty());
        }
    }
}

TEST_CASE("a decay that depends on its amplitude is told", "[signal][decay]") {
    // The decrement rises with the amplitude: A' = -f (L0 + L1 A) A.
    record::Waveform waveform = decay_of(5.0, 0.02, 200.0, 10.0, 0.0, 1e-4);
    CHECK(fit_decay(waveform)->warnings.empty());
    for (std::size_t i = 0; i < waveform.samples(); ++i) {
        const double t = static_cast<double>(i) / 200.0;
        const double x = std::exp(-0.1 * t);
        const double amplitude = x / (1.0 + 0.2 * (1.0 - x));
        waveform.channels[0].codes[i] =
            static_cast<std::int32_t>(1e9 * amplitude * std::cos(10.0 * pi * t));
    }
    const Result<Decay> out = fit_decay(waveform);
    REQUIRE(out);
    CHECK(out->halves_differ > 3.0);
    REQUIRE_FALSE(out->warnings.empty());
    CHECK_THAT(out->warnings.back(), Catch::Contains("depends on the amplitude"));
}

TEST_CASE("a loss tangent above 0.3 is warned of", "[signal][decay]") {
    const Result<Decay> out = fit_decay(decay_of(2.0, 1.1, 200.0, 8.0, 0.3, 1e-4));
    REQUIRE(out);
    REQUIRE_FALSE(out->warnings.empty());
    CHECK_THAT(out->warnings[0], Catch::Contains("above 0.3"));
    CHECK(out->decrement == Approx(1.1).epsilon(0.01));
}

TEST_CASE("a waveform that is no usable decay says why", "[signal][decay]") {
    using Catch::Contains;
    const auto sentence = [](const record::Waveform& waveform) {
        const Result<Decay> out = fit_decay(waveform);
        REQUIRE_FALSE(out);
        CHECK(out.error().code == Errc::invalid);
        CHECK_FALSE(out.error().hint.empty());
        return out.error().message;
    };
    CHECK_THAT(sentence(decay_of(2.0, 3.5, 200.0, 8.0, 0.3, 1e-2)), Contains("extrema above"));
    CHECK_THAT(sentence(decay_of(30.0, 0.1, 200.0, 8.0, 0.3)), Contains("samples a period"));
    CHECK_THAT(sentence(decay_of(2.0, 0.1, 10.0, 2.0, 0.3)), Contains("20 samples"));
    record::Waveform waveform = decay_of(5.0, 0.02, 200.0, 10.0, 0.0);
    waveform.channels[0].high_V = 0.9;
    CHECK_THAT(sentence(waveform), Contains("left its range"));
    waveform = decay_of(5.0, 0.02, 200.0, 10.0, 0.0);
    waveform.channels[0].codes.assign(2000, 7);
    CHECK_FALSE(fit_decay(waveform));
    waveform.channels.clear();
    CHECK_THAT(sentence(waveform), Contains("no channel \"angle\""));
}

}  // namespace relaxd::model
