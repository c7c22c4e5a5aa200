// SPDX-License-Identifier: MIT
//
// chi of a sweep whose points carry no sigmas: the error comes from the scatter, in any unit of the
// modulus, and the state says what the error is worth.
#include "model/estimate/estimate.hpp"
#include "tests/model/simulation.hpp"
#include "tests/support/catch.hpp"

#include <cmath>
#include <vector>

namespace relaxd::model {

namespace {

using record::FitOptions;
using record::ParameterEstimate;
using record::ParameterState;

struct PowerLaw {
    double storage_Pa = 3e10;
    double tan_delta_1_Hz = 0.02;
    double chi = 0.4;
    double noise = 0.01;  ///< Relative, of E''; E' has 0.3 of it.
    int points = 12;
    double a_decade = 5.0;
    double bend = 0.0;  ///< Quadratic term of ln tan delta in ln f.
};

ParameterEstimate chi_of(const PowerLaw& law, std::uint64_t seed) {
    test::Noise noise(seed);
    std::vector<record::DynamicPoint> points;
    for (int k = 0; k < law.points; ++k) {
        record::DynamicPoint p;
        p.temperature_K = 430.0;
        p.frequency_Hz = 0.01 * std::pow(10.0, k / law.a_decade);
        const double ln_f = std::log(p.frequency_Hz);
        const double loss = law.storage_Pa * law.tan_delta_1_Hz *
                            std::exp(-law.chi * ln_f + law.bend * ln_f * ln_f);
        p.storage_modulus_Pa = law.storage_Pa * (1.0 + 0.3 * law.noise * noise());
        p.loss_modulus_Pa = loss * (1.0 + law.noise * noise());
        points.push_back(p);
    }
    const auto r = fit_chi_slope(points, FitOptions{});
    REQUIRE(r.isotherms.size() == 1);
    return r.isotherms[0].chi_slope;
}

}  // namespace

TEST_CASE("a sweep in kilopascal has the error of the same sweep in gigapascal") {
    PowerLaw metal;
    PowerLaw gel;
    gel.storage_Pa = 3e4;
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        const auto hard = chi_of(metal, seed);
        const auto soft = chi_of(gel, seed);
        CAPTURE(seed, hard.standard_error, soft.standard_error);
        CHECK(soft.value == Approx(hard.value).epsilon(1e-9));
        CHECK(soft.standard_error == Approx(hard.standard_error).epsilon(1e-9));
        CHECK(soft.standard_error < 0.01);
        CHECK(soft.state == ParameterState::determined);
        CHECK(soft.shrinkage == Approx(soft.standard_error / 0.15));
    }
}

TEST_CASE("without sigmas the 95 % interval holds at any noise, also with few points") {
    const double level = GENERATE(0.003, 0.01, 0.1);
    const int points = GENERATE(6, 8, 12);
    PowerLaw law;
    law.noise = level;
    law.points = points;
    int outside = 0;
    int valued = 0;
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        const auto e = chi_of(law, seed);
        if (std::isfinite(e.value)) {
            ++valued;
            outside += e.lower_95 > 0.4 || e.upper_95 < 0.4 ? 1 : 0;
        }
    }
    CAPTURE(level, points, outside, valued);
    CHECK(valued > 250);
    CHECK(outside <= 26);  // 15 expected, s.d. 3.8
}

TEST_CASE("the error of many points follows their scatter below the assumed noise") {
    PowerLaw quiet;
    quiet.noise = 0.001;
    quiet.points = 21;
    PowerLaw usual = quiet;
    usual.noise = 0.01;
    CHECK(chi_of(quiet, 3).standard_error < 0.2 * chi_of(usual, 3).standard_error);
    // Six points may lie on a line by chance: the assumed noise stays.
    quiet.points = 6;
    usual.points = 6;
    CHECK(chi_of(quiet, 3).standard_error > 0.3 * chi_of(usual, 3).standard_error);
}

TEST_CASE("an error as large as the prior is no value, half of it is a hint") {
    PowerLaw law;
    law.points = 6;
    law.noise = 0.3;  // s.e. about 0.13 over one decade
    int determined = 0;
    int hinted = 0;
    int undetermined = 0;
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        const auto e = chi_of(law, seed);
        determined += e.state == ParameterState::determined ? 1 : 0;
        hinted += e.state == ParameterState::hinted ? 1 : 0;
        if (e.state == ParameterState::undetermined) {
            ++undetermined;
            CHECK(e.shrinkage > 0.9);
            CHECK(std::isnan(e.value));
            CHECK(std::isnan(e.standard_error));
            CHECK(std::isnan(e.lower_95));
        } else {
            CHECK(e.shrinkage <= 0.9);
        }
    }
    CAPTURE(determined, hinted, undetermined);
    CHECK(determined <= 10);
    CHECK(hinted > 10);
    CHECK(undetermined > 10);
}

TEST_CASE("a bent line, a short one and a slope that is no chi are hints at most") {
    PowerLaw bent;
    bent.bend = 0.05;
    CHECK(chi_of(bent, 1).state == ParameterState::hinted);
    PowerLaw brief;
    brief.points = 5;
    CHECK(chi_of(brief, 1).state != ParameterState::determined);  // 0.8 decades
    PowerLaw rising;
    rising.chi = -0.4;
    CHECK(chi_of(rising, 1).state == ParameterState::hinted);
    PowerLaw steep;
    steep.chi = 1.3;
    CHECK(chi_of(steep, 1).state == ParameterState::hinted);
}

}  // namespace relaxd::model
