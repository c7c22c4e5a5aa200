// SPDX-License-Identifier: MIT
//
// What creep makes of readings and options that are wrong in one place.
#include "model/series/series.hpp"
#include "tests/series/creep_glass.hpp"
#include "tests/support/catch.hpp"

using namespace relaxd::series_test;
using relaxd::record::FitOptions;
using relaxd::record::FitResult;
using relaxd::record::SeriesData;

namespace {

SeriesData load_and_recovery() {
    SeriesData data;
    CreepPlan plan;
    plan.rest_s = 600.0;
    (void)add_creep(data, plan, creep_material());
    return data;
}

bool has_warning(const FitResult& result, const char* text) {
    return std::any_of(result.warnings.begin(), result.warnings.end(), [&](const auto& w) {
        return w.find(text) != std::string::npos;
    });
}

}  // namespace

TEST_CASE("single wrong readings of the thermometer end no creep fit", "[creep]") {
    SeriesData data = load_and_recovery();
    FitOptions options;
    options.model = "creep";
    const FitResult clean = relaxd::model::fit_creep(data, options);
    REQUIRE(clean.status == "converged");
    data.points[100].temperature_K += 40.0;
    data.points[300].temperature_K = 0.0;
    const FitResult result = relaxd::model::fit_creep(data, options);
    REQUIRE(result.status == "converged");
    CHECK(has_warning(result, "errors of the thermometer"));
    CHECK(find(result.parameters, "chi")->value == find(clean.parameters, "chi")->value);
    // Two in a row are a temperature.
    data.points[101].temperature_K += 40.0;
    const FitResult moved = relaxd::model::fit_creep(data, options);
    CHECK_FALSE(moved.is_usable());
    CHECK(moved.reason.find("fit the temperatures one by one") != std::string::npos);
}

TEST_CASE("a J_0 below the beta compliance is refused by its name", "[creep]") {
    const auto params = creep_material();
    FitOptions options;
    options.model = "creep";
    options.material = creep_given(params);
    options.fixed["J_0_per_Pa"] = 1e-3 * (1.0 / params.E_r_Pa - 1.0 / params.E_u_Pa);
    const FitResult result = relaxd::model::fit_creep(load_and_recovery(), options);
    CHECK_FALSE(result.is_usable());
    CHECK(result.reason.find("must exceed A_beta_per_Pa") != std::string::npos);
}

TEST_CASE("far below T_g, where tau_beta is beyond all times, J_0 is still known", "[creep]") {
    SeriesData data = load_and_recovery();
    for (auto& p : data.points) {
        p.temperature_K = 77.0;
        p.strain = p.stress_Pa / 50e9;
        p.strain_sigma = 1e-7;
    }
    FitOptions options;
    options.model = "creep";
    options.material = creep_given(creep_material());
    options.material.erase("t0_s");  // tau_max then starts from the length of the test
    const FitResult result = relaxd::model::fit_creep(data, options);
    CAPTURE(result.reason);
    CHECK(result.reason.find("bad_start") == std::string::npos);
    for (const auto& p : result.parameters) {
        CHECK((p.name == "J_0_per_Pa" || p.state != relaxd::record::ParameterState::determined));
    }
}
