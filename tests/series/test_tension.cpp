// SPDX-License-Identifier: MIT
// The fit of tension, on curves of the simulated glass and of model/rate.
#include "model/rate/rate_form.hpp"
#include "model/series/series.hpp"
#include "schema/table/table.hpp"
#include "tests/model/table_1.hpp"
#include "tests/series/tension_glass.hpp"
#include "tests/support/catch.hpp"

#include <cmath>

namespace relaxd::model {
namespace {

using record::ParameterState;
using series_test::find;
using series_test::TensionPlan;

record::FitOptions options_of(const material::Params& params) {
    record::FitOptions o;
    o.model = "tension";
    o.material = series_test::creep_given(params);
    o.material.erase("sigma1_Pa");
    o.material.erase("a2");
    return o;
}

double z_of(const record::FitResult& r, std::string_view name, double truth) {
    const auto* p = find(r.parameters, name);
    REQUIRE(p != nullptr);
    REQUIRE(std::isfinite(p->value));
    REQUIRE(p->standard_error > 0.0);
    return (p->value - truth) / p->standard_error;
}

}  // namespace

TEST_CASE("two rates give sigma_1 and a_2 of the simulated glass", "[tension]") {
    const auto params = series_test::tension_material();
    for (const std::uint32_t seed : {1U, 11U}) {
        record::SeriesData data;
        TensionPlan plan;
        plan.seed = seed;
        plan.rows = 80;
        series_test::add_tension(data, plan, params);
        plan.rate_per_s = 3e-5;
        plan.seed = seed + 1;
        series_test::add_tension(data, plan, params);
        const auto r = fit_tension(data, options_of(params));
        INFO(r.reason);
        REQUIRE(r.is_usable());
        CHECK(r.formulation == "hereditary");
        CHECK(std::abs(z_of(r, "sigma1_Pa", params.sigma1_Pa)) < 3.5);
        CHECK(std::abs(z_of(r, "a2", params.a2)) < 3.5);
        CHECK(std::abs(z_of(r, "time_scale", 1.0)) < 3.5);
        CHECK(r.reduced_chi2 < 1.5);
        REQUIRE(r.known_combinations.size() == 2);
        // The stress at the last strain is better known than 0.1 %.
        const auto& c = r.known_combinations[0];
        CHECK(c.standard_error < 1e-3 * c.value);
    }
}

TEST_CASE("one rate leaves sigma_1 and a_2 traded and says what is known", "[tension]") {
    const auto params = series_test::tension_material();
    record::SeriesData data;
    TensionPlan plan;
    plan.rows = 80;
    series_test::add_tension(data, plan, params);
    auto options = options_of(params);
    options.fixed["time_scale"] = 1.0;
    const auto r = fit_tension(data, options);
    REQUIRE(r.is_usable());
    CHECK(find(r.parameters, "sigma1_Pa")->state == ParameterState::traded);
    CHECK(find(r.parameters, "a2")->traded_with == "sigma1_Pa");
    REQUIRE(r.known_combinations.size() == 1);
    CHECK_FALSE(r.known_combinations[0].experiment.empty());
    SECTION("unloading to rest at several strains breaks the trade") {
        record::SeriesData more;
        plan.unload_at = {0.015, 0.03};
        plan.strain = 0.045;
        series_test::add_tension(more, plan, params);
        const auto broken = fit_tension(more, options);
        REQUIRE(broken.is_usable());
        CHECK(std::abs(z_of(broken, "sigma1_Pa", params.sigma1_Pa)) < 3.5);
        CHECK(std::abs(z_of(broken, "a2", params.a2)) < 3.5);
        CHECK(
            find(broken.parameters, "a2")->standard_error <
            0.5 * find(r.parameters, "a2")->standard_error
        );
    }
}

TEST_CASE("curves of eq16 are fitted as such, without time or sigma columns", "[tension]") {
    QpdParameters p = relaxd::test::table_1();
    p.sigma1_Pa = 1.5e10;
    p.a2 = 4.0;
    record::SeriesData data;
    for (const double rate : {3e-4, 3e-3}) {
        std::vector<double> strains;
        for (int k = 1; k <= 60; ++k) {
            strains.push_back(0.001 * k);
        }
        const auto curve = tension(p, 430.0, rate, strains, Formulation::eq16);
        REQUIRE(curve.has_value());
        record::SeriesInput head;
        head.name = "curve";
        head.strain_rate_per_s = rate;
        for (std::size_t k = 0; k < strains.size(); ++k) {
            record::SeriesPoint point;
            point.input = static_cast<int>(data.inputs.size());
            point.time_s = record::unknown;
            point.temperature_K = 430.0;
            point.strain = strains[k];
            point.stress_Pa = curve->points[k].stress_Pa;
            point.seq = data.points.size() + 1;
            data.points.push_back(point);
        }
        data.inputs.push_back(head);
    }
    auto options = options_of(series_test::tension_material());
    options.formulation = "eq16";
    const auto r = fit_tension(data, options);
    INFO(r.reason);
    REQUIRE(r.is_usable());
    CHECK(r.formulation == "eq16");
    CHECK(find(r.parameters, "sigma1_Pa")->value == Approx(1.5e10).epsilon(0.01));
    CHECK(find(r.parameters, "a2")->value == Approx(4.0).epsilon(0.01));
}

TEST_CASE("a compliant machine is known or looked for", "[tension]") {
    const auto params = series_test::tension_material();
    record::SeriesData data;
    TensionPlan plan;
    plan.rows = 60;
    plan.machine_compliance_per_Pa = 1e-11;
    series_test::add_tension(data, plan, params);
    plan.rate_per_s = 3e-5;
    plan.seed = 2;
    series_test::add_tension(data, plan, params);
    auto options = options_of(params);
    options.freed = {"machine_compliance_per_Pa"};
    const auto r = fit_tension(data, options);
    REQUIRE(r.is_usable());
    CHECK(std::abs(z_of(r, "machine_compliance_per_Pa", 1e-11)) < 3.5);
    CHECK(std::abs(z_of(r, "a2", params.a2)) < 3.5);
}

namespace {

/// Two curves of the simulated glass, their true numbers turned into engineering ones of a strip
/// of 20 mm x 2 mm x 0.1 mm on a machine of `machine_m_per_N`.
record::SeriesData engineering_curves(double machine_m_per_N) {
    record::SeriesData data;
    TensionPlan plan;
    plan.rows = 60;
    series_test::add_tension(data, plan, series_test::tension_material());
    plan.rate_per_s = 3e-5;
    plan.seed = 2;
    series_test::add_tension(data, plan, series_test::tension_material());
    for (record::SeriesInput& head : data.inputs) {
        head.stress_kind = "engineering";
        head.length_m = 0.02;
        head.area_m2 = 2e-7;
    }
    for (record::SeriesPoint& p : data.points) {
        const double stretch = std::exp(p.strain);
        const double force_N = 2e-7 * p.stress_Pa / stretch;  // the volume is constant
        p.stress_Pa /= stretch;
        p.stress_sigma_Pa /= stretch;
        p.strain = stretch - 1.0 + machine_m_per_N * force_N / 0.02;
    }
    return data;
}

record::SeriesData true_curves() {
    record::SeriesData data;
    TensionPlan plan;
    plan.rows = 60;
    series_test::add_tension(data, plan, series_test::tension_material());
    plan.rate_per_s = 3e-5;
    plan.seed = 2;
    series_test::add_tension(data, plan, series_test::tension_material());
    return data;
}

/// What a fit says in another's standard errors.
double apart(const record::FitResult& a, const record::FitResult& b, const char* name) {
    const auto* of_a = find(a.parameters, name);
    return std::abs(of_a->value - find(b.parameters, name)->value) / of_a->standard_error;
}

}  // namespace

TEST_CASE("engineering numbers that say so give what the true ones give", "[tension]") {
    const auto options = options_of(series_test::tension_material());
    const auto expected = fit_tension(true_curves(), options);
    auto data = engineering_curves(0.0);
    const auto r = fit_tension(data, options);
    REQUIRE(r.is_usable());
    CHECK(apart(expected, r, "sigma1_Pa") < 1e-4);
    CHECK(apart(expected, r, "a2") < 1e-4);
    CHECK(r.warnings.front().find("converted to true") != std::string::npos);
    SECTION("unsaid they are taken as true ones, are wrong, and the result warns of it") {
        for (auto& head : data.inputs) {
            head.stress_kind.clear();
        }
        const auto wrong = fit_tension(data, options);
        REQUIRE(wrong.is_usable());
        CHECK(apart(expected, wrong, "a2") > 5.0);
        CHECK(wrong.warnings.front().find("# stress: engineering") != std::string::npos);
    }
    SECTION("true ones that say so are taken as they are, without a warning") {
        auto plain = true_curves();
        for (auto& head : plain.inputs) {
            head.stress_kind = "true";
        }
        const auto same = fit_tension(plain, options);
        CHECK(find(same.parameters, "a2")->value == find(expected.parameters, "a2")->value);
        CHECK(same.warnings.empty());
    }
    SECTION("another word is refused") {
        data.inputs[1].stress_kind = "nominal";
        const auto none = fit_tension(data, options);
        CHECK_FALSE(none.is_usable());
        CHECK(none.reason.find("engineering or true") != std::string::npos);
    }
}

TEST_CASE("the machine's displacement per force is taken off, its error stated", "[tension]") {
    constexpr double machine = 2e-6;  // two thirds of the specimen: 2e-11 per Pa
    auto options = options_of(series_test::tension_material());
    const auto expected = fit_tension(true_curves(), options);
    const auto data = engineering_curves(machine);
    options.fixed["machine_compliance_m_per_N"] = machine;
    const auto r = fit_tension(data, options);
    INFO(r.reason);
    REQUIRE(r.is_usable());
    // Not the same rows (the machine smooths the noise of the stress), but the same truth.
    CHECK(apart(expected, r, "sigma1_Pa") < 0.5);
    CHECK(apart(expected, r, "a2") < 0.5);
    CHECK(std::isnan(find(r.parameters, "a2")->systematic_error));
    SECTION("not taken off it is another glass") {
        options.fixed.erase("machine_compliance_m_per_N");
        const auto wrong = fit_tension(data, options);
        const bool is_told = !wrong.is_usable() || wrong.residuals->is_alarm;
        CHECK(is_told);
    }
    SECTION("a prior's error becomes the systematic error, in proportion") {
        options.fixed.clear();
        std::vector<double> errors;
        for (const double sd : {0.01 * machine, 0.02 * machine}) {
            options.priors["machine_compliance_m_per_N"] = {machine, sd};
            const auto with = fit_tension(data, options);
            REQUIRE(with.is_usable());
            const auto* a2 = find(with.parameters, "a2");
            CHECK(a2->value == Approx(find(r.parameters, "a2")->value).epsilon(1e-9));
            errors.push_back(a2->systematic_error);
            CHECK(
                a2->combined_error == Approx(std::hypot(a2->standard_error, a2->systematic_error))
            );
        }
        CHECK(errors[0] > 0.0);
        CHECK(errors[1] == Approx(2.0 * errors[0]).epsilon(0.1));
    }
    SECTION("without the dimensions of a specimen there is none") {
        auto bare = data;
        bare.inputs[1].area_m2 = record::unknown;
        const auto none = fit_tension(bare, options);
        CHECK_FALSE(none.is_usable());
        CHECK(none.reason.find("curve 2") != std::string::npos);
        CHECK(none.reason.find("specimen_width_m") != std::string::npos);
    }
}

TEST_CASE("a file says of its tension test what kind of stress it holds", "[tension]") {
    const auto table = table::read_csv(
        "# stress: engineering\n# specimen_length_m: 0.02\n# specimen_width_m: 0.002\n"
        "# specimen_thickness_m: 0.0001\n# strain_rate_per_s: 0.0003\n"
        "strain,stress_Pa\n0.001,3e7\n0.002,6e7\n",
        "pull.csv"
    );
    REQUIRE(table.has_value());
    record::SeriesData data;
    table::add_series(data, *table, "pull.csv");
    REQUIRE(data.inputs.size() == 1);
    CHECK(data.inputs[0].stress_kind == "engineering");
    CHECK(data.inputs[0].length_m == 0.02);
    CHECK(data.inputs[0].area_m2 == Approx(2e-7));
}

TEST_CASE("rows after localisation are masked, with a sentence", "[tension]") {
    const auto params = series_test::tension_material();
    record::SeriesData data;
    TensionPlan plan;
    plan.rows = 60;
    series_test::add_tension(data, plan, params);
    for (std::size_t k = 45; k < data.points.size(); ++k) {
        data.points[k].stress_Pa *= 0.5;
    }
    auto options = options_of(params);
    options.fixed["time_scale"] = 1.0;
    const auto r = fit_tension(data, options);
    REQUIRE(r.is_usable());
    CHECK(r.n_points == 45);
    CHECK(std::abs(z_of(r, "a2", params.a2)) < 3.5);
    CHECK(r.warnings.front().find("masked") != std::string::npos);
}

TEST_CASE("tension without what it needs is no estimate that names it", "[tension]") {
    const auto params = series_test::tension_material();
    record::SeriesData data;
    TensionPlan plan;
    plan.rows = 40;
    series_test::add_tension(data, plan, params);
    auto options = options_of(params);
    const auto why = [](const record::SeriesData& d, const record::FitOptions& o) {
        const auto r = fit_tension(d, o);
        CHECK_FALSE(r.is_usable());
        CHECK(r.parameters.empty());
        return r.reason;
    };
    SECTION("the linear material") {
        options.material.erase("E_u_Pa");
        options.material.erase("t0_s");
        const auto reason = why(data, options);
        CHECK(reason.find("E_u_Pa") != std::string::npos);
        CHECK(reason.find("t0_s") != std::string::npos);
    }
    SECTION("the rate") {
        for (auto& p : data.points) {
            p.time_s = record::unknown;
        }
        CHECK(why(data, options).find("strain_rate_per_s") != std::string::npos);
    }
    SECTION("a sigma that is none") {
        data.points[10].stress_sigma_Pa = -1.0;
        CHECK(why(data, options).find("stress_sigma_Pa") != std::string::npos);
    }
    SECTION("too few rows") {
        data.points.resize(5);
        CHECK(why(data, options).find("6 at least") != std::string::npos);
    }
    SECTION("no stress") {
        for (auto& p : data.points) {
            p.stress_Pa = 0.0;
        }
        CHECK(why(data, options).find("zero") != std::string::npos);
    }
    SECTION("linear is no formulation of tension") {
        options.formulation = "linear";
        CHECK(why(data, options).find("hereditary or eq16") != std::string::npos);
    }
    SECTION("an unknown name") {
        options.fixed["sigma_1"] = 1.0;
        CHECK(why(data, options).find("sigma_1") != std::string::npos);
    }
    SECTION("nothing at all") {
        CHECK_FALSE(why({}, options).empty());
    }
}

}  // namespace relaxd::model
