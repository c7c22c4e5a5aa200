// SPDX-License-Identifier: MIT
// Large stress and strain: tension and creep of S1 Table 1 in the rate form `hereditary`, against
// the numbers of the physics page and against conditions that any solution must meet.
#include "drivers/simulator/specimen_load.hpp"
#include "tests/simulator/table1.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace relaxd::simulator {
namespace {

constexpr double T_K = 430.0;
constexpr double rate_per_s = 3e-4;

Specimen nonlinear_specimen() {
    auto params = test::table1();
    params.sigma1_Pa = 2.8e10;
    params.a2 = 1.8;
    GlassOptions options;
    options.nonlinear = true;
    return Specimen(params, {}, options);
}

// A_vp sigma / tau_max(sigma, chi(T) + a2 A_an sigma), written out from S1 Eqs. 8, 9, 11b, 22c.
double steady_rate_per_s(double stress_Pa) {
    const double barrier = 83120.0 / (8.31446261815324 * T_K);
    const double ln_beta = std::log(1.86e-13) + barrier * std::pow(1.0 - stress_Pa / 2.8e10, 1.5);
    const double chi = 0.4 + 1.8 * 1.5e-11 * stress_Pa;
    const double ln_max = std::log(6e-7) + (ln_beta - std::log(6e-7)) / chi;
    return 1.5e-11 * stress_Pa * std::exp(-ln_max);
}

struct Curve {
    Curve() = default;
    double peak_Pa = 0.0;
    double peak_strain = 0.0;
    double last_Pa = 0.0;
};

Curve pull(const Specimen& specimen, double step_s, double strain_end) {
    LoadedSpecimen load(specimen, T_K);
    Curve curve;
    const int steps = static_cast<int>(std::lround(strain_end / rate_per_s / step_s));
    for (int k = 1; k <= steps; ++k) {
        load.advance_strain(step_s, rate_per_s * step_s * k, T_K);
        if (load.stress_Pa() > curve.peak_Pa) {
            curve.peak_Pa = load.stress_Pa();
            curve.peak_strain = load.strain();
        }
    }
    curve.last_Pa = load.stress_Pa();
    return curve;
}

double creep_strain(const Specimen& specimen, double stress_Pa) {
    LoadedSpecimen load(specimen, T_K);
    load.set_stress_Pa(stress_Pa);
    load.advance(330.0, T_K);
    return load.strain();
}

}  // namespace

TEST_CASE("tension yields at the stress of the hereditary rate form", "[simulator][specimen]") {
    const Specimen specimen = nonlinear_specimen();
    const Curve curve = pull(specimen, 1.0, 0.6);
    CHECK(curve.peak_Pa == Approx(660.1e6).margin(0.06e6));
    CHECK(curve.peak_strain == Approx(0.086).margin(0.0006));
    CHECK(curve.last_Pa == Approx(659.29e6).margin(0.01e6));
    CHECK(steady_rate_per_s(curve.last_Pa) == Approx(rate_per_s).epsilon(2e-4));
}

TEST_CASE("the tensile curve is that of an independent program", "[simulator][specimen]") {
    // Printed by `relaxctl model eval` (function tension, hereditary), which shares no code with
    // us.
    const double curve[][2] = {
        {0.001, 27.878147e6},
        {0.005, 128.69148e6},
        {0.01, 241.47972e6},
        {0.03, 555.16458e6},
        {0.06, 656.84902e6},
        {0.15, 659.51865e6},
    };
    const Specimen specimen = nonlinear_specimen();
    LoadedSpecimen load(specimen, T_K);
    double reached = 0.0;
    for (const auto& [strain, stress_Pa] : curve) {
        load.advance_strain((strain - reached) / rate_per_s, strain, T_K);
        reached = strain;
        CHECK(load.stress_Pa() == Approx(stress_Pa).epsilon(5e-6));
    }
    // Creep at 50 MPa and recovery after 330 s, from the same source.
    LoadedSpecimen creep(specimen, T_K);
    creep.set_stress_Pa(50e6);
    creep.advance(330.0, T_K);
    CHECK(creep.strain() == Approx(2.8434120e-3).epsilon(5e-6));
    creep.set_stress_Pa(0.0);
    creep.advance(1000.0, T_K);
    CHECK(creep.strain() == Approx(0.55526052e-3).epsilon(5e-6));
}

TEST_CASE("the tensile curve does not depend on how often one looks", "[simulator][specimen]") {
    const Specimen specimen = nonlinear_specimen();
    const Curve coarse = pull(specimen, 10.0, 0.09);
    const Curve fine = pull(specimen, 0.5, 0.09);
    CHECK(coarse.last_Pa == Approx(fine.last_Pa).epsilon(1e-5));
}

TEST_CASE("halving the steps quarters the error", "[simulator][specimen]") {
    const Specimen specimen = nonlinear_specimen();
    const auto stress_after = [&](int steps) {
        LoadedSpecimen load(specimen, T_K);
        load.advance_strain(100.0, 0.03, T_K);  // controlled, past the fast modes
        load.set_tolerance(1e9);                // from here each step is taken as it is
        for (int k = 1; k <= steps; ++k) {
            load.advance_strain(100.0 / steps, 0.03 + 0.03 * k / steps, T_K);
        }
        return load.stress_Pa();
    };
    const double exact = stress_after(512);
    double last = std::abs(stress_after(4) - exact);
    for (const int steps : {8, 16, 32}) {
        const double now = std::abs(stress_after(steps) - exact);
        CHECK(last / now == Approx(4.0).margin(0.8));
        last = now;
    }
}

TEST_CASE("large stress adds to creep what the physics page says", "[simulator][specimen]") {
    const Specimen specimen = nonlinear_specimen();
    const double linear = 1.3631e-3;  // 25 MPa, 330 s
    CHECK(creep_strain(Specimen(test::table1()), 25e6) == Approx(linear).epsilon(1e-4));
    CHECK(creep_strain(specimen, 25e6) / linear - 1.0 == Approx(0.021).margin(0.0006));
    CHECK(creep_strain(specimen, 50e6) / (2.0 * linear) - 1.0 == Approx(0.043).margin(0.0006));
    // Small stress: linear again.
    CHECK(creep_strain(specimen, 25e3) == Approx(1e-3 * linear).epsilon(1e-4));
}

TEST_CASE("stress relaxes from the tensile curve and never below zero", "[simulator][specimen]") {
    const Specimen specimen = nonlinear_specimen();
    LoadedSpecimen load(specimen, T_K);
    load.advance_strain(200.0, 0.06, T_K);
    double last = load.stress_Pa();
    for (const double dt : {0.1, 1.0, 10.0, 100.0, 1000.0, 1e4, 1e5}) {
        load.advance_strain(dt, 0.06, T_K);
        REQUIRE(load.stress_Pa() < last);
        REQUIRE(load.stress_Pa() > 0.0);
        last = load.stress_Pa();
    }
    CHECK(load.strain() == Approx(0.06).epsilon(1e-12));
    // All of it is flow at the end; the elastic modulus is seen by an unloading jump.
    CHECK(load.flow_strain() == Approx(0.06).epsilon(1e-3));
    load.advance_strain(0.0, 0.06 - 1e-4, T_K);
    CHECK(last - load.stress_Pa() == Approx(3.3e6).epsilon(1e-9));
}

TEST_CASE("stress beyond sigma1 is the athermal limit and stays finite", "[simulator][specimen]") {
    const Specimen specimen = nonlinear_specimen();
    CHECK(specimen.times_at(T_K, 0.4, 5e10).tau_beta_s == Approx(1.86e-13));
    CHECK(
        specimen.times_at(T_K, 0.4, -1e9).tau_beta_s == specimen.times_at(T_K, 0.4, 1e9).tau_beta_s
    );
    LoadedSpecimen load(specimen, T_K);
    load.advance_strain(0.01, 0.5, T_K);
    CHECK(std::isfinite(load.stress_Pa()));
    CHECK(load.strain() == Approx(0.5).epsilon(1e-9));
}

TEST_CASE("without sigma1 and a2 the glass stays linear", "[simulator][specimen]") {
    GlassOptions options;
    options.nonlinear = true;
    const Specimen specimen(test::table1(), {}, options);
    CHECK_FALSE(specimen.stress_acts());
    CHECK_FALSE(specimen.strain_acts());
    CHECK(creep_strain(specimen, 25e6) == creep_strain(Specimen(test::table1()), 25e6));
}

}  // namespace relaxd::simulator
