// SPDX-License-Identifier: MIT
#include "schema/method/torsion_cost.hpp"
#include "tests/support/catch.hpp"

#include <cmath>
#include <numbers>
#include <random>

namespace relaxd::method {

namespace {

TorsionPoint slow_point() {
    TorsionPoint p;
    p.frequency_Hz = 0.01;
    p.cycles = 2.0;
    p.heating_rate_K_per_min = 1.0;
    return p;
}

}  // namespace

TEST_CASE("a slow point on a ramp is refused with the kelvin that it smears", "[torsion_cost]") {
    const auto remarks = torsion_remarks(slow_point());
    REQUIRE(remarks.size() == 1);
    CHECK(remarks[0].is_refusal);
    CHECK(
        remarks[0].sentence ==
        "At 0.01 Hz and 1 K/min a two-period point smears 3.3 K: isothermal steps are needed"
    );
    TorsionPoint milder = slow_point();
    milder.heating_rate_K_per_min = -0.5;
    const auto warned = torsion_remarks(milder);
    REQUIRE(warned.size() == 1);
    CHECK_FALSE(warned[0].is_refusal);
    CHECK(
        warned[0].sentence ==
        "At 0.01 Hz and 0.5 K/min a two-period point smears 1.7 K: isothermal steps are better"
    );
    milder.heating_rate_K_per_min = 0.2;
    CHECK(torsion_remarks(milder).empty());
    milder.heating_rate_K_per_min = 0.0;
    CHECK(torsion_remarks(milder).empty());
    CHECK(torsion_remarks(TorsionPoint()).empty());
}

TEST_CASE("a point costs its settling and its windows", "[torsion_cost]") {
    TorsionPoint p = slow_point();
    p.windows = 2.0;
    const TorsionCost unknown = torsion_cost(p);
    CHECK(unknown.settling_s == Approx(100.0));
    CHECK(unknown.window_s == Approx(200.0));
    CHECK(unknown.total_s == Approx(500.0));
    CHECK(
        cost_sentence(p) ==
        "A point at 0.01 Hz takes 8.3 min: 1.7 min until it has settled, 2 "
        "windows of 3.3 min"
    );
    // An almost lossless pendulum rings on: ln(1000)/(pi 5 Hz 1e-3).
    p.frequency_Hz = 1.0;
    p.eigenfrequency_Hz = 5.0;
    p.tan_phi = 1e-3;
    CHECK(torsion_cost(p).settling_s == Approx(std::log(1000.0) / (std::numbers::pi * 5e-3)));
    p.tan_phi = 0.5;
    CHECK(torsion_cost(p).settling_s == 1.0);
    CHECK(torsion_cost(TorsionPoint()).total_s == 0.0);
}

TEST_CASE("the noise of tan phi is that of a fit to noisy samples", "[torsion_cost]") {
    // INSTRUMENTS 8.3: 1000 samples with 1 % noise give 0.45 mrad.
    TorsionPoint p;
    p.frequency_Hz = 1.0;
    p.cycles = 10.0;  // 1000 samples at 100 a second
    p.amplitude_rad = 1e-4;
    p.angle_noise_rad_per_sqrtHz = 0.01 * 1e-4 / std::sqrt(100.0 / 2.0);
    CHECK(torsion_cost(p).tan_phi_sigma == Approx(0.45e-3).epsilon(0.01));
    // Oracle: projections of white noise.
    std::mt19937 bits(1);
    std::normal_distribution<double> noise(0.0, 0.01);
    double squares = 0.0;
    constexpr int trials = 400;
    for (int k = 0; k < trials; ++k) {
        double y = 0.0;
        for (int n = 0; n < 1000; ++n) {
            y += 2.0 / 1000.0 * noise(bits) * std::sin(2.0 * std::numbers::pi * 0.01 * n);
        }
        squares += y * y / trials;
    }
    CHECK(torsion_cost(p).tan_phi_sigma == Approx(std::sqrt(squares)).epsilon(0.1));
    CHECK(torsion_remarks(p).empty());

    p.torque_noise_relative_per_sqrtHz = p.angle_noise_rad_per_sqrtHz / p.amplitude_rad;
    CHECK(torsion_cost(p).tan_phi_sigma == Approx(0.45e-3 * std::sqrt(2.0)).epsilon(0.01));
    p.stiffness_ratio = 7.0;
    const auto remarks = torsion_remarks(p);
    REQUIRE(remarks.size() == 1);
    CHECK_FALSE(remarks[0].is_refusal);
    CHECK(
        remarks[0].sentence ==
        "At 1 Hz and an amplitude of 1e-04 rad the noise of tan phi is 0.0044: a larger "
        "amplitude, or windows 20 times as long, bring it to 0.001"
    );
}

}  // namespace relaxd::method
