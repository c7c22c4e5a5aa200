// SPDX-License-Identifier: MIT
//
// Errors of scale and thermometer in the recipes: against data that were moved by hand and fitted
// again, and against closed forms.
#include "model/estimate/estimate.hpp"
#include "tests/model/simulation.hpp"
#include "tests/support/catch.hpp"

#include <cmath>
#include <vector>

namespace relaxd::model {

namespace {

using record::DynamicPoint;
using record::FitOptions;
using test::parameter;

std::vector<DynamicPoint> warmer(std::vector<DynamicPoint> points, double by_K) {
    for (auto& p : points) {
        p.temperature_K += by_K;
    }
    return points;
}

FitOptions options_of(const char* model, double scale, double offset_K) {
    FitOptions o;
    o.model = model;
    o.T_g_fixed_K = 453.0;
    o.modulus_scale_relative_sd = scale;
    o.temperature_offset_sd_K = offset_K;
    return o;
}

void check_combined(const record::ParameterEstimate& e) {
    CHECK(e.combined_error == Approx(std::hypot(e.standard_error, e.systematic_error)));
}

}  // namespace

TEST_CASE("peaks carry the error of the thermometer, and none of the scale") {
    struct Case {
        const char* model;
        const char* energy;
        const char* prefactor;
        double from_K, to_K;
    };
    const Case cases[] = {
        {"alpha-peaks", "E_alpha_peaks", "f0_peaks", 460.0, 524.0},
        {"beta-peaks", "U_beta_peaks", "tau_beta0_peaks", 300.0, 440.0},
    };
    for (const auto& c : cases) {
        CAPTURE(c.model);
        test::Glass glass;
        const auto points = test::clean_ramp(glass, c.from_K, c.to_K, 0.4);
        const auto r = fit(points, options_of(c.model, 0.02, 2.0));
        REQUIRE(r.is_usable());
        REQUIRE(r.peaks.size() >= 3);
        const auto by_hand = fit(warmer(points, 2.0), options_of(c.model, 0.0, 0.0));
        const auto& E = parameter(r, c.energy);
        // dU/U = 2 d/T (ANALYSIS 4.3).
        const double T_K = r.peaks[r.peaks.size() / 2].temperature_K.value;
        CHECK(E.systematic_error == Approx(2.0 * 2.0 / T_K * E.value).epsilon(0.05));
        for (const char* name : {c.energy, c.prefactor}) {
            const auto& e = parameter(r, name);
            const double moved = std::abs(parameter(by_hand, name).value - e.value);
            CHECK(e.systematic_error == Approx(moved).epsilon(1e-6));
            check_combined(e);
        }
        for (const auto& peak : r.peaks) {
            CHECK(peak.temperature_K.systematic_error == 2.0);
        }
        const auto scale_alone = fit(points, options_of(c.model, 0.02, 0.0));
        CHECK(parameter(scale_alone, c.energy).systematic_error == 0.0);
        CHECK(scale_alone.peaks.front().temperature_K.systematic_error == 0.0);
        CHECK(std::isnan(parameter(by_hand, c.energy).systematic_error));
        CHECK(std::isnan(parameter(by_hand, c.energy).combined_error));
    }
}

TEST_CASE("a corrected peak moves with its dynamic estimate") {
    const auto points = test::with_noise(test::clean_ramp({}, 300.0, 500.0, 0.5), 3);
    FitOptions o = options_of("dynamic", 0.0, 0.0);
    const auto dynamic = fit(points, o);
    REQUIRE(dynamic.is_usable());
    const auto r = fit(points, options_of("beta-peaks", 0.01, 1.0), &dynamic);
    REQUIRE(r.is_usable());
    const auto moved_points = warmer(points, 1.0);
    const auto moved_dynamic = fit(moved_points, o);
    const auto by_hand = fit(moved_points, options_of("beta-peaks", 0.0, 0.0), &moved_dynamic);
    const auto& U = parameter(r, "U_beta_peaks_corr");
    CHECK(
        U.systematic_error ==
        Approx(std::abs(parameter(by_hand, "U_beta_peaks_corr").value - U.value)).epsilon(0.02)
    );
}

TEST_CASE("a transition is as wrong as the thermometer") {
    const auto points = test::with_noise(test::clean_ramp({}, 380.0, 500.0, 0.5), 5);
    const auto r = fit(points, options_of("transitions", 0.01, 1.5));
    REQUIRE(r.is_usable());
    const auto& T_g = parameter(r, "T_g_K");
    CHECK(T_g.systematic_error == 1.5);
    check_combined(T_g);
    const auto by_hand = fit(warmer(points, 1.5), options_of("transitions", 0.0, 0.0));
    CHECK(parameter(by_hand, "T_g_K").value - T_g.value == Approx(1.5).margin(0.3));
}

TEST_CASE("chi of a sweep carries what chi changes over the error of its temperature") {
    const std::vector<double> T_K = {420.0, 424.0, 428.0, 432.0, 436.0};  // off the bend at T_g
    const auto points = test::clean_sweeps({}, T_K, 1);
    const auto r = fit(points, options_of("chi-slope", 0.01, 2.0));
    REQUIRE(r.isotherms.size() == T_K.size());
    for (std::size_t k = 1; k + 1 < T_K.size(); ++k) {
        const auto& e = r.isotherms[k].chi_slope;
        // What a sweep at the true temperature would have given, made anew.
        const auto there =
            fit(test::clean_sweeps({}, {T_K[k] + 2.0}, 1), options_of("chi-slope", 0.0, 0.0));
        const double change = std::abs(there.isotherms.at(0).chi_slope.value - e.value);
        CAPTURE(T_K[k], e.value, e.systematic_error, change);
        CHECK(e.systematic_error == Approx(change).margin(0.35 * change + 1e-4));
    }
    const auto one = fit(test::clean_sweeps({}, {436.0}, 1), options_of("chi-slope", 0.01, 2.0));
    REQUIRE(one.isotherms.size() == 1);
    CHECK(std::isnan(one.isotherms[0].chi_slope.systematic_error));
    CHECK(std::isnan(one.isotherms[0].chi_slope.combined_error));
    const auto scale = fit(test::clean_sweeps({}, {436.0}, 1), options_of("chi-slope", 0.01, 0.0));
    CHECK(scale.isotherms.at(0).chi_slope.systematic_error == 0.0);
}

}  // namespace relaxd::model
