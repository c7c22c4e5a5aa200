// SPDX-License-Identifier: MIT
//
// Errors of scale and thermometer in tests in time.
#include "model/estimate/estimate.hpp"
#include "model/series/series.hpp"
#include "tests/series/decay_data.hpp"
#include "tests/series/tension_glass.hpp"
#include "tests/support/catch.hpp"

#include <cmath>

namespace relaxd::model {

namespace {

using record::FitOptions;

FitOptions options_of(const char* model, double scale, double offset_K) {
    FitOptions o;
    o.model = model;
    o.modulus_scale_relative_sd = scale;
    o.temperature_offset_sd_K = offset_K;
    return o;
}

record::SeriesData relaxation_rows(double factor) {
    DecayLaw law;
    law.first = 1.0;
    law.inf = 0.2;
    record::SeriesData data = aging_rows(law, log_times(80, 4e4), 0.005, 9);
    for (auto& p : data.points) {
        p.relaxation_modulus_Pa = 5e10 * factor * p.tan_delta;
        p.tan_delta = record::unknown;
        p.tan_delta_sigma = record::unknown;
    }
    return data;
}

}  // namespace

TEST_CASE("relaxation carries the scale in its moduli, and in its time where a modulus is given") {
    const auto r = fit_series(relaxation_rows(1.0), options_of("relaxation", 0.01, 0.0));
    REQUIRE(r.is_usable());
    for (const char* name : {"E_0_Pa", "E_inf_Pa"}) {
        const auto& e = find(r.parameters, name);
        CHECK(e.systematic_error == Approx(0.01 * e.value));
        CHECK(e.combined_error == Approx(std::hypot(e.standard_error, e.systematic_error)));
    }
    CHECK(find(r.parameters, "tau_s").systematic_error == 0.0);
    CHECK(find(r.parameters, "beta").systematic_error == 0.0);

    FitOptions o = options_of("relaxation", 0.01, 0.0);
    o.fixed["E_inf_Pa"] = 1e10;
    const auto held = fit_series(relaxation_rows(1.0), o);
    o.modulus_scale_relative_sd = 0.0;
    const auto by_hand = fit_series(relaxation_rows(1.01), o);
    for (const char* name : {"E_0_Pa", "tau_s", "beta"}) {
        const auto& e = find(held.parameters, name);
        const double moved = std::abs(find(by_hand.parameters, name).value - e.value);
        CAPTURE(name, moved);
        CHECK(moved > 0.0);
        CHECK(e.systematic_error == Approx(moved).epsilon(1e-3));
    }
}

TEST_CASE("one temperature does not tell what the thermometer does") {
    const auto r = fit_series(relaxation_rows(1.0), options_of("relaxation", 0.01, 1.0));
    REQUIRE(r.is_usable());
    for (const auto& e : r.parameters) {
        CHECK(std::isnan(e.systematic_error));
        CHECK(std::isnan(e.combined_error));
    }
    REQUIRE_FALSE(r.warnings.empty());
    CHECK(r.warnings.back().find("temperature") != std::string::npos);
}

TEST_CASE("ageing keeps the error of its start beside the scale, which moves no tan delta") {
    const auto rows = aging_rows({}, log_times(120, 4e4), 1e-4, 5);
    const auto plain = fit_series(rows, options_of("aging", 0.0, 0.0));
    const auto r = fit_series(rows, options_of("aging", 0.02, 0.0));
    REQUIRE(r.is_usable());
    for (const char* name : {"tan_delta_0", "tan_delta_inf", "tau_s", "beta"}) {
        const double own = find(plain.parameters, name).systematic_error;
        CAPTURE(name);
        CHECK(own > 0.0);
        CHECK(find(r.parameters, name).systematic_error == Approx(own));
    }
}

TEST_CASE("creep in its linear form carries the scale in its compliances") {
    record::SeriesData data;
    series_test::CreepPlan plan;
    plan.rest_s = 300.0;
    series_test::add_creep(data, plan, series_test::creep_material());
    FitOptions o = options_of("creep", 0.02, 0.0);
    o.formulation = "linear";
    const auto r = fit_series(data, o);
    REQUIRE(r.is_usable());
    for (const char* name : {"J_0_per_Pa", "A_an_per_Pa", "A_vp_per_Pa"}) {
        const auto& e = find(r.parameters, name);
        CHECK(e.systematic_error == Approx(0.02 * e.value));
    }
    CHECK(find(r.parameters, "chi").systematic_error == 0.0);
    CHECK(find(r.parameters, "tau_max_s").systematic_error == 0.0);
}

TEST_CASE("tension carries scale and thermometer as a fit of moved data says") {
    const auto params = series_test::tension_material();
    record::SeriesData data;
    series_test::TensionPlan plan;
    plan.rows = 60;
    series_test::add_tension(data, plan, params);
    plan.rate_per_s = 3e-5;
    plan.seed = 2;
    series_test::add_tension(data, plan, params);
    FitOptions o = options_of("tension", 0.01, 0.0);
    o.material = series_test::creep_given(params);
    o.material.erase("sigma1_Pa");
    o.material.erase("a2");
    const auto by_scale = fit_series(data, o);
    REQUIRE(by_scale.is_usable());
    o.modulus_scale_relative_sd = 0.0;
    o.temperature_offset_sd_K = 1.0;
    const auto by_offset = fit_series(data, o);
    o.temperature_offset_sd_K = 0.0;
    auto stronger = data;
    auto warmer = data;
    for (std::size_t i = 0; i < data.points.size(); ++i) {
        stronger.points[i].stress_Pa *= 1.01;
        stronger.points[i].stress_sigma_Pa *= 1.01;
        warmer.points[i].temperature_K += 1.0;
    }
    const auto fit_stronger = fit_series(stronger, o);
    const auto fit_warmer = fit_series(warmer, o);
    for (const char* name : {"sigma1_Pa", "a2"}) {
        CAPTURE(name);
        const double value = find(by_scale.parameters, name).value;
        const double scale = std::abs(find(fit_stronger.parameters, name).value - value);
        const double offset = std::abs(find(fit_warmer.parameters, name).value - value);
        CHECK(scale > 0.0);
        CHECK(find(by_scale.parameters, name).systematic_error == Approx(scale).epsilon(0.02));
        CHECK(find(by_offset.parameters, name).systematic_error == Approx(offset).epsilon(0.02));
    }
}

}  // namespace relaxd::model
