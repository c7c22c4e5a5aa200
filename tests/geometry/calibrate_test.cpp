// SPDX-License-Identifier: MIT
#include "tests/geometry/support.hpp"

namespace relaxd::test {

namespace {

const std::vector<double> frequencies{1.0, 2.0, 4.0, 8.0, 16.0};

double number(const record::Calibration& set, const char* name) {
    const record::CalibrationNumber* found = set.number(name);
    REQUIRE(found != nullptr);
    return found->value;
}

double sigma(const record::CalibrationNode& node, std::size_t i) {
    return std::sqrt(node.covariance[i * node.values.size() + i]);
}

model::BarRun bar(
    const simulator::Machine& m, const model::ClampNumbers& n, double E_Pa, Deviates& draw
) {
    const auto clamp = must(model::clamp_from("single-cantilever"));
    const double g = must(model::clamp_factors(clamp, n)).modulus_per_stiffness;
    model::BarRun out;
    out.numbers = n;
    out.run = measured(m, E_Pa / g, frequencies, 24, draw);
    return out;
}

record::Calibration empty_of(const simulator::Machine& m, Deviates& draw) {
    Signals wide;
    wide.amplitude_m = 2e-4;
    auto made = must(model::calibrate_empty({measured(m, 1e-3, frequencies, 40, draw, wide)}));
    made.set.name = "empty";
    made.set.version = 1;
    return made.set;
}

}  // namespace

TEST_CASE("an empty run tells moved mass and background within its errors") {
    const simulator::Machine m = machine();
    Deviates draw(3);
    const record::Calibration set = empty_of(m, draw);
    const record::CalibrationNumber* mass = set.number("mass_kg");
    REQUIRE(mass != nullptr);
    CHECK(std::abs(mass->value - m.mass_kg * std::cos(m.phase_rad(16.0))) < 4.0 * mass->sigma);
    CHECK(mass->sigma < 1e-3);
    REQUIRE(set.nodes.size() == frequencies.size());
    for (const auto& node : set.nodes) {
        const Complex shown = m.raw_N_per_m(1e-3, node.frequency_Hz);
        const double w = 2.0 * std::numbers::pi * node.frequency_Hz;
        INFO(node.frequency_Hz);
        CHECK(std::abs(node.values[0] - mass->value * w * w - shown.real()) < 4.0 * sigma(node, 0));
        CHECK(std::abs(node.values[1] - shown.imag()) < 4.0 * sigma(node, 1));
        CHECK(node.noise == Approx(3e-5).epsilon(0.35));
    }
}

TEST_CASE("two bars tell phase offset and complex compliance; their error holds what it says") {
    const simulator::Machine m = machine();
    int beyond = 0;
    int asked = 0;
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
        Deviates draw(seed);
        const record::Calibration empty = empty_of(m, draw);
        const double E_Pa = 2e11 * (1.0 + 0.005 * draw());
        std::vector<model::BarRun> bars;
        for (const double t : {0.001, 0.0005}) {
            model::ClampNumbers n = beam(0.0175, 0.003, t);
            n.thickness_m.sigma = 1e-6;
            model::ClampNumbers really = n;
            really.thickness_m.value += 1e-6 * draw();
            bars.push_back(bar(m, really, E_Pa, draw));
            bars.back().numbers = n;
        }
        model::BarModulus modulus;
        modulus.modulus_Pa = {2e11, 1e9};
        const auto made = must(model::calibrate_bars("single-cantilever", bars, modulus, &empty));
        for (const auto& node : made.set.nodes) {
            const std::array<double, 3> truth{
                m.phase_rad(node.frequency_Hz),
                m.compliance_m_per_N,
                -m.compliance_m_per_N * m.compliance_loss
            };
            for (std::size_t i = 0; i < truth.size(); ++i) {
                ++asked;
                beyond += std::abs(node.values[i] - truth[i]) > 2.0 * sigma(node, i) ? 1 : 0;
            }
            CHECK(std::abs(node.values[0] - truth[0]) < 5.0 * sigma(node, 0));
            CHECK(std::abs(node.values[1] - truth[1]) < 5.0 * sigma(node, 1));
            CHECK(std::abs(node.values[2] - truth[2]) < 5.0 * sigma(node, 2));
        }
    }
    CHECK(beyond < asked / 8);  // 5 % expected, with what frequencies have in common
}

TEST_CASE("one bar leaves the frame's loss open, and says so") {
    const simulator::Machine m = machine();
    Deviates draw(5);
    const record::Calibration empty = empty_of(m, draw);
    model::BarModulus modulus;
    modulus.modulus_Pa = {2e11, 1e9};
    const auto made = must(model::calibrate_bars(
        "single-cantilever", {bar(m, beam(0.0175, 0.003, 0.001), 2e11, draw)}, modulus, &empty
    ));
    for (const auto& node : made.set.nodes) {
        CHECK(node.values[2] == Approx(0.0).margin(1e-12));
        CHECK(sigma(node, 2) == Approx(model::frame_loss_sigma * node.values[1]).epsilon(0.05));
        const double open = m.compliance_loss * m.compliance_m_per_N;
        CHECK(open < sigma(node, 2));
        CHECK(std::abs(node.values[0] - m.phase_rad(node.frequency_Hz)) < 3.0 * sigma(node, 0));
        // What is open in one is tied to the other.
        CHECK(std::abs(node.covariance[2]) > 0.9 * sigma(node, 0) * sigma(node, 2));
    }
}

TEST_CASE("bars that contradict each other are told, and the errors grow") {
    const simulator::Machine m = machine();
    Deviates draw(9);
    const record::Calibration empty = empty_of(m, draw);
    model::BarModulus modulus;
    modulus.modulus_Pa = {2e11, 1e8};
    std::vector<model::BarRun> bars;
    // A third bar decides: two alone can always be explained.
    for (const double t : {0.001, 0.0007, 0.0005}) {
        bars.push_back(bar(m, beam(0.0175, 0.003, t), 2e11, draw));
    }
    const auto fine = must(model::calibrate_bars("single-cantilever", bars, modulus, &empty));
    CHECK(fine.warnings.empty());
    bars[1].numbers.thickness_m.value *= 1.03;
    const auto odd = must(model::calibrate_bars("single-cantilever", bars, modulus, &empty));
    REQUIRE(odd.warnings.size() == 1);
    CHECK(odd.warnings[0].find("do not agree") != std::string::npos);
    CHECK(sigma(odd.set.nodes[0], 1) > 3.0 * sigma(fine.set.nodes[0], 1));
}

TEST_CASE("a machine that drifts during its calibration is told") {
    const simulator::Machine m = machine();
    Deviates draw(2);
    model::RawRun run = measured(m, 2e4, frequencies, 40, draw);
    for (std::size_t k = 0; k < run.readings.size(); ++k) {
        run.readings[k].force_N *= 1.0 + 1e-5 * static_cast<double>(k);
    }
    const auto made = must(model::calibrate_empty({run}));
    REQUIRE_FALSE(made.warnings.empty());
    CHECK(made.warnings[0].find("drifted") != std::string::npos);
    CHECK_FALSE(model::calibrate_empty({model::RawRun{}}));
}

TEST_CASE("melting onsets at several rates give offset, slope and lag within their errors") {
    Deviates draw(4);
    const double offset = -0.7;
    const double slope = 0.002;
    const double lag = -12.0;
    std::vector<model::Onset> onsets;
    for (const double true_K : {429.75, 505.08, 692.68}) {  // In, Sn, Zn
        for (const double rate : {1.0 / 60, 3.0 / 60, 5.0 / 60, 10.0 / 60}) {
            // true = shown + a + b (shown - 540) + tau rate
            model::Onset one;
            one.true_K = true_K;
            one.rate_K_per_s = rate;
            one.sigma_K = 0.1;
            one.shown_K =
                (true_K - offset + slope * 540.0 - lag * rate) / (1.0 + slope) + 0.1 * draw();
            onsets.push_back(one);
        }
    }
    const auto made = must(model::calibrate_temperature(onsets));
    const auto& node = made.set.nodes.front();
    const double T0 = number(made.set, "reference_temperature_K");
    CHECK(std::abs(node.values[0] - (offset + slope * (T0 - 540.0))) < 4.0 * sigma(node, 0));
    CHECK(std::abs(node.values[1] - slope) < 4.0 * sigma(node, 1));
    CHECK(std::abs(node.values[2] - lag) < 4.0 * sigma(node, 2));
    CHECK(sigma(node, 0) < 0.1);
    CHECK(made.warnings.empty());

    std::vector<model::Onset> one_standard(onsets.begin(), onsets.begin() + 4);
    const auto less = must(model::calibrate_temperature(one_standard));
    CHECK(less.set.nodes.front().values[1] == Approx(0.0).margin(1e-4));
    CHECK(sigma(less.set.nodes.front(), 1) == Approx(0.005).epsilon(0.01));
    CHECK(less.warnings.size() == 1);

    std::vector<model::Onset> one_rate{onsets[0], onsets[4], onsets[8]};
    CHECK_FALSE(model::calibrate_temperature(one_rate));
}

}  // namespace relaxd::test
