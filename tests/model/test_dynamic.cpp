// SPDX-License-Identifier: MIT
//
// The full dynamic fit on an independently simulated glass with known truth: right, honest about
// what it does not know, deterministic, and never false in what it calls determined.
#include "tests/model/dynamic_checks.hpp"

#include <algorithm>
#include <cmath>
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

/// Point k moved by `by_K`: a parabola through it and its neighbours of the same frequency (1 K).
record::DynamicPoint beside(
    const std::vector<record::DynamicPoint>& points, std::size_t k, double by_K
) {
    record::DynamicPoint p = points[k];
    const double step_K = points[k + 5].temperature_K - p.temperature_K;
    const double x = by_K / step_K;
    const auto at = [&](double record::DynamicPoint::* value) {
        const double before = points[k - 5].*value;
        const double after = points[k + 5].*value;
        return p.*value + 0.5 * x * (after - before) +
               0.5 * x * x * (after - 2.0 * (p.*value) + before);
    };
    const double storage = at(&record::DynamicPoint::storage_modulus_Pa);
    p.loss_modulus_Pa = at(&record::DynamicPoint::loss_modulus_Pa);
    p.storage_modulus_Pa = storage;
    p.temperature_K += by_K;
    return p;
}

}  // namespace

TEST_CASE("a noisy ramp gives every parameter within 4 standard errors, determined, seeds 1-20") {
    const auto truth = test::Glass{}.truth();
    int outside = 0;
    int intervals = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const auto r = fit_dynamic(test::with_noise(ramp(), seed), with_T_g());
        CAPTURE(seed, r.reason);
        REQUIRE(r.is_usable());
        check_form(r);
        CHECK(r.n_points == ramp().size());
        CHECK(r.reduced_chi2 == Approx(1.0).margin(0.2));
        for (const auto& [name, value] : truth) {
            const auto& e = parameter(r, name);
            CAPTURE(name, e.value, e.standard_error);
            CHECK(errors_of(e, value) < 4.0);
            outside += value < e.lower_95 || value > e.upper_95 ? 1 : 0;
            ++intervals;
        }
        for (const char* name : {"E_u_Pa", "U_beta_J_mol", "tau_beta0_s", "B", "chi_Tg"}) {
            CAPTURE(name, to_word(parameter(r, name).state));
            CHECK(parameter(r, name).state == ParameterState::determined);
        }
        CHECK(parameter(r, "E_u_Pa").standard_error < 0.005 * 3.3e10);
        CHECK(parameter(r, "U_beta_J_mol").standard_error < 500.0);
        CHECK(parameter(r, "chi_Tg").standard_error < 0.01);
        CHECK(
            errors_of(*test::find(r.derived, "tau_max_Tg_s"), test::Glass{}.tau_max(453.0)) < 4.0
        );
        CHECK(errors_of(*test::find(r.derived, "tau_beta_s"), test::Glass{}.tau_beta(500.0)) < 4.0);
        CHECK(errors_of(*test::find(r.derived, "tau_max_s"), test::Glass{}.tau_max(500.0)) < 4.0);
    }
    // 240 correlated intervals of 95 %: 12 are expected outside.
    CAPTURE(outside, intervals);
    CHECK(outside <= 30);
    CHECK(outside >= 1);
}

TEST_CASE("a ramp joined with isothermal sweeps gives the same truth, more sharply") {
    const auto truth = test::Glass{}.truth();
    auto joined = ramp();
    const auto sweeps = test::clean_sweeps({}, {400.0, 430.0, 445.0, 460.0}, ramp().size() + 1);
    joined.insert(joined.end(), sweeps.begin(), sweeps.end());
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
        const auto alone = fit_dynamic(test::with_noise(ramp(), seed), with_T_g());
        const auto both = fit_dynamic(test::with_noise(joined, seed), with_T_g());
        CAPTURE(seed, both.reason);
        REQUIRE(both.is_usable());
        for (const auto& [name, value] : truth) {
            CAPTURE(name);
            CHECK(errors_of(parameter(both, name), value) < 4.0);
        }
        CHECK(parameter(both, "chi_Tg").state == ParameterState::determined);
        CHECK(
            parameter(both, "chi_Tg").standard_error <
            1.05 * parameter(alone, "chi_Tg").standard_error
        );
    }
}

TEST_CASE("a growing window never calls a wrong value determined") {
    const auto truth = test::Glass{}.truth();
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        const auto points = test::with_noise(ramp(), seed);
        FitOptions o = with_T_g(453.0 + 3.0 * test::Noise(seed + 1000)());
        for (double T = 302.0; T <= 500.0; T += 9.0) {
            const auto n = static_cast<std::size_t>((T - 300.0) / 0.2);
            const auto r = fit_dynamic(std::span(points.data(), n), o);
            CAPTURE(seed, T, r.reason);
            REQUIRE(r.is_usable());
            check_form(r);
            o.start = r.warm_start;
            for (const auto& e : r.parameters) {
                if (e.state == ParameterState::determined) {
                    CAPTURE(e.name, e.value, e.standard_error);
                    CHECK(errors_of(e, truth.at(e.name)) < 4.0);
                }
            }
            if (T < 330.0) {
                CHECK(parameter(r, "chi_Tg").state != ParameterState::determined);
                CHECK(parameter(r, "A_an_per_Pa").state != ParameterState::determined);
            }
            if (T < 440.0) {
                CHECK(parameter(r, "T_g_K").state == ParameterState::undetermined);
                CHECK(parameter(r, "a1_per_K").state == ParameterState::undetermined);
                CHECK(parameter(r, "t0_s").state == ParameterState::undetermined);
            }
        }
    }
}

TEST_CASE("a few points are undetermined, not wrong") {
    const auto points = test::with_noise(ramp(), 3);
    const auto r = fit_dynamic(std::span(points.data(), 5), with_T_g());
    REQUIRE(r.is_usable());
    check_form(r);
    for (const char* name : {"U_beta_J_mol", "tau_beta0_s", "B", "chi_Tg", "A_an_per_Pa", "t0_s"}) {
        CAPTURE(name);
        CHECK(parameter(r, name).state != ParameterState::determined);
    }
    for (const char* name : {"U_beta_J_mol", "chi_Tg", "A_an_per_Pa", "t0_s"}) {
        CAPTURE(name);
        CHECK(parameter(r, name).state == ParameterState::undetermined);
        CHECK(parameter(r, name).shrinkage > 0.9);
    }
    const auto none = fit_dynamic(std::span(points.data(), 2), with_T_g());
    CHECK(none.status == "no_estimate");
    CHECK_FALSE(none.reason.empty());
    CHECK(fit_dynamic({}, FitOptions{}).status == "no_estimate");
}

TEST_CASE("the same input gives the same bits, and a warm fit ends where a cold one does") {
    const auto points = test::with_noise(ramp(), 5);
    const auto a = fit_dynamic(points, with_T_g());
    (void)fit_dynamic(test::with_noise(ramp(), 6), with_T_g());  // leaves its traces in the tables
    const auto b = fit_dynamic(points, with_T_g());
    REQUIRE(a.is_usable());
    for (std::size_t i = 0; i < a.parameters.size(); ++i) {
        CHECK(a.parameters[i].value == b.parameters[i].value);
        CHECK(a.parameters[i].standard_error == b.parameters[i].standard_error);
    }
    CHECK(a.warm_start == b.warm_start);
    const auto earlier = fit_dynamic(std::span(points.data(), points.size() - 20), with_T_g());
    FitOptions warm = with_T_g();
    warm.start = earlier.warm_start;
    const auto c = fit_dynamic(points, warm);
    for (std::size_t i = 0; i < a.parameters.size(); ++i) {
        const auto& cold = a.parameters[i];
        CAPTURE(cold.name);
        CHECK(std::abs(c.parameters[i].value - cold.value) < 1e-5 * cold.standard_error);
        CHECK(c.parameters[i].state == cold.state);
    }
}

TEST_CASE("the order of arrival does not matter") {
    auto points = test::with_noise(ramp(), 7);
    const auto a = fit_dynamic(points, with_T_g());
    std::reverse(points.begin(), points.end() - 1);  // the last stays last: it names tau_beta_s
    const auto b = fit_dynamic(points, with_T_g());
    for (std::size_t i = 0; i < a.parameters.size(); ++i) {
        CHECK(b.parameters[i].value == Approx(a.parameters[i].value).epsilon(1e-9));
    }
}

TEST_CASE("without any T_g the break of chi(T) is detected") {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
        const auto r = fit_dynamic(test::with_noise(ramp(), seed), FitOptions{});
        CAPTURE(seed, r.reason);
        REQUIRE(r.is_usable());
        CHECK(errors_of(parameter(r, "T_g_K"), 453.0) < 4.0);
        CHECK(parameter(r, "T_g_K").state == ParameterState::determined);
        CHECK(errors_of(parameter(r, "chi_Tg"), 0.4) < 4.0);
    }
    // Where no break is in the data it is not invented.
    const auto points = test::with_noise(ramp(), 1);
    const auto early = fit_dynamic(std::span(points.data(), 600), FitOptions{});
    REQUIRE(early.is_usable());
    CHECK(parameter(early, "T_g_K").state == ParameterState::undetermined);
}

TEST_CASE("at a single temperature chi_Tg means chi there and a1 is fixed at 0") {
    const auto points = test::with_noise(test::clean_sweeps({}, {440.0}, 1), 3, 0.3);
    const auto r = fit_dynamic(points, FitOptions{});
    REQUIRE(r.is_usable());
    check_form(r);
    CHECK(parameter(r, "a1_per_K").state == ParameterState::fixed);
    CHECK(parameter(r, "a1_per_K").value == 0.0);
    CHECK(parameter(r, "U_beta_J_mol").state == ParameterState::undetermined);
    const auto& chi = parameter(r, "chi_Tg");
    if (chi.state != ParameterState::undetermined) {
        CHECK(errors_of(chi, 0.4) < 4.0);
    }
}

TEST_CASE("points above T_max_K are masked, bad points left out with a warning") {
    auto points = test::with_noise(ramp(), 1);
    FitOptions o = with_T_g();
    o.T_max_K = 480.0;
    points[10].storage_modulus_Pa = record::unknown;
    points[11].frequency_Hz = 0.0;
    points[12].temperature_K = -4.0;
    for (std::size_t i = 950; i < points.size(); ++i) {
        points[i].storage_modulus_Pa = 1e12;  // crystals: must not matter
    }
    const auto r = fit_dynamic(points, o);
    REQUIRE(r.is_usable());
    CHECK(r.n_points == 901 - 3);
    CHECK(r.last_seq == 901);
    CHECK(r.warnings.size() == 1);
    CHECK(errors_of(parameter(r, "chi_Tg"), 0.4) < 4.0);
}

TEST_CASE(
    "3 percent outliers at 15 sigma are flagged and move nothing by more than a standard error"
) {
    const auto clean = test::with_noise(ramp(), 12);
    auto spoiled = clean;
    std::vector<std::uint64_t> outliers;
    for (std::size_t i = 17; i < spoiled.size(); i += 33) {
        auto& p = spoiled[i];
        p.loss_modulus_Pa += 15.0 * (0.01 * p.loss_modulus_Pa + 3e6);
        outliers.push_back(p.seq);
    }
    const auto a = fit_dynamic(clean, with_T_g());
    const auto b = fit_dynamic(spoiled, with_T_g());
    REQUIRE(b.is_usable());
    for (const auto& e : a.parameters) {
        CAPTURE(e.name);
        CHECK(std::abs(parameter(b, e.name).value - e.value) < e.standard_error);
    }
    int found = 0;
    for (const auto seq : outliers) {
        found += std::count(b.flagged_seqs.begin(), b.flagged_seqs.end(), seq) > 0 ? 1 : 0;
    }
    CHECK(found >= static_cast<int>(outliers.size()) - 1);
    CHECK(b.n_flagged == b.flagged_seqs.size());
    CHECK(a.n_flagged <= 3);
}

TEST_CASE("sigmas that are wrong by a factor 3 do not make the intervals wrong") {
    const auto truth = test::Glass{}.truth();
    auto points = test::with_noise(ramp(), 21, 3.0);
    const auto rescaled = fit_dynamic(points, with_T_g());
    for (auto& p : points) {
        p.storage_modulus_sigma_Pa = 0.003 * p.storage_modulus_Pa;
        p.loss_modulus_sigma_Pa = 0.01 * std::abs(p.loss_modulus_Pa) + 3e6;
    }
    const auto given = fit_dynamic(points, with_T_g());
    REQUIRE(given.is_usable());
    CHECK(given.reduced_chi2 == Approx(9.0).epsilon(0.2));
    CHECK(rescaled.reduced_chi2 == Approx(1.0).epsilon(0.2));
    for (const auto& [name, value] : truth) {
        CAPTURE(name);
        CHECK(errors_of(parameter(given, name), value) < 4.0);
        CHECK(errors_of(parameter(rescaled, name), value) < 4.0);
        CHECK(
            parameter(given, name).standard_error ==
            Approx(parameter(rescaled, name).standard_error).epsilon(0.35)
        );
    }
}

TEST_CASE("sigmas given 10 or 30 times too small make no parameter surer than it is") {
    const double too_small = GENERATE(10.0, 30.0);
    const auto usual = fit_dynamic(test::with_noise(ramp(), 21), with_T_g());
    auto points = test::with_noise(ramp(), 21);
    for (auto& p : points) {
        p.storage_modulus_sigma_Pa = 0.003 * p.storage_modulus_Pa / too_small;
        p.loss_modulus_sigma_Pa = (0.01 * std::abs(p.loss_modulus_Pa) + 3e6) / too_small;
    }
    const auto r = fit_dynamic(points, with_T_g());
    CAPTURE(too_small, r.reason);
    REQUIRE(r.is_usable());
    for (const auto& [name, value] : test::Glass{}.truth()) {
        const auto& e = parameter(r, name);
        CAPTURE(name, e.value, e.standard_error);
        if (e.state != ParameterState::undetermined) {
            CHECK(errors_of(e, value) < 4.0);
            CHECK(e.standard_error > 0.7 * parameter(usual, name).standard_error);
        }
    }
}

TEST_CASE("more than 4000 points are binned: the same answer, sharper") {
    const auto clean = ramp();
    std::vector<record::DynamicPoint> many;
    for (int copy = 0; copy < 10; ++copy) {
        for (std::size_t k = 5; k + 5 < clean.size(); ++k) {
            many.push_back(beside(clean, k, 0.05 * (copy - 4.5)));
            many.back().seq = many.size();
        }
    }
    many = test::with_noise(many, 3);
    const auto few = fit_dynamic(test::with_noise(ramp(), 3), with_T_g());
    const auto r = fit_dynamic(many, with_T_g());
    REQUIRE(r.is_usable());
    CHECK(r.n_points == many.size());
    for (const auto& [name, value] : test::Glass{}.truth()) {
        CAPTURE(name, parameter(r, name).value, parameter(r, name).standard_error);
        CHECK(errors_of(parameter(r, name), value) < 4.0);
    }
    CHECK(
        parameter(r, "U_beta_J_mol").standard_error <
        0.5 * parameter(few, "U_beta_J_mol").standard_error
    );
}

TEST_CASE("data of one form fitted with another say so by their misfit") {
    const auto points = test::with_noise(ramp(), 1);
    FitOptions o = with_T_g();
    o.form = record::Form::printed;
    const auto r = fit_dynamic(points, o);
    REQUIRE(r.is_usable());
    CHECK(r.form == "printed");
    CHECK(r.reduced_chi2 > 2.0);
}

TEST_CASE("fit dispatches by name and names an unknown model") {
    const auto points = test::with_noise(ramp(), 1);
    FitOptions o = with_T_g();
    o.model = "isochronal";
    CHECK(fit(points, o).model == "dynamic");
    o.model = "beta-peaks";
    CHECK(fit(points, o).model == "beta-peaks");
    o.model = "chi-slope";
    CHECK(fit(points, o).model == "chi-slope");
    o.model = "master-piece";
    const auto r = fit(points, o);
    CHECK(r.status == "no_estimate");
    CHECK(r.reason.find("master-piece") != std::string::npos);
}

}  // namespace relaxd::model
