// SPDX-License-Identifier: MIT
// The fit of creep and recovery, on tests of the simulated glass and on closed forms.
#include "model/rate/rate_form.hpp"
#include "model/series/series.hpp"
#include "tests/model/table_1.hpp"
#include "tests/series/creep_glass.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <cmath>
#include <random>

namespace relaxd::model {
namespace {

using record::ParameterState;
using series_test::add_creep;
using series_test::CreepPlan;
using series_test::CreepTruth;
using series_test::find;

record::FitOptions creep_options() {
    record::FitOptions o;
    o.model = "creep";
    return o;
}

double z_of(const record::FitResult& r, std::string_view name, double truth) {
    const auto* p = find(r.parameters, name);
    p = p != nullptr ? p : find(r.derived, name);
    REQUIRE(p != nullptr);
    REQUIRE(std::isfinite(p->value));
    REQUIRE(p->standard_error > 0.0);
    return (p->value - truth) / p->standard_error;
}

/// J_0, A_an, chi and tau_max within `limit` standard errors.
void check_truth(const record::FitResult& r, const CreepTruth& t, double limit) {
    CHECK(std::abs(z_of(r, "J_0_per_Pa", t.J_0)) < limit);
    CHECK(std::abs(z_of(r, "A_an_per_Pa", t.A_an)) < limit);
    CHECK(std::abs(z_of(r, "chi", t.chi)) < limit);
    CHECK(std::abs(z_of(r, "tau_max_s", t.tau_max)) < limit);
}

/// One input of strain (noise `sigma`) at unit stress 1e6 Pa.
template <typename Compliance>
record::SeriesData closed_form(Compliance J, double sigma) {
    record::SeriesData data;
    data.inputs.push_back({});
    data.inputs[0].name = "closed form";
    data.inputs[0].stress_Pa = 1e6;
    std::mt19937 dice(7);
    std::normal_distribution<double> normal;
    for (int k = 0; k <= 200; ++k) {
        record::SeriesPoint p;
        p.seq = static_cast<std::uint64_t>(k) + 1;
        p.time_s = 0.01 * std::pow(10.0, k / 40.0);
        p.strain = 1e6 * J(p.time_s) + sigma * normal(dice);
        p.strain_sigma = sigma;
        data.points.push_back(p);
    }
    return data;
}

}  // namespace

TEST_CASE("creep of the simulated glass gives its parameters, load alone and recovery", "[creep]") {
    for (const std::uint32_t seed : {1U, 2U, 3U, 4U, 5U}) {
        for (const double rest_s : {0.0, 1000.0}) {
            record::SeriesData data;
            CreepPlan plan;
            plan.seed = seed;
            plan.rest_s = rest_s;
            plan.from_s = 0.5;  // tau_beta is 2 ms and spread: by now the beta process is over
            const CreepTruth truth = add_creep(data, plan, series_test::creep_material());
            auto options = creep_options();
            options.formulation = "linear";
            const auto r = fit_creep(data, options);
            INFO("seed " << seed << " rest " << rest_s << " " << r.reason);
            REQUIRE(r.is_usable());
            CHECK(r.formulation == "linear");
            CHECK(r.n_points == data.points.size());
            check_truth(r, truth, 4.0);
            CHECK(r.reduced_chi2 < 1.6);
            CHECK(std::abs(z_of(r, "eps_vp", truth.flow)) < 4.0);
            if (rest_s > 0.0) {
                CHECK(std::abs(z_of(r, "recovery_time_ratio", 1.0)) < 4.0);
                CHECK(std::abs(z_of(r, "eps_permanent", truth.flow)) < 4.0);
            }
        }
    }
}

TEST_CASE("with a freed A_vp creep says that it trades with tau_max", "[creep]") {
    record::SeriesData data;
    CreepPlan plan;
    const CreepTruth truth = add_creep(data, plan, series_test::creep_material());
    auto options = creep_options();
    options.freed = {"A_vp_per_Pa"};
    const auto r = fit_creep(data, options);
    REQUIRE(r.is_usable());
    CHECK(find(r.parameters, "A_vp_per_Pa")->state == ParameterState::traded);
    REQUIRE_FALSE(r.known_combinations.empty());
    const auto& c = r.known_combinations.front();
    CHECK(c.expression == "A_vp_per_Pa / tau_max_s");
    CHECK(c.standard_error < 0.05 * c.value);
    CHECK(std::abs(c.value - truth.A_an / truth.tau_max) < 4.0 * c.standard_error);
    CHECK(c.experiment.find("recovery") != std::string::npos);
    SECTION("recovery knows more") {
        record::SeriesData more;
        plan.rest_s = 1000.0;
        add_creep(more, plan, series_test::creep_material());
        const auto better = fit_creep(more, options);
        REQUIRE(better.is_usable());
        CHECK(
            find(better.parameters, "tau_max_s")->standard_error <
            0.3 * find(r.parameters, "tau_max_s")->standard_error
        );
    }
}

TEST_CASE("long before tau_an only A_an tau_max^-chi/chi is known", "[creep]") {
    record::SeriesData data;
    CreepPlan plan;
    plan.load_s = 1.0;
    plan.from_s = 0.05;
    const CreepTruth truth = add_creep(data, plan, series_test::creep_material());
    auto options = creep_options();
    options.material = series_test::creep_given(series_test::creep_material());
    for (const char* name : {"A_an_per_Pa", "A_vp_per_Pa", "t0_s", "chi_Tg"}) {
        options.material.erase(name);
    }
    const auto r = fit_creep(data, options);
    REQUIRE(r.is_usable());
    CHECK(find(r.parameters, "tau_max_s")->state != ParameterState::determined);
    REQUIRE_FALSE(r.known_combinations.empty());
    const auto& c = r.known_combinations.front();
    const double wanted = truth.A_an * std::pow(truth.tau_max, -truth.chi) / truth.chi;
    CHECK(std::abs(c.value - wanted) < 4.0 * c.standard_error);
    CHECK(c.standard_error < 0.2 * c.value);
}

TEST_CASE("two stresses of a nonlinear glass are fitted jointly", "[creep]") {
    const auto params = series_test::creep_material();
    record::SeriesData data;
    CreepPlan plan;
    plan.nonlinear = true;
    plan.rest_s = 600.0;
    plan.stress_Pa = 50e6;
    plan.per_decade = 30.0;
    CreepTruth truth = add_creep(data, plan, params);
    plan.stress_Pa = 150e6;
    plan.seed = 2;
    truth.flow = add_creep(data, plan, params).flow;
    auto options = creep_options();
    options.material = series_test::creep_given(params);
    const auto r = fit_creep(data, options);
    INFO(r.reason);
    REQUIRE(r.is_usable());
    CHECK(r.formulation == "hereditary");
    check_truth(r, truth, 4.0);
    CHECK(r.reduced_chi2 < 1.5);
    CHECK(std::abs(z_of(r, "eps_vp", truth.flow)) < 4.0);
    CHECK(std::abs(z_of(r, "t0_s", params.t0_s)) < 4.0);
    SECTION("the wrong formulation sounds the alarm") {
        options.formulation = "eq16";
        const auto wrong = fit_creep(data, options);
        REQUIRE(wrong.is_usable());
        REQUIRE(wrong.residuals.has_value());
        CHECK(wrong.residuals->is_alarm);
        CHECK(wrong.reduced_chi2 > 10.0);
    }
}

TEST_CASE("eq16 data of model/rate are fitted as such", "[creep]") {
    QpdParameters p = relaxd::test::table_1();
    p.sigma1_Pa = 2.8e10;
    p.a2 = 1.8;
    record::SeriesData data;
    data.inputs.push_back({});
    data.inputs[0].name = "eq16";
    data.inputs[0].stress_Pa = 100e6;
    data.inputs[0].load_time_s = 330.0;
    std::vector<double> times;
    for (double t = 0.1; t < 330.0; t *= 1.08) {
        times.push_back(t);
    }
    times.push_back(330.0);
    for (double t = 0.1; t < 1000.0; t *= 1.08) {
        times.push_back(330.0 + t);
    }
    const auto strain = creep_recovery(p, 430.0, 100e6, 330.0, times, Formulation::eq16);
    REQUIRE(strain.has_value());
    for (std::size_t k = 0; k < times.size(); ++k) {
        record::SeriesPoint point;
        point.seq = k + 1;
        point.time_s = times[k];
        point.temperature_K = 430.0;
        point.strain = (*strain)[k].total();
        data.points.push_back(point);
    }
    auto options = creep_options();
    options.formulation = "eq16";
    options.material = series_test::creep_given(series_test::creep_material());
    options.material.erase("t0_s");
    options.material["A_an_per_Pa"] = 3e-11;  // a wrong start
    options.material.erase("A_vp_per_Pa");
    const auto r = fit_creep(data, options);
    INFO(r.reason);
    REQUIRE(r.is_usable());
    CHECK(find(r.parameters, "chi")->value == Approx(0.4).epsilon(2e-3));
    CHECK(find(r.parameters, "tau_max_s")->value == Approx(560.733).epsilon(5e-3));
    CHECK(find(r.parameters, "A_an_per_Pa")->value == Approx(1.5e-11).epsilon(2e-3));
    CHECK(find(r.derived, "eps_vp")->value == Approx(strain->back().eps_vp).epsilon(2e-3));
    CHECK(find(r.derived, "eps_an")->value == Approx(strain->back().eps_an).epsilon(2e-2));
}

TEST_CASE("closed forms: Maxwell's flow and nearly simple exponentials", "[creep]") {
    // Nothing but an elastic strain and a flow with A_an so small that it is not seen.
    SECTION("a standard solid with flow, chi close to 1") {
        const auto data = closed_form(
            [](double t) {
                return 3e-11 + 1e-11 * -std::expm1(-std::pow(t / 20.0, 0.95)) + 2e-14 * t;
            },
            2e-8
        );
        auto options = creep_options();
        options.freed = {"A_vp_per_Pa"};
        options.priors["chi"] = {0.8, 0.5};
        const auto r = fit_creep(data, options);
        REQUIRE(r.is_usable());
        CHECK(std::abs(z_of(r, "chi", 0.95)) < 4.0);
        CHECK(std::abs(z_of(r, "A_an_per_Pa", 1e-11)) < 4.0);
        const double tau_max = 20.0 * std::pow(0.95, -1.0 / 0.95);
        CHECK(std::abs(z_of(r, "tau_max_s", tau_max)) < 4.0);
        CHECK(z_of(r, "viscosity_flow_Pa_s", 1.0 / (3.0 * 2e-14)) == Approx(0.0).margin(4.0));
    }
    SECTION("a pure power law has no tau_max") {
        const auto data =
            closed_form([](double t) { return 3e-11 + 1e-13 * std::pow(t, 0.35); }, 2e-9);
        const auto r = fit_creep(data, creep_options());
        REQUIRE(r.is_usable());
        CHECK(find(r.parameters, "chi")->value == Approx(0.35).margin(0.01));
        CHECK(find(r.parameters, "tau_max_s")->state != ParameterState::determined);
        REQUIRE_FALSE(r.known_combinations.empty());
        // A (t/tau_an)^chi with tau_an^chi = chi tau_max^chi: the power's factor itself.
        CHECK(r.known_combinations.front().value == Approx(1e-13).epsilon(0.1));
    }
}

TEST_CASE("dense rows without sigma are binned and outliers flagged, not deleted", "[creep]") {
    record::SeriesData data;
    CreepPlan plan;
    plan.every_s = 0.1;
    plan.gives_sigma = false;
    plan.rise_s = 0.4;
    plan.rest_s = 200.0;
    const CreepTruth truth = add_creep(data, plan, series_test::creep_material());
    std::vector<std::size_t> bad;
    for (std::size_t k = 300; k < 3200; k += 97) {
        data.points[k].strain += (k % 2 == 0 ? 15.0 : -15.0) * 1.5e-6;
        bad.push_back(k);
    }
    auto options = creep_options();
    options.formulation = "linear";
    const auto r = fit_creep(data, options);
    REQUIRE(r.is_usable());
    CHECK(r.n_points > data.points.size() - 12);  // but the rows of the rise
    check_truth(r, truth, 4.5);
    std::size_t found = 0;
    for (const std::size_t k : bad) {
        const auto& f = r.flagged_seqs;
        found += std::find(f.begin(), f.end(), data.points[k].seq) != f.end() ? 1 : 0;
    }
    CHECK(found == bad.size());
    CHECK(r.n_flagged < bad.size() + 20);
}

TEST_CASE(
    "a drift at preload is subtracted with its uncertainty, a curved one refused", "[creep]"
) {
    const auto with_baseline = [](double drift, double bend) {
        record::SeriesData data;
        CreepPlan plan;
        plan.rest_s = 1000.0;
        plan.from_s = 0.5;
        add_creep(data, plan, series_test::creep_material());
        std::mt19937 dice(3);
        std::normal_distribution<double> normal;
        for (auto& p : data.points) {
            p.strain += 1e-4 + drift * p.time_s;
        }
        std::vector<record::SeriesPoint> all;
        for (int k = -60; k < 0; ++k) {
            record::SeriesPoint p;
            p.time_s = 2.0 * k;
            p.temperature_K = 430.0;
            p.stress_Pa = 0.0;
            p.strain = 1e-4 + drift * p.time_s + bend * p.time_s * p.time_s + 2e-7 * normal(dice);
            p.strain_sigma = 2e-7;
            p.seq = 10000 + static_cast<std::uint64_t>(k);
            all.push_back(p);
        }
        all.insert(all.end(), data.points.begin(), data.points.end());
        data.points = all;
        return data;
    };
    CreepPlan plan;
    plan.rest_s = 1000.0;
    plan.from_s = 0.5;
    record::SeriesData plain;
    const CreepTruth truth = add_creep(plain, plan, series_test::creep_material());
    auto options = creep_options();
    options.formulation = "linear";
    const auto bare = fit_creep(plain, options);
    const auto r = fit_creep(with_baseline(3e-8, 0.0), options);
    REQUIRE(bare.is_usable());
    REQUIRE(r.is_usable());
    CHECK(std::abs(z_of(r, "eps_permanent", truth.flow)) < 4.0);
    // Its own error, carried on over 1330 s, is far above that of the strain.
    CHECK(
        find(r.derived, "eps_permanent")->standard_error >
        1.2 * find(bare.derived, "eps_permanent")->standard_error
    );
    CHECK(r.warnings.front().find("drift") != std::string::npos);
    const auto bent = fit_creep(with_baseline(3e-8, 2e-10), options);
    CHECK_FALSE(bent.is_usable());
    CHECK(bent.reason.find("curved") != std::string::npos);
}

TEST_CASE("creep follows its options", "[creep]") {
    record::SeriesData data;
    CreepPlan plan;
    plan.per_decade = 20.0;
    const CreepTruth truth = add_creep(data, plan, series_test::creep_material());
    auto options = creep_options();
    SECTION("hereditary falls back to linear with a warning, unless it was asked for") {
        const auto r = fit_creep(data, options);
        REQUIRE(r.is_usable());
        CHECK(r.formulation == "linear");
        CHECK(r.warnings.front().find("hereditary needs E_u_Pa") != std::string::npos);
        options.formulation = "hereditary";
        options.fixed["E_u_Pa"] = 3.3e10;
        const auto none = fit_creep(data, options);
        CHECK_FALSE(none.is_usable());
        CHECK(none.reason.find("U_beta_J_mol") != std::string::npos);
        CHECK(none.reason.find("E_u_Pa,") == std::string::npos);
    }
    SECTION("fixed values stay, and A_an ties A_vp") {
        options.fixed = {{"A_an_per_Pa", 1.5e-11}, {"J_0_per_Pa", truth.J_0}};
        const auto r = fit_creep(data, options);
        REQUIRE(r.is_usable());
        for (const char* name : {"A_an_per_Pa", "A_vp_per_Pa", "J_0_per_Pa"}) {
            CHECK(find(r.parameters, name)->state == ParameterState::fixed);
        }
        CHECK(find(r.parameters, "A_vp_per_Pa")->value == Approx(1.5e-11));
    }
    SECTION("a fixed t0 ties tau_max to chi") {
        options.material = series_test::creep_given(series_test::creep_material());
        options.fixed["t0_s"] = 6e-7;
        options.formulation = "linear";
        const auto r = fit_creep(data, options);
        REQUIRE(r.is_usable());
        CHECK(std::abs(z_of(r, "tau_max_s", truth.tau_max)) < 4.0);
        CHECK(find(r.derived, "t0_s")->value == Approx(6e-7).epsilon(1e-9));
    }
    SECTION("profiles and alternatives on demand") {
        options.wants_profiles = true;
        options.wants_alternatives = true;
        const auto r = fit_creep(data, options);
        REQUIRE(r.is_usable());
        const auto* chi = find(r.parameters, "chi");
        CHECK(chi->profile_low < chi->value);
        CHECK(chi->profile_high > chi->value);
        REQUIRE(r.alternatives.size() == 2);
        CHECK(r.alternatives[0].is_chosen);
    }
    SECTION("a warm start gives the same numbers") {
        const auto cold = fit_creep(data, options);
        options.start = cold.warm_start;
        const auto warm = fit_creep(data, options);
        REQUIRE(warm.is_usable());
        const auto* p = find(cold.parameters, "chi");
        CHECK(
            find(warm.parameters, "chi")->value == Approx(p->value).margin(0.01 * p->standard_error)
        );
    }
}

TEST_CASE("creep data that say nothing are no estimate with the reason", "[creep]") {
    record::SeriesData data;
    CreepPlan plan;
    plan.per_decade = 10.0;
    add_creep(data, plan, series_test::creep_material());
    auto options = creep_options();
    const auto why = [&](const record::SeriesData& d) {
        const auto r = fit_creep(d, options);
        CHECK_FALSE(r.is_usable());
        CHECK(r.parameters.empty());
        return r.reason;
    };
    const auto has = [](const std::string& text, const char* word) {
        return text.find(word) != std::string::npos;
    };
    SECTION("no rows") {
        CHECK_FALSE(why({}).empty());
    }
    SECTION("too few") {
        data.points.resize(4);
        CHECK(has(why(data), "6 at least"));
    }
    SECTION("no stress") {
        for (auto& p : data.points) {
            p.stress_Pa = record::unknown;
        }
        CHECK(has(why(data), "stress_Pa"));
    }
    SECTION("stress zero") {
        for (auto& p : data.points) {
            p.stress_Pa = 0.0;
        }
        CHECK(has(why(data), "zero"));
    }
    SECTION("strain all NaN") {
        for (auto& p : data.points) {
            p.strain = record::unknown;
        }
        CHECK(has(why(data), "strain"));
    }
    SECTION("opposite signs") {
        for (auto& p : data.points) {
            p.strain = -p.strain;
        }
        CHECK(has(why(data), "opposite signs"));
    }
    SECTION("a sigma of zero") {
        data.points[3].strain_sigma = 0.0;
        CHECK(has(why(data), "must be positive"));
    }
    SECTION("sigmas above the strain itself") {
        for (auto& p : data.points) {
            p.strain_sigma = 1.0;
        }
        CHECK(has(why(data), "exceed"));
    }
    SECTION("an unknown name") {
        options.fixed["tau"] = 1.0;
        CHECK(has(why(data), "\"tau\""));
    }
    SECTION("an unknown formulation") {
        options.formulation = "nonlinear";
        CHECK(has(why(data), "hereditary, eq16 or linear"));
    }
}

TEST_CASE("creep at two temperatures, or with time going back, is refused", "[creep]") {
    record::SeriesData data;
    CreepPlan plan;
    plan.per_decade = 10.0;
    add_creep(data, plan, series_test::creep_material());
    auto hot = data;
    for (std::size_t k = 0; k < data.points.size(); k += 2) {
        hot.points[k].temperature_K += 20.0;
    }
    CHECK(fit_creep(hot, creep_options()).reason.find("temperature") != std::string::npos);
    std::swap(data.points[5].time_s, data.points[15].time_s);
    CHECK(fit_creep(data, creep_options()).reason.find("goes back") != std::string::npos);
}

}  // namespace relaxd::model
