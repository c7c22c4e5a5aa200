// SPDX-License-Identifier: MIT
// What lies before and around a creep load: an earlier load's strain, a measured rise, the last row
// of a plateau; and data that the model does not describe.
#include "model/estimate/estimate.hpp"
#include "model/series/creep_data.hpp"
#include "model/series/creep_history.hpp"
#include "model/series/series.hpp"
#include "tests/series/creep_glass.hpp"
#include "tests/support/catch.hpp"

#include <cmath>
#include <random>

namespace relaxd::model {
namespace {

using series_test::add_creep;
using series_test::creep_T_K;
using series_test::CreepPlan;
using series_test::CreepTruth;
using series_test::find;

record::FitOptions linear_options() {
    record::FitOptions o;
    o.model = "creep";
    o.formulation = "linear";
    return o;
}

double z_of(const record::FitResult& r, std::string_view name, double truth) {
    const auto* p = find(r.parameters, name);
    p = p != nullptr ? p : find(r.derived, name);
    REQUIRE(p != nullptr);
    REQUIRE(p->standard_error > 0.0);
    return (p->value - truth) / p->standard_error;
}

/// A second load of the same specimen, an hour after the first: the `before` last rows of that hour
/// and 330 s of load, times from the second load.
record::SeriesData second_load(int before, double& left) {
    const simulator::Specimen specimen(series_test::creep_material(), {}, {});
    simulator::LoadedSpecimen glass(specimen, creep_T_K);
    std::mt19937 dice(5);
    std::normal_distribution<double> normal;
    record::SeriesData data;
    data.inputs.push_back({});
    data.inputs[0].name = "second load";
    const auto put = [&](double time_s) {
        record::SeriesPoint p;
        p.seq = data.points.size() + 1;
        p.time_s = time_s;
        p.temperature_K = creep_T_K;
        p.strain_sigma = 2e-7;
        p.strain = glass.strain() + 2e-7 * normal(dice);
        p.stress_Pa = glass.stress_Pa();
        data.points.push_back(p);
    };
    glass.set_stress_Pa(25e6);
    glass.advance(330.0, creep_T_K);
    glass.set_stress_Pa(0.0);
    glass.advance(14400.0 - before, creep_T_K);
    for (int k = before; k > 0; --k) {
        put(-k);
        glass.advance(1.0, creep_T_K);
    }
    left = glass.strain();
    glass.set_stress_Pa(25e6);
    double now = 0.0;
    for (double t = 0.5; t < 330.0; t *= 1.06) {
        glass.advance(t - now, creep_T_K);
        now = t;
        put(t);
    }
    return data;
}

}  // namespace

TEST_CASE("what an earlier load left behind is subtracted, from one row before on", "[creep]") {
    double left = 0.0;
    for (const int before : {1, 2, 3, 10}) {
        const auto data = second_load(before, left);
        REQUIRE(left > 1e-4);
        const auto r = fit_creep(data, linear_options());
        INFO(before << " rows " << r.reason);
        REQUIRE(r.is_usable());
        CHECK(std::abs(z_of(r, "J_0_per_Pa", 1.0 / series_test::creep_material().E_r_Pa)) < 4.0);
        CHECK(std::abs(z_of(r, "chi", 0.4)) < 4.0);
        CHECK(r.warnings.front().find("before the load") != std::string::npos);
        for (const std::string& name : r.correlation_names) {
            CHECK((before > 3 || name.find("drift") == std::string::npos));
        }
    }
    SECTION("its error is in J_0: one row is worth less than ten") {
        double unused = 0.0;
        const auto one = fit_creep(second_load(1, unused), linear_options());
        auto bare = second_load(1, unused);
        for (record::SeriesPoint& p : bare.points) {
            p.strain -= left;
        }
        bare.points.erase(bare.points.begin());
        const auto exact = fit_creep(bare, linear_options());
        const double with = find(one.parameters, "J_0_per_Pa")->standard_error;
        const double without = find(exact.parameters, "J_0_per_Pa")->standard_error;
        CHECK(with > without);
        CHECK(with < std::hypot(without, 2e-7 / 25e6) * 1.05);
    }
}

TEST_CASE("a measured rise of the load is followed, not taken for a jump", "[creep]") {
    record::SeriesData data;
    CreepPlan plan;
    plan.rise_s = 4.0;
    plan.from_s = 0.5;
    plan.rest_s = 1000.0;
    const CreepTruth truth = add_creep(data, plan, series_test::creep_material());
    const auto r = fit_creep(data, linear_options());
    REQUIRE(r.is_usable());
    CHECK(std::abs(z_of(r, "chi", truth.chi)) < 4.0);
    CHECK(std::abs(z_of(r, "J_0_per_Pa", truth.J_0)) < 4.0);
    CHECK(std::abs(z_of(r, "eps_permanent", truth.flow)) < 4.0);
    CHECK_FALSE(r.residuals->is_alarm);
    // The same strains, said to follow a jump at time 0.
    for (record::SeriesPoint& p : data.points) {
        p.stress_Pa = p.time_s > plan.load_s ? 0.0 : plan.stress_Pa;
    }
    const auto jump = fit_creep(data, linear_options());
    const bool is_off = !jump.is_usable() || jump.residuals->is_alarm ||
                        std::abs(z_of(jump, "chi", truth.chi)) > 4.0;
    CHECK(is_off);
}

TEST_CASE("a wrong thermometer moves tau_max of creep by its activation energy", "[creep]") {
    const auto params = series_test::creep_material();
    record::SeriesData data;
    CreepPlan plan;
    plan.rest_s = 1000.0;
    plan.nonlinear = true;
    add_creep(data, plan, params);
    record::FitOptions options;
    options.model = "creep";
    options.material = series_test::creep_given(params);
    options.temperature_offset_sd_K = 1.0;
    const auto r = fit_series(data, options);
    REQUIRE(r.is_usable());
    // The specimen was at 431 K where 430 K was written: tau_max(430 K) is longer than what was
    // seen, by what the simulated glass itself says.
    const simulator::Specimen specimen(params, {}, {});
    const double longer =
        specimen.times_at(creep_T_K).tau_max_s / specimen.times_at(creep_T_K + 1.0).tau_max_s - 1.0;
    const auto* tau_max = find(r.parameters, "tau_max_s");
    CHECK(tau_max->systematic_error == Approx(longer * tau_max->value).epsilon(0.05));
    CHECK(longer > 0.1);
    CHECK(find(r.parameters, "chi")->systematic_error < 1e-3);
    CHECK(find(r.parameters, "J_0_per_Pa")->systematic_error < 1e-3 / params.E_r_Pa);
    CHECK(find(r.derived, "viscosity_flow_Pa_s")->systematic_error > 0.1 * tau_max->value);
    SECTION("without U_beta it is not known") {
        auto linear = linear_options();
        linear.temperature_offset_sd_K = 1.0;
        const auto bare = fit_series(data, linear);
        REQUIRE(bare.is_usable());
        CHECK(std::isnan(find(bare.parameters, "tau_max_s")->systematic_error));
        CHECK(find(bare.parameters, "A_an_per_Pa")->systematic_error == 0.0);
    }
    SECTION("above T_g chi moves too") {
        options.material["T_g_K"] = 420.0;
        options.material["a1_per_K"] = 0.002;
        const auto hot = fit_series(data, options);
        CHECK(find(hot.parameters, "chi")->systematic_error == Approx(0.002).epsilon(0.1));
        CHECK(
            find(hot.parameters, "tau_max_s")->systematic_error > 1.2 * tau_max->systematic_error
        );
    }
}

TEST_CASE("the last row of a plateau stays under load, whatever its weight", "[creep]") {
    std::mt19937 dice(1);
    std::uniform_real_distribution<double> exponent(-8.0, -4.0);
    for (int k = 0; k < 2000; ++k) {
        CreepTest test;
        test.history = held_history(25e6, 330.0);
        CreepRow row;
        row.time_s = 330.0;
        row.strain = 1e-3;
        row.sigma = std::pow(10.0, exponent(dice));
        test.rows = {row};
        bin_rows(test);
        REQUIRE(test.history.piece_at(test.bins.front().time_s) == 0);
    }
}

TEST_CASE("eq16 fitted to thousands of rows of the other formulation sounds the alarm", "[creep]") {
    record::SeriesData data;
    CreepPlan plan;
    plan.nonlinear = true;
    plan.rest_s = 1000.0;
    plan.every_s = 0.1;
    const auto params = series_test::creep_material();
    add_creep(data, plan, params);
    REQUIRE(data.points.size() > 10000);
    auto options = linear_options();
    options.formulation = "eq16";
    options.material = series_test::creep_given(params);
    const auto r = fit_creep(data, options);
    INFO(r.reason);
    REQUIRE(r.is_usable());
    CHECK(r.residuals->is_alarm);
    CHECK(r.reduced_chi2 > 100.0);
}

}  // namespace relaxd::model
