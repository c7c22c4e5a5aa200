// SPDX-License-Identifier: MIT
//
// Options of the dynamic fit: what is fixed, tied, freed and given as a prior, and what of it is
// refused.
#include "tests/model/dynamic_checks.hpp"

#include <string>
#include <vector>

namespace relaxd::model {

namespace {

using record::FitOptions;
using record::ParameterState;
using test::check_form;
using test::errors_of;
using test::parameter;
using test::ramp;
using test::with_T_g;

}  // namespace

TEST_CASE("every name can be fixed, alone, and is reported exactly") {
    const auto points = test::with_noise(ramp(), 2);
    for (const auto& [name, value] : test::Glass{}.truth()) {
        FitOptions o = with_T_g();
        o.fixed[name] = value * 1.001;
        const auto r = fit_dynamic(points, o);
        CAPTURE(name, r.reason);
        REQUIRE(r.is_usable());
        const auto& e = parameter(r, name);
        CHECK(e.state == ParameterState::fixed);
        CHECK(e.value == Approx(value * 1.001).epsilon(1e-9));
        check_form(r);
    }
    FitOptions o = with_T_g();
    o.fixed["A_an_per_Pa"] = 1.5e-11;
    const auto tied = fit_dynamic(points, o);
    CHECK(parameter(tied, "A_vp_per_Pa").state == ParameterState::fixed);
    CHECK(parameter(tied, "A_vp_per_Pa").value == Approx(1.5e-11).epsilon(1e-12));
}

TEST_CASE("everything fixed, or all but one, is still an answer") {
    const auto points = test::with_noise(ramp(), 2);
    const char* names[] = {
        "E_u_Pa",
        "A_beta_per_Pa",
        "U_beta_J_mol",
        "tau_beta0_s",
        "B",
        "A_an_per_Pa",
        "chi_Tg",
        "a1_per_K",
        "t0_s",
        "T_g_K"
    };
    const auto truth = test::Glass{}.truth();
    FitOptions all;
    for (const char* name : names) {
        all.fixed[name] = truth.at(name);
    }
    const auto r = fit_dynamic(points, all);
    CAPTURE(r.reason);
    REQUIRE(r.is_usable());
    check_form(r);
    CHECK(r.reduced_chi2 == Approx(1.0).margin(0.2));
    for (const auto& e : r.parameters) {
        CAPTURE(e.name);
        CHECK(e.state == ParameterState::fixed);
        CHECK(e.value == Approx(truth.at(e.name)).epsilon(1e-9));
    }
    for (const char* name : names) {
        FitOptions o = all;
        o.fixed.erase(name);
        if (std::string(name) == "T_g_K") {
            o.T_g_prior_K = record::Prior{453.0, 3.0};
        }
        const auto one = fit_dynamic(points, o);
        CAPTURE(name, one.reason);
        REQUIRE(one.is_usable());
        CHECK(parameter(one, name).state == ParameterState::determined);
        CHECK(errors_of(parameter(one, name), truth.at(name)) < 4.0);
        // Wrong by much, so that the box may stop the only free one.
        o.fixed.begin()->second *= 1.5;
        check_form(fit_dynamic(points, o));
    }
}

TEST_CASE("several fixes together hold, and tell the truth about the rest") {
    const auto points = test::with_noise(ramp(), 4);
    const auto truth = test::Glass{}.truth();
    FitOptions o;
    for (const char* name : {"tau_beta0_s", "t0_s", "E_r_Pa", "T_g_K", "B"}) {
        o.fixed[name] = truth.at(name);
    }
    const auto r = fit_dynamic(points, o);
    REQUIRE(r.is_usable());
    for (const auto& [name, value] : truth) {
        const auto& e = parameter(r, name);
        CAPTURE(name, e.value, e.standard_error);
        if (o.fixed.contains(name)) {
            CHECK(e.value == Approx(value).epsilon(1e-9));
        } else {
            CHECK(errors_of(e, value) < 4.0);
        }
    }
    // The model evaluated from the reported values must carry the fixed ones.
    const double U = parameter(r, "U_beta_J_mol").value;
    CHECK(
        test::find(r.derived, "tau_beta_s")->value ==
        Approx(1.86e-13 * std::exp(U / (8.31446261815324 * 500.0))).epsilon(1e-9)
    );
}

TEST_CASE("contradicting or unknown options are refused in words") {
    const auto points = test::with_noise(ramp(), 1);
    const auto reason = [&points](const FitOptions& o) {
        const auto r = fit_dynamic(points, o);
        CHECK(r.status == "no_estimate");
        return r.reason;
    };
    FitOptions o;
    o.fixed = {{"E_r_Pa", 3e10}, {"A_beta_per_Pa", 2e-12}};
    CHECK(reason(o).find("A_beta_per_Pa") != std::string::npos);
    o.fixed = {{"U_beta", 8e4}};
    CHECK(reason(o).find("U_beta") != std::string::npos);
    o.fixed = {{"B", -1.0}};
    CHECK(reason(o).find("positive") != std::string::npos);
    o.fixed = {{"E_u_Pa", record::unknown}};
    CHECK(reason(o).find("finite") != std::string::npos);
    o.fixed.clear();
    o.fixed = {{"B", 1e-9}};  // would need a sum over 1e11 times
    CHECK(reason(o).find("0.05") != std::string::npos);
    o.fixed = {{"U_beta_J_mol", 5e6}};
    CHECK(reason(o).find("fixed") != std::string::npos);
    o.fixed.clear();
    o.T_g_prior_K = record::Prior{-180.0, 3.0};
    CHECK(reason(o).find("T_g") != std::string::npos);
    o.T_g_prior_K.reset();
    o.priors["tau_beta0_s"] = {1e-13, 0.0};
    CHECK(reason(o).find("standard deviation") != std::string::npos);
    o.priors.clear();
    o.freed = {"nonsense"};
    CHECK(reason(o).find("nonsense") != std::string::npos);
}

TEST_CASE("A_vp can be freed, and then has its own estimate") {
    const auto points = test::with_noise(ramp(), 8);
    FitOptions o = with_T_g();
    o.freed = {"A_vp_per_Pa"};
    const auto r = fit_dynamic(points, o);
    REQUIRE(r.is_usable());
    check_form(r);
    CHECK(parameter(r, "A_vp_per_Pa").value != parameter(r, "A_an_per_Pa").value);
    CHECK(errors_of(parameter(r, "A_vp_per_Pa"), 1.5e-11) < 4.0);
    CHECK(errors_of(parameter(r, "chi_Tg"), 0.4) < 4.0);
}

TEST_CASE("a prior of a reported name pulls, and only as much as it weighs") {
    const auto points = test::with_noise(ramp(), 9);
    const std::span early(points.data(), 401);  // to 380 K
    const auto free = fit_dynamic(early, with_T_g());
    const auto& alone = parameter(free, "U_beta_J_mol");
    FitOptions o = with_T_g();
    o.priors["U_beta_J_mol"] = {alone.value + 2000.0, 500.0};
    const auto pulled = fit_dynamic(early, o);
    REQUIRE(pulled.is_usable());
    const auto& U = parameter(pulled, "U_beta_J_mol");
    const double variance = alone.standard_error * alone.standard_error;
    const double weight = variance / (variance + 250000.0);
    CHECK(U.value == Approx(alone.value + 2000.0 * weight).margin(0.3 * 2000.0 * weight));
    CHECK(U.standard_error == Approx(500.0 * std::sqrt(weight)).epsilon(0.2));
    o = with_T_g();
    o.priors["tau_beta0_s"] = {1.86e-13, 1.86e-15};
    const auto by_tau = fit_dynamic(early, o);
    REQUIRE(by_tau.is_usable());
    CHECK(parameter(by_tau, "tau_beta0_s").value == Approx(1.86e-13).epsilon(0.05));
}

TEST_CASE("priors on other names, however narrow, determine nothing that the data do not") {
    const auto points = test::with_noise(ramp(), 3);
    FitOptions o = with_T_g();
    // Together these give chi_Tg within 0.013 before any measurement.
    for (const char* name : {"U_beta_J_mol", "tau_beta0_s", "t0_s", "tau_max_Tg_s"}) {
        const double mean = std::string(name) == "tau_max_Tg_s" ? test::Glass{}.tau_max(453.0)
                                                                : test::Glass{}.truth().at(name);
        o.priors[name] = {mean, 0.01 * mean};
    }
    const auto r = fit_dynamic(std::span(points.data(), 20), o);
    REQUIRE(r.is_usable());
    for (const char* name : {"U_beta_J_mol", "chi_Tg", "t0_s"}) {
        CAPTURE(name, parameter(r, name).shrinkage);
        CHECK(parameter(r, name).state == ParameterState::undetermined);
        CHECK(parameter(r, name).shrinkage == Approx(1.0).margin(0.02));
    }
}

TEST_CASE("a prior on the tied A_vp acts on both") {
    const auto points = test::with_noise(ramp(), 3);
    const std::span early(points.data(), 20);
    FitOptions o = with_T_g();
    o.priors["A_vp_per_Pa"] = {4e-11, 4e-13};
    const auto r = fit_dynamic(early, o);
    REQUIRE(r.is_usable());
    CHECK(std::exp(r.warm_start.at("ln_A_an")) == Approx(4e-11).epsilon(0.02));
    CHECK(parameter(r, "A_an_per_Pa").state == ParameterState::undetermined);
}

TEST_CASE("options are one text, the same for the same options") {
    FitOptions a;
    a.freed = {"B", "A_vp_per_Pa"};
    a.fixed = {{"B", 1.0}};
    FitOptions b = a;
    b.freed = {"A_vp_per_Pa", "B"};
    b.start["ln_B"] = 0.5;  // the start vector is stored beside, not hashed
    CHECK(canonical_text(a) == canonical_text(b));
    b.form = record::Form::gamma;
    CHECK(canonical_text(a) != canonical_text(b));
    b = a;
    b.T_max_K = 480.0;
    CHECK(canonical_text(a) != canonical_text(b));
    CHECK(canonical_text(b).find("nan") == std::string::npos);
}

}  // namespace relaxd::model
