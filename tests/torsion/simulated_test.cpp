// SPDX-License-Identifier: MIT
//
// The whole way with the simulated pendulum in the time domain, from codes of a digitiser: an empty
// pendulum and two steel bars make sets; with them a glass is itself within the stated errors, from
// the stiff to the soft state at 2 Hz, where the uncorrected modulus is negative; free decay and
// forced oscillation agree; creep gives the compliance.
#include "drivers/simulator/pendulum_bench.hpp"
#include "schema/record/waveform.hpp"
#include "tests/simulator/table1.hpp"
#include "tests/torsion/support.hpp"

#include <algorithm>
#include <array>
#include <memory>

namespace relaxd::test {

namespace {

constexpr double rate_Hz = 200.0;
constexpr double code_V = 20.0 / 65536.0;
constexpr double steel_Pa = 8e10;
const std::vector<double> sweep{0.1, 0.5, 1.0, 2.0};

/// At atmosphere, where the gas ends every swing within minutes (2 I/C = 48 s).
simulator::PendulumSetup setup(
    const simulator::ShearMaterial& material, double thickness_m, std::uint64_t seed
) {
    simulator::PendulumSetup out(material);
    out.bar = must(simulator::TorsionBar::rectangle(0.03, 5e-3, thickness_m));
    out.furnace = simulator::FurnaceOptions();  // the simple one: its set point at once
    out.seed = seed;
    return out;
}

record::WaveformChannel channel(const char* name, const std::vector<double>& volts) {
    record::WaveformChannel out;
    out.name = name;
    out.volt_per_code = code_V;
    out.low_V = -10.0;
    out.high_V = 10.0 - code_V;
    for (const double v : volts) {
        out.codes.push_back(
            static_cast<std::int32_t>(std::clamp(std::lround(v / code_V), -32768L, 32767L))
        );
    }
    return out;
}

/// What the digitiser takes during `seconds` from now.
record::Reading taken(simulator::PendulumBench& bench, record::WaveformKind kind, double seconds) {
    const double start_s = bench.time_s();
    bench.digitise(rate_Hz);
    bench.advance_to(start_s + seconds);
    std::vector<double> angle;
    std::vector<double> torque;
    double first_s = record::unknown;
    for (const simulator::RawSample& sample : bench.take_samples()) {
        first_s = angle.empty() ? sample.time_s : first_s;
        angle.push_back(2000.0 * sample.angle_rad);
        torque.push_back(100.0 * sample.current_A);
    }
    bench.digitise(0.0);
    auto waveform = std::make_shared<record::Waveform>();
    waveform->kind = kind;
    waveform->rate_Hz = rate_Hz;
    waveform->first_time_s = first_s;
    record::Reading r;
    r.time_s = bench.time_s();
    r.values[Channel::temperature_K] = bench.body().temperature_K();
    if (kind == record::WaveformKind::forced) {
        waveform->frequency_Hz = bench.body().drive().frequency_Hz;
        r.values[Channel::frequency_Hz] = waveform->frequency_Hz;
    }
    waveform->channels = {channel("angle", angle), channel("torque", torque)};
    r.waveform = std::move(waveform);
    return r;
}

/// Enough current for 1 mrad, within the source's limit.
void drive(simulator::PendulumBench& bench, double f_Hz) {
    const double K = std::abs(simulator::dynamic_stiffness_N_m(bench.body(), f_Hz));
    bench.set_drive(simulator::CoilDrive(0.0, std::min(0.07, K), f_Hz));
}

std::vector<record::Reading> forced(
    simulator::PendulumBench& bench, double f_Hz, int times, double settle_s
) {
    drive(bench, f_Hz);
    bench.advance_to(bench.time_s() + settle_s);
    std::vector<record::Reading> out;
    for (int k = 0; k < times; ++k) {
        out.push_back(taken(bench, record::WaveformKind::forced, std::max(2.0 / f_Hz, 8.0)));
    }
    return out;
}

std::vector<record::RunFact> scale_facts() {
    return {fact("angle_V_per_rad", 2000.0), fact("torque_N_m_per_V", 1e-5)};
}

model::TorsionRun run_of(simulator::PendulumBench& bench, double settle_s) {
    const model::PendulumScale scale = must(model::pendulum_scale(scale_facts()));
    model::TorsionRun run;
    run.uuid = "run";
    run.scale = scale;
    for (const double f : sweep) {
        for (const record::Reading& r : forced(bench, f, 4, settle_s)) {
            const auto shown = model::torsion_shown(r, scale);
            REQUIRE(shown);
            run.readings.push_back(*shown);
        }
    }
    return run;
}

/// Made once: some minutes of the simulated laboratory's day a frequency.
const std::vector<record::Calibration>& sets() {
    static const std::vector<record::Calibration> made = [] {
        using simulator::ShearMaterial;
        simulator::PendulumBench hollow(setup(ShearMaterial::none(), 1e-3, 1));
        auto empty = must(model::calibrate_pendulum_empty({run_of(hollow, 800.0)}));
        empty.set.name = "empty";
        empty.set.version = 1;
        std::vector<model::TorsionBarRun> bars;
        for (const double t : {1e-3, 2e-3}) {
            simulator::PendulumBench bench(
                setup(ShearMaterial::elastic(steel_Pa, 1e-4), t, t < 1.5e-3 ? 2 : 3)
            );
            model::TorsionBarRun one;
            one.bar = bar(0.03, 5e-3, t);
            one.bar.thickness_sigma_m = 1e-6;
            one.run = run_of(bench, 400.0);
            bars.push_back(std::move(one));
        }
        model::BarModulus modulus;
        modulus.modulus_Pa = {steel_Pa, 4e8};
        modulus.tan_delta = 1e-4;
        auto frame = must(model::calibrate_pendulum_bars(
            bars, modulus, must(model::background_of(empty.set)), "empty version 1"
        ));
        frame.set.name = "bars";
        frame.set.version = 1;
        return std::vector<record::Calibration>{empty.set, frame.set};
    }();
    return made;
}

model::TorsionReduction reduction() {
    return must(model::TorsionReduction::make(bar(), scale_facts(), sets()));
}

/// (computed - true) over the stated error, random and systematic.
struct Off {
    double storage = 0.0;
    double loss = 0.0;
};
Off off(const record::Reading& r, Complex G_Pa) {
    const auto sigma = [&r](Channel random, const char* systematic) {
        return std::hypot(r.values[random], r.extra.at(systematic));
    };
    return {
        (r.values[Channel::shear_storage_modulus_Pa] - G_Pa.real()) /
            sigma(Channel::shear_storage_modulus_sigma_Pa, "shear_storage_modulus_systematic_Pa"),
        (r.values[Channel::shear_loss_modulus_Pa] - G_Pa.imag()) /
            sigma(Channel::shear_loss_modulus_sigma_Pa, "shear_loss_modulus_systematic_Pa")
    };
}

simulator::ShearMaterial glass() {
    return simulator::ShearMaterial::glass(table1(), 560.0);
}

/// Where the glass has this G' at 2 Hz.
double temperature_of(double G_Pa) {
    const simulator::ShearMaterial material = glass();
    double low = 440.0;
    double high = 560.0;
    for (int k = 0; k < 50; ++k) {
        const double middle = 0.5 * (low + high);
        (material.at(middle).modulus_Pa(two_pi * 2.0).real() > G_Pa ? low : high) = middle;
    }
    return low;
}

}  // namespace

TEST_CASE("the sets of a simulated pendulum are the pendulum") {
    const record::Calibration& empty = sets().front();
    const simulator::PendulumParameters truth;
    const std::array<double, 5> expected{
        truth.inertia_kg_m2,
        truth.wire_N_m,
        truth.wire_N_m * truth.wire_tan_phi,
        1e-4,
        truth.damping_N_m_s(101325.0)
    };
    for (std::size_t k = 0; k < expected.size(); ++k) {
        const record::CalibrationNode& node = empty.nodes.front();
        const double sigma = std::sqrt(node.covariance[k * (expected.size() + 1)]);
        INFO(empty.columns[k] << ": " << node.values[k] << " +- " << sigma);
        // The body's steps leave 2e-5 at 2 Hz.
        CHECK(std::abs(node.values[k] - expected[k]) < 4.0 * sigma + 3e-5 * std::abs(expected[k]));
    }
    const record::Calibration& frame = sets().back();
    CHECK(
        std::abs(frame.nodes.front().values[1] - 0.02) <
        4.0 * std::sqrt(frame.nodes.front().covariance[4])
    );
    const record::CalibrationNumber* delay = frame.number("delay_s");
    REQUIRE(delay != nullptr);
    CHECK(std::abs(delay->value - 1e-4) < 4.0 * delay->sigma + 1e-6);
}

TEST_CASE("a glass from codes is itself within its errors, also where it looks negative") {
    const model::TorsionReduction reduced = reduction();
    double squares = 0.0;
    double n = 0.0;
    for (const double G : {1e10, 1e9, 25e6}) {
        const double temperature_K = temperature_of(G);
        simulator::PendulumBench bench(setup(glass(), 1e-3, 21));
        bench.set_temperature(temperature_K, 0.0);
        bench.advance_to(900.0);
        for (const double f : {0.5, 2.0}) {
            const Complex truth =
                bench.body().material().at(bench.body().temperature_K()).modulus_Pa(two_pi * f);
            for (record::Reading& r : forced(bench, f, 3, 60.0)) {
                const record::Reading raw = r;
                reduced.apply(r);
                INFO(temperature_K << " K, " << f << " Hz, G = " << truth << ", " << r.flags);
                INFO(
                    r.values[Channel::shear_storage_modulus_Pa]
                    << " +- " << r.values[Channel::shear_storage_modulus_sigma_Pa] << " +- "
                    << r.extra.at("shear_storage_modulus_systematic_Pa") << ", "
                    << r.values[Channel::shear_loss_modulus_Pa] << " +- "
                    << r.values[Channel::shear_loss_modulus_sigma_Pa] << " +- "
                    << r.extra.at("shear_loss_modulus_systematic_Pa")
                );
                REQUIRE(r.flags.empty());
                const Off z = off(r, truth);
                CHECK(std::abs(z.storage) < 4.5);
                CHECK(std::abs(z.loss) < 4.5);
                squares += z.storage * z.storage + z.loss * z.loss;
                n += 2.0;
                if (f == 2.0 && G < 1e8) {
                    CHECK(std::cos(r.values[Channel::phase_rad]) < 0.0);
                    CHECK(r.values[Channel::tan_delta] > 0.0);
                }
                CHECK(r.extra.at("dft_disagreement") < 0.05);
                CHECK(r.extra.at("clipped_share") == 0.0);
                CHECK(raw.waveform == r.waveform);
                // Without the waveform, from what was kept of it: the same to the last bit.
                record::Reading stored = r;
                stored.waveform = nullptr;
                reduced.apply(stored);
                CHECK(same(stored, r));
            }
        }
    }
    CHECK(squares / n < 2.5);
}

TEST_CASE("free decay and forced oscillation of one specimen agree within their errors") {
    const model::TorsionReduction reduced = reduction();
    const simulator::ShearMaterial material = simulator::ShearMaterial::elastic(2e8, 0.02);
    simulator::PendulumBench bench(setup(material, 1e-3, 31));
    const double f_Hz = simulator::resonance_Hz(bench.body());
    bench.advance_to(1.0);
    bench.deflect(3e-3);
    bench.advance_to(1.2);
    record::Reading decay = taken(bench, record::WaveformKind::decay, 15.0);
    reduced.apply(decay);
    REQUIRE(decay.flags.empty());
    CHECK(decay.values[Channel::frequency_Hz] == Approx(f_Hz).epsilon(1e-3));
    const Complex truth = material.at(298.15).modulus_Pa(two_pi * f_Hz);
    const Off of_decay = off(decay, truth);
    INFO(
        decay.values[Channel::shear_storage_modulus_Pa] << ", " << decay.values[Channel::tan_delta]
    );
    CHECK(std::abs(of_decay.storage) < 4.0);
    CHECK(std::abs(of_decay.loss) < 4.0);
    CHECK(decay.values[Channel::tan_delta] == Approx(0.02).epsilon(0.05));

    for (record::Reading& r : forced(bench, 2.0, 3, 60.0)) {
        reduced.apply(r);
        const double storage = r.values[Channel::shear_storage_modulus_Pa];
        // 2/pi tan phi ln(f/2 Hz) between their frequencies.
        const double grown = 1.0 + 2.0 / pi * 0.02 * std::log(f_Hz / 2.0);
        const double sigma = std::hypot(
            r.values[Channel::shear_storage_modulus_sigma_Pa],
            decay.values[Channel::shear_storage_modulus_sigma_Pa],
            decay.extra.at("shear_storage_modulus_systematic_Pa")
        );
        CHECK(
            std::abs(storage * grown - decay.values[Channel::shear_storage_modulus_Pa]) <
            4.0 * sigma
        );
        const double tan_sigma = std::hypot(
            std::hypot(r.values[Channel::tan_delta_sigma], decay.values[Channel::tan_delta_sigma]),
            r.extra.at("tan_delta_systematic"),
            decay.extra.at("tan_delta_systematic")
        );
        CHECK(
            std::abs(r.values[Channel::tan_delta] - decay.values[Channel::tan_delta]) <
            4.0 * tan_sigma
        );
    }
}

TEST_CASE("creep under constant torque gives the shear compliance") {
    const model::TorsionReduction reduced = reduction();
    simulator::PendulumSetup made = setup(glass(), 1e-3, 41);
    made.sensors.angle_drift_rad = 0.0;  // its zero is taken once, before the load
    simulator::PendulumBench bench(made);
    bench.set_temperature(temperature_of(1e10), 0.0);
    bench.advance_to(900.0);
    record::Reading before = taken(bench, record::WaveformKind::steady, 10.0);
    must(model::TorsionReduction::make(bar(), scale_facts(), sets())).apply(before);
    const double start_s = bench.time_s();
    bench.set_drive(simulator::CoilDrive(0.01, 0.0, 0.0));
    bench.advance_to(start_s + 60.0);
    record::Reading r = taken(bench, record::WaveformKind::steady, 4.0);
    r.extra["angle_zero_V"] = before.extra.at("angle_mean_V");
    r.extra["torque_zero_V"] = before.extra.at("torque_mean_V");
    reduced.apply(r);
    REQUIRE(r.flags.empty());
    const simulator::ShearSpectrum spectrum = glass().at(bench.body().temperature_K());
    const double J = spectrum.creep_per_Pa(62.0);
    INFO(r.values[Channel::compliance_per_Pa] << " of " << J);
    // The stress is constant within the wire's share, and J grows during the window.
    CHECK(r.values[Channel::compliance_per_Pa] == Approx(J).epsilon(0.02));
    CHECK(r.values[Channel::shear_strain] > 0.0);
    CHECK(r.values[Channel::compliance_sigma_per_Pa] < 0.01 * J);
}

TEST_CASE("a waveform that cannot be demodulated, or is clipped, says so and computes nothing") {
    simulator::PendulumBench bench(setup(simulator::ShearMaterial::elastic(1e9), 1e-3, 51));
    bench.set_drive(simulator::CoilDrive(0.0, 0.02, 0.1));
    bench.advance_to(20.0);
    record::Reading r = taken(bench, record::WaveformKind::forced, 4.0);  // less than a period
    reduction().apply(r);
    CHECK(r.flags == "not_demodulated");
    CHECK_FALSE(r.values.has(Channel::shear_storage_modulus_Pa));
    reduction().apply(r);
    CHECK(r.flags == "not_demodulated");

    bench.set_drive(simulator::CoilDrive(0.0, 0.07, 3.0));
    simulator::PendulumSetup soft = setup(simulator::ShearMaterial::elastic(1e8), 1e-3, 52);
    simulator::PendulumBench large(soft);
    large.set_drive(simulator::CoilDrive(0.0, 0.07, 0.5));
    large.advance_to(200.0);
    record::Reading clipped = taken(large, record::WaveformKind::forced, 8.0);
    reduction().apply(clipped);
    CHECK(clipped.flags.find("clipped") != std::string::npos);
    CHECK(clipped.extra.at("clipped_share") > 0.0);
}

}  // namespace relaxd::test
