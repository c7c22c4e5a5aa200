// SPDX-License-Identifier: MIT
// What stands between specimen and signals, by closed forms, sums written out and statistics.
#include "drivers/simulator/analyser.hpp"
#include "tests/support/catch.hpp"

#include <rapidcheck.h>

#include <cmath>
#include <complex>
#include <numbers>

namespace relaxd::simulator {
namespace {

using Complex = std::complex<double>;
constexpr double tau = 2.0 * std::numbers::pi;

Mounting bar(const char* clamp = "single-cantilever") {
    return set_mounting(clamp_from(clamp).value());
}

Machine machine() {
    Machine m;
    m.compliance_m_per_N = 8e-7;
    m.compliance_loss = 0.02;
    m.mass_kg = 0.15;
    m.phase_offset_rad = 0.003;
    m.phase_delay_s = 2e-5;
    m.tan_delta = 0.002;
    m.tan_delta_per_decade = 0.0005;
    return m;
}

SimReading measured(
    const Bench& bench, const Mounting& mounting, Complex modulus_Pa, double f, std::uint64_t n = 1
) {
    SimReading r;
    r.number = n;
    r.time_s = 100.0 + 7.3 * static_cast<double>(n);
    r.frequency_Hz = f;
    Analyser(bench, mounting, 5).oscillate(r, modulus_Pa, 15e-6);
    return r;
}

}  // namespace

TEST_CASE("compliance stands in series", "[simulator][analyser]") {
    Machine m;
    m.compliance_m_per_N = 1.0 / 4e5;
    const Complex raw = m.raw_N_per_m(Complex(1e5, 0.0), 1.0);
    CHECK(raw.real() == Approx(8e4).epsilon(1e-12));  // 1/(1/1e5 + 1/4e5)
    CHECK(std::abs(raw.imag()) < 1e-9);
    // A clamp that loses makes an elastic specimen lossy: Im = K^2 C l to first order.
    m.compliance_loss = 1e-4;
    CHECK(m.raw_N_per_m(Complex(1e5, 0.0), 1.0).imag() == Approx(6.4e9 / 4e5 * 1e-4).epsilon(1e-3));
}

TEST_CASE("inertia takes exactly mass times omega squared", "[simulator][analyser]") {
    for (const double f : {0.01, 1.0, 16.0, 200.0}) {
        Machine m;
        m.mass_kg = 0.2;
        const Complex K(18000.0, 300.0);
        const Complex raw = m.raw_N_per_m(K, f);
        CHECK(raw.real() == Approx(18000.0 - 0.2 * tau * f * tau * f).epsilon(1e-12));
        CHECK(raw.imag() == Approx(300.0).epsilon(1e-12));
    }
}

TEST_CASE("offset and delay turn the phase, background adds its loss", "[simulator][analyser]") {
    for (const double f : {0.01, 1.0, 50.0}) {
        Machine m;
        m.phase_offset_rad = 0.004;
        m.phase_delay_s = 3e-5;
        const Complex K = std::polar(18000.0, 0.05);
        CHECK(std::arg(m.raw_N_per_m(K, f)) == Approx(0.054 + tau * f * 3e-5).epsilon(1e-12));
        CHECK(std::abs(m.raw_N_per_m(K, f)) == Approx(18000.0).epsilon(1e-12));
        Machine lossy;
        lossy.tan_delta = 0.002;
        lossy.tan_delta_per_decade = 0.0004;
        const Complex raw = lossy.raw_N_per_m(Complex(18000.0, 0.0), f);
        CHECK(raw.imag() / raw.real() == Approx(0.002 + 0.0004 * std::log10(f)));
    }
}

TEST_CASE("a perfect calibration gives the specimen back", "[simulator][analyser][property]") {
    CHECK(rc::check("there and back", [] {
        const auto share = [] { return *rc::gen::inRange(0, 1000001) * 1e-6; };
        Machine m;
        m.compliance_m_per_N = 2e-6 * share();
        m.compliance_loss = 0.1 * share();
        m.mass_kg = 0.3 * share();
        m.phase_offset_rad = 0.1 * (share() - 0.5);
        m.phase_delay_s = 1e-4 * share();
        m.tan_delta = 0.01 * share();
        const double f = std::pow(10.0, -2.0 + 4.3 * share());
        const Complex K = std::polar(std::pow(10.0, 2.0 + 4.0 * share()), 1.5 * share());
        const Complex back = m.specimen_N_per_m(m.raw_N_per_m(K, f), f);
        // Inertia up to 5e5 N/m stands over a stiffness of 100 N/m: 12 digits less 4.
        RC_ASSERT(std::abs(back - K) < 1e-12 * (std::abs(K) + 1e6));
    }));
}

TEST_CASE("a calibration's mistakes show as the formulas say", "[simulator][analyser]") {
    Bench bench;
    bench.machine = bench.calibration = machine();
    const Complex E(3e10, 3e8);
    const double span = bar().modulus_per_stiffness();
    const auto told = [&](const Bench& b, double f) {
        const auto r = measured(b, bar(), E, f);
        return Complex(r.storage_modulus_Pa, r.loss_modulus_Pa);
    };
    for (const double f : {0.01, 1.0, 16.0, 100.0}) {
        CHECK(std::abs(told(bench, f) / E - 1.0) < 1e-10);
    }
    auto light = bench;
    light.machine.compliance_m_per_N = light.calibration.compliance_m_per_N = 0.0;
    light.machine.tan_delta = light.calibration.tan_delta = 0.0;
    light.machine.tan_delta_per_decade = light.calibration.tan_delta_per_decade = 0.0;
    light.calibration.mass_kg -= 0.01;
    CHECK(
        (told(light, 16.0) - E).real() ==
        Approx(-0.01 * std::pow(tau * 16.0, 2) * span).epsilon(1e-6)
    );
    auto turned = bench;
    turned.calibration.phase_offset_rad = 0.0;
    turned.calibration.compliance_m_per_N = turned.machine.compliance_m_per_N = 0.0;
    turned.calibration.mass_kg = turned.machine.mass_kg = 0.0;
    CHECK(std::arg(told(turned, 1.0)) == Approx(std::arg(E) + 0.003).epsilon(1e-9));
    auto scaled = Bench();
    scaled.force.gain = 1.01;
    CHECK(told(scaled, 1.0).real() == Approx(3.03e10).epsilon(1e-10));
    scaled.force.gain = 1.0;
    scaled.displacement.gain = 1.01;
    CHECK(told(scaled, 1.0).real() == Approx(3e10 / 1.01).epsilon(1e-10));
}

TEST_CASE("the columns of force, displacement and phase are raw", "[simulator][analyser]") {
    Bench bench;
    bench.machine = bench.calibration = machine();
    for (const double f : {1.0, 30.0}) {
        const Complex E(3e10, 3e8);
        const auto r = measured(bench, bar(), E, f);
        const Complex raw = bench.machine.raw_N_per_m(E / bar().modulus_per_stiffness(), f);
        CHECK(r.displacement_m == Approx(15e-6).epsilon(1e-12));
        CHECK(r.dynamic_force_N / r.displacement_m == Approx(std::abs(raw)).epsilon(1e-12));
        CHECK(r.phase_rad == Approx(std::arg(raw)).epsilon(1e-10));
        CHECK(r.tan_delta == Approx(0.01).epsilon(1e-9));
        CHECK(r.stress_Pa / r.strain == Approx(std::abs(E)).epsilon(1e-9));
        // The clamp takes its share of the displacement: |1 / (1 + c K_s)| is about 1.5 % here.
        CHECK(r.strain < 0.99 * r.displacement_m * bar().strain_per_displacement());
    }
}

TEST_CASE("a tone's share in a reading is that of the sum written out", "[simulator][analyser]") {
    for (const double f :
         {0.5, 1.0, 49.0, 50.0, 50.0 / 63.0, 50.0 / 65.0, 13.7, 100.0, 50.0 / 64.0}) {
        const double samples = 64.0;
        const double cycles = whole_cycles(f);
        const int count = static_cast<int>(cycles * samples);
        Complex tone;
        Complex ramp;
        for (int j = 0; j < count; ++j) {
            const double t = j / (f * samples);
            const Complex turn = std::polar(2.0 / count, -tau * f * t);
            tone += std::cos(tau * 50.0 * t + 0.7) * turn;
            ramp += t * turn;
        }
        INFO(f);
        CHECK(std::abs(demodulated_tone(50.0, 0.7, f, cycles, samples) - tone) < 1e-9);
        CHECK(std::abs(demodulated_ramp(f, samples) - ramp) < 1e-9 * std::abs(ramp) + 1e-12);
    }
}

TEST_CASE("the mains is seen at its frequency and at its aliases", "[simulator][analyser]") {
    const auto share = [](double f) {
        return std::abs(demodulated_tone(50.0, 0.3, f, whole_cycles(f), 64.0));
    };
    CHECK(share(50.0) == Approx(1.0).epsilon(1e-9));
    CHECK(share(50.0 / 63.0) == Approx(1.0).epsilon(1e-9));
    CHECK(share(50.0 / 65.0) == Approx(1.0).epsilon(1e-9));
    CHECK(share(50.3) > 0.5);  // a window of 1 s resolves 1 Hz
    CHECK(share(1.0) < 1e-9);  // 10 s hold whole cycles of both
    CHECK(share(20.0) < 1e-9);
    CHECK(share(13.7) < 0.05);
}

TEST_CASE("a linear drift adds its rise a cycle over pi", "[simulator][analyser]") {
    // The known error of multiply-average: d/pi in one quadrature.
    CHECK(std::abs(demodulated_ramp(0.1, 4096.0)) == Approx(10.0 / std::numbers::pi).epsilon(1e-6));
}

TEST_CASE("channels are as noisy as they say", "[simulator][analyser]") {
    Bench bench;
    bench.force.noise = 1e-4;
    bench.displacement.noise = 3e-9;
    const Complex E(3e10, 3e8);
    const int n = 20000;
    const double f = 16.0;  // window 1 s
    double force = 0.0;
    double position = 0.0;
    double phase = 0.0;
    Bench quiet;
    quiet.force.gain = 1.0 + 1e-15;  // not plain: the same way through the code
    const auto still = measured(quiet, bar(), E, f);
    for (int k = 1; k <= n; ++k) {
        const auto r = measured(bench, bar(), E, f, static_cast<std::uint64_t>(k));
        force += std::pow((r.dynamic_force_N - still.dynamic_force_N) / 1e-4, 2);
        position += std::pow((r.displacement_m - still.displacement_m) / 3e-9, 2);
        phase += std::pow(r.phase_rad - still.phase_rad, 2);
    }
    // Four standard errors of a mean square; the second order of an amplitude is 1e-7 here.
    const double margin = 4.0 * std::sqrt(2.0 / n);
    CHECK(force / n == Approx(1.0).margin(margin));
    CHECK(position / n == Approx(1.0).margin(margin));
    const double expected = std::pow(1e-4 / still.dynamic_force_N, 2) + std::pow(3e-9 / 15e-6, 2);
    CHECK(phase / n / expected == Approx(1.0).margin(margin));
    // Ten times the window, a tenth of the variance.
    double slow = 0.0;
    const auto slow_still = measured(quiet, bar(), E, 1.0);
    for (int k = 1; k <= n; ++k) {
        const auto r = measured(bench, bar(), E, 1.0, static_cast<std::uint64_t>(k));
        slow += std::pow((r.dynamic_force_N - slow_still.dynamic_force_N) / 1e-4, 2);
    }
    CHECK(slow / n == Approx(0.1).margin(0.1 * margin));
}

TEST_CASE("amplitudes are multiples of the resolution", "[simulator][analyser]") {
    Bench bench;
    bench.force.resolution = 1e-3;
    bench.displacement.resolution = 1e-7;
    const auto r = measured(bench, bar(), Complex(3.03e10, 0.0), 1.0);
    CHECK(std::remainder(r.dynamic_force_N, 1e-3) == Approx(0.0).margin(1e-12));
    CHECK(std::remainder(r.displacement_m, 1e-7) == Approx(0.0).margin(1e-18));
    const double stiffness = r.dynamic_force_N / r.displacement_m;
    CHECK(r.storage_modulus_Pa == Approx(stiffness * bar().modulus_per_stiffness()));
}

TEST_CASE("the motor's bound reduces the amplitude and is flagged", "[simulator][analyser]") {
    Bench bench;
    bench.force.max = 0.2;
    const Complex E(3e10, 3e8);
    for (const char* clamp : {"single-cantilever", "tension"}) {
        const auto r = measured(bench, bar(clamp), E, 1.0);
        CHECK(r.flags == "overload");
        CHECK(r.dynamic_force_N + r.static_force_N == Approx(0.2).epsilon(1e-9));
        CHECK(r.storage_modulus_Pa == Approx(3e10).epsilon(1e-9));
    }
    // Inertia counts: what is moved at 200 Hz takes more than the specimen.
    Bench heavy;
    heavy.machine.mass_kg = heavy.calibration.mass_kg = 2.0;
    const auto r = measured(heavy, bar(), E, 200.0);
    CHECK(r.flags == "overload");
    CHECK(r.dynamic_force_N == Approx(18.0).epsilon(1e-9));
}

TEST_CASE("a signal at its end is clipped and flagged", "[simulator][analyser]") {
    Bench bench;
    bench.displacement.max = 10e-6;
    const auto r = measured(bench, bar(), Complex(3e10, 0.0), 1.0);
    CHECK(r.flags == "clipped");
    CHECK(r.displacement_m == Approx(10e-6));
    SimReading creep;
    creep.oscillation = false;
    Analyser(bench, bar(), 5).creep(creep, -11e-6, 1e6);
    CHECK(creep.flags == "clipped");
    CHECK(creep.displacement_m == Approx(-10e-6));
}

TEST_CASE("whatever the bench, every number is finite", "[simulator][analyser][property]") {
    CHECK(rc::check("finite", [] {
        Bench bench;
        for (BenchKey& key : bench_keys(bench)) {
            if (key.number != nullptr) {
                const double share = *rc::gen::inRange(0, 5) * 0.25;
                *key.number = std::round((key.low + share * (key.high - key.low)) * 1e12) * 1e-12;
            }
        }
        const double f = *rc::gen::element(0.01, 1.0, 50.0, 200.0);
        const double E = *rc::gen::element(1.0, 1e6, 3e10);
        const auto r = measured(bench, bar("tension"), Complex(E, 0.1 * E), f);
        for (const double x :
             {r.storage_modulus_Pa,
              r.loss_modulus_Pa,
              r.tan_delta,
              r.phase_rad,
              r.strain,
              r.stress_Pa,
              r.dynamic_force_N,
              r.static_force_N,
              r.displacement_m}) {
            RC_ASSERT(std::isfinite(x));
        }
    }));
}

TEST_CASE("creep is corrected for the clamp's compliance", "[simulator][analyser]") {
    Bench bench;
    bench.machine = bench.calibration = machine();
    const auto mounting = bar("tension");
    const auto read = [&](double seen_m) {
        SimReading r;
        r.oscillation = false;
        r.number = 3;
        r.time_s = 50.0;
        Analyser(bench, mounting, 5).creep(r, seen_m, 25e6);
        return r;
    };
    const double force_N = 25e6 / mounting.stress_per_force();
    const auto r = read(12e-6);
    CHECK(r.stress_Pa == 25e6);
    CHECK(r.static_force_N == Approx(force_N));
    CHECK(r.displacement_m == Approx(12e-6 + 8e-7 * force_N));
    CHECK(r.strain == Approx(12e-6 * mounting.strain_per_displacement()));
    bench.calibration.compliance_m_per_N = 7e-7;
    CHECK(
        read(12e-6).strain == Approx((12e-6 + 1e-7 * force_N) * mounting.strain_per_displacement())
    );
    bench.displacement.drift_per_s = 1e-9;
    CHECK(read(12e-6).displacement_m == Approx(12e-6 + 8e-7 * force_N + 50e-9));
    bench.force.gain = 1.02;  // the channel reads high: the true force is too small
    CHECK(Analyser(bench, mounting, 5).stress_share() == Approx(1.0 / 1.02));
    CHECK(read(12e-6).static_force_N == Approx(force_N));
}

}  // namespace relaxd::simulator
