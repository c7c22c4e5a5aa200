// SPDX-License-Identifier: MIT
//
// T_x of simulated ramps at 3 K/min: crystals by Avrami above T_x, or none. Delay and rate of
// false alarms as the header states them.
#include "model/estimate/estimate.hpp"
#include "model/estimate/glass_transition.hpp"
#include "model/estimate/transitions.hpp"
#include "tests/model/simulation.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

namespace relaxd::model {

namespace {

using record::FitOptions;

struct Crystals {
    double T_x_K = 505.0;
    double width_K = 8.0;  ///< Of Avrami, n = 3.
    double E_Pa = 4.5e10;
    double tan_delta = 0.01;
};

/// The logarithmic rule of mixtures.
std::vector<record::DynamicPoint> crystallise(
    std::vector<record::DynamicPoint> points, const Crystals& c
) {
    for (auto& p : points) {
        const double above = std::max(0.0, p.temperature_K - c.T_x_K) / c.width_K;
        const double x = -std::expm1(-above * above * above);
        const std::complex<double> liquid(p.storage_modulus_Pa, p.loss_modulus_Pa);
        const std::complex<double> crystal = c.E_Pa * std::complex<double>(1.0, c.tan_delta);
        const auto mixed = std::exp((1.0 - x) * std::log(liquid) + x * std::log(crystal));
        p.storage_modulus_Pa = mixed.real();
        p.loss_modulus_Pa = mixed.imag();
    }
    return points;
}

/// Relative noise of E'' `level`, of E' 0.3 of it, and the phase resolution of 1e-4.
std::vector<record::DynamicPoint> noisy(
    std::vector<record::DynamicPoint> points, std::uint64_t seed, double level
) {
    test::Noise noise(seed);
    for (auto& p : points) {
        const double phase = 1e-2 * level * p.storage_modulus_Pa;
        p.storage_modulus_Pa *= 1.0 + 0.3 * level * noise();
        p.loss_modulus_Pa += (level * p.loss_modulus_Pa + phase) * noise();
        p.temperature_K += 0.02 * noise();
    }
    return points;
}

const std::vector<record::DynamicPoint>& liquid_ramp() {
    static const auto ramp = test::clean_ramp({}, 300.0, 540.0, 0.2);
    return ramp;
}

std::vector<record::DynamicPoint> one_frequency(std::vector<record::DynamicPoint> points) {
    std::erase_if(points, [](const record::DynamicPoint& p) { return p.frequency_Hz != 2.0; });
    return points;
}

double quantile(std::vector<double> values, double q) {
    std::sort(values.begin(), values.end());
    return values.empty() ? 0.0 : values[static_cast<std::size_t>(q * double(values.size() - 1))];
}

}  // namespace

TEST_CASE("without crystals there is no T_x, at any noise, peak and flow included") {
    const double level = GENERATE(0.003, 0.01, 0.03);
    int alarms = 0;
    int alarms_of_one = 0;
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        const auto ramp = noisy(liquid_ramp(), seed, level);
        alarms += detect_T_x(ramp) ? 1 : 0;
        alarms_of_one += detect_T_x(one_frequency(ramp)) ? 1 : 0;
    }
    CAPTURE(level);
    CHECK(alarms == 0);
    CHECK(alarms_of_one <= 2);
}

TEST_CASE("crystals are seen within a few kelvin, and T_x is where they begin") {
    const double level = GENERATE(0.003, 0.01, 0.03);
    const double T_x_K = GENERATE(490.0, 505.0);
    Crystals crystals;
    crystals.T_x_K = T_x_K;
    const auto clean = crystallise(liquid_ramp(), crystals);
    std::vector<double> delays_K;
    std::vector<double> errors_K;
    int early = 0;
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        const auto found = detect_T_x(noisy(clean, seed, level));
        if (!found) {
            continue;
        }
        early += found->alarm_K < T_x_K ? 1 : 0;
        delays_K.push_back(found->alarm_K - T_x_K);
        errors_K.push_back(found->T_x_K - T_x_K);
    }
    CAPTURE(level, T_x_K, quantile(delays_K, 0.5), quantile(errors_K, 0.5));
    CHECK(delays_K.size() >= 198);
    CHECK(early == 0);
    CHECK(quantile(delays_K, 1.0) < 8.0);
    CHECK(std::abs(quantile(errors_K, 0.5)) < 2.5);
}

TEST_CASE("a polymer with a loss peak and a rubber that stiffens with T has no T_x") {
    int alarms = 0;
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        std::vector<record::DynamicPoint> points;
        for (int k = 0; k <= 600; ++k) {
            record::DynamicPoint p;
            p.seq = static_cast<std::uint64_t>(k) + 1;
            p.temperature_K = 300.0 + 0.25 * k;
            p.frequency_Hz = std::pow(2.0, k % 3);
            const double T = p.temperature_K;
            // Cole-Cole of width 0.4 with a WLF time; the rubber's modulus goes with T.
            const double ln_tau = -2.303 * 13.0 * (T - 360.0) / (50.0 + std::max(-45.0, T - 360.0));
            const std::complex<double> x(
                0.0, 2.0 * std::numbers::pi * p.frequency_Hz * std::exp(ln_tau)
            );
            const double rubber = 3e6 * T / 400.0;
            const std::complex<double> E = rubber * std::complex<double>(1.0, 0.02) +
                                           3e9 * (1.0 - 1.0 / (1.0 + std::pow(x, 0.4)));
            p.storage_modulus_Pa = E.real();
            p.loss_modulus_Pa = E.imag();
            points.push_back(p);
        }
        alarms += detect_T_x(noisy(std::move(points), seed, 0.01)) ? 1 : 0;
    }
    CHECK(alarms == 0);
}

TEST_CASE("one frequency is enough where there is one, and one of several is not") {
    const auto ramp = noisy(crystallise(liquid_ramp(), {}), 5, 0.01);
    const auto alone = detect_T_x(one_frequency(ramp));
    REQUIRE(alone);
    CHECK(alone->T_x_K == Approx(505.0).margin(3.0));
    CHECK(alone->frequencies_Hz == std::vector<double>{2.0});
    // The others see none: an artefact of one frequency is no transition of the material.
    auto mixed = noisy(liquid_ramp(), 5, 0.01);
    for (std::size_t i = 0; i < mixed.size(); ++i) {
        if (mixed[i].frequency_Hz == 2.0) {
            mixed[i] = ramp[i];
        }
    }
    CHECK_FALSE(detect_T_x(mixed));
}

TEST_CASE("an alarm that was given stays as it is when more points come") {
    const auto ramp = noisy(crystallise(liquid_ramp(), {}), 7, 0.01);
    const auto whole = detect_T_x(ramp);
    REQUIRE(whole);
    std::size_t length = 0;
    while (ramp[length].seq < whole->alarm_seq) {
        ++length;
    }
    const std::span<const record::DynamicPoint> all(ramp);
    CHECK_FALSE(detect_T_x(all.first(length)));
    const auto first = detect_T_x(all.first(length + 1));
    REQUIRE(first);
    CHECK(first->T_x_K == whole->T_x_K);
    CHECK(first->alarm_seq == whole->alarm_seq);
    auto and_cooled = ramp;
    for (std::size_t k = 0; k < 200; ++k) {
        and_cooled.push_back(ramp[ramp.size() - 1 - k]);
    }
    CHECK(detect_T_x(and_cooled)->T_x_K == whole->T_x_K);
}

TEST_CASE("odd data have no T_x and no crash") {
    CHECK_FALSE(detect_T_x({}));
    auto ramp = crystallise(liquid_ramp(), {});
    for (auto& p : ramp) {
        p.temperature_K = 500.0;
    }
    CHECK_FALSE(detect_T_x(ramp));
    ramp = crystallise(liquid_ramp(), {});
    for (std::size_t i = 0; i < ramp.size(); i += 2) {
        ramp[i].loss_modulus_Pa = record::unknown;
    }
    CHECK(detect_T_x(ramp));  // the rest is enough, and free of noise
    std::reverse(ramp.begin(), ramp.end());
    CHECK_FALSE(detect_T_x(ramp));
    const auto none = fit_transitions(std::span(liquid_ramp()).first(500));  // to 400 K
    CHECK(none.status == "no_estimate");
    CHECK_FALSE(none.reason.empty());
    FitOptions options;
    options.model = "transitions";
    const auto seen = fit(crystallise(liquid_ramp(), {}), options);
    REQUIRE(seen.is_usable());
    CHECK(test::parameter(seen, "T_x_K").value == Approx(505.0).margin(3.0));
    CHECK(seen.reason.find("CUSUM") != std::string::npos);
    CHECK(test::parameter(seen, "T_x_K").method == "E' rises and tan delta falls, 3 K/min");
}

TEST_CASE("T_g is where chi begins to rise, and says at which rate") {
    for (std::uint64_t seed = 1; seed <= 2; ++seed) {
        const auto ramp = noisy(liquid_ramp(), seed, 0.01);
        const std::span<const record::DynamicPoint> all(ramp);
        CHECK_FALSE(detect_T_g(all.first(static_cast<std::size_t>((448.0 - 300.0) / 0.2))));
        const auto soon = detect_T_g(all.first(static_cast<std::size_t>((468.0 - 300.0) / 0.2)));
        REQUIRE(soon);
        CHECK(soon->T_g_K == Approx(453.0).margin(4.0));
        const auto r = fit_transitions(all);
        REQUIRE(r.is_usable());
        const auto& T_g = test::parameter(r, "T_g_K");
        CHECK(T_g.value == Approx(453.0).margin(2.0));
        CHECK(T_g.standard_error >= 1.0);
        CHECK(T_g.method == "chi kink, 3 K/min");
        CHECK(test::find(r.parameters, "T_x_K") == nullptr);
    }
}

TEST_CASE("a glass whose chi stays constant has no T_g") {
    test::Glass glass;
    glass.a1_per_K = 0.0;
    const auto clean = test::clean_ramp(glass, 300.0, 500.0, 0.2, record::Form::printed);
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
        CHECK_FALSE(detect_T_g(noisy(clean, seed, seed == 1 ? 0.003 : 0.01)));
    }
}

TEST_CASE("a second process that the model lacks hides no T_g and makes none") {
    test::Glass glass;
    glass.fast_A_per_Pa = 6e-13;
    glass.fast_U_J_mol = 60e3;
    glass.fast_tau0_s = 1e-13;
    const auto bent = noisy(test::clean_ramp(glass, 300.0, 498.0, 0.4), 1, 0.01);
    const auto seen = detect_T_g(bent);
    REQUIRE(seen);
    CHECK(seen->T_g_K == Approx(453.0).margin(4.0));
    glass.a1_per_K = 0.0;
    const auto straight = test::clean_ramp(glass, 300.0, 498.0, 0.4, record::Form::printed);
    CHECK_FALSE(detect_T_g(noisy(straight, 1, 0.01)));
}

TEST_CASE("a ramp in shear shows the same T_g") {
    auto ramp = noisy(liquid_ramp(), 1, 0.01);
    std::erase_if(ramp, [](const record::DynamicPoint& p) { return p.temperature_K > 480.0; });
    const auto tensile = detect_T_g(ramp);
    REQUIRE(tensile);
    for (auto& p : ramp) {
        p.is_shear = true;
        p.storage_modulus_Pa /= 2.7;
        p.loss_modulus_Pa /= 2.7;
    }
    const auto shear = detect_T_g(ramp);
    REQUIRE(shear);
    CHECK(shear->T_g_K == Approx(tensile->T_g_K).margin(1.0));
}

TEST_CASE("one frequency shows no T_g: nothing tells the beta process from the rise") {
    CHECK_FALSE(detect_T_g(one_frequency(noisy(liquid_ramp(), 1, 0.01))));
}

}  // namespace relaxd::model
