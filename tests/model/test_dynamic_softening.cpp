// SPDX-License-Identifier: MIT
//
// E_u that falls with temperature: found where it is, not invented where it is not, and U and chi
// right either way. Data from the independent simulation.
#include "tests/model/dynamic_checks.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace relaxd::model {

namespace {

using record::DynamicPoint;
using record::FitOptions;
using record::FitResult;
using record::ParameterState;
using test::errors_of;
using test::parameter;
using test::with_T_g;

constexpr double T_ref_K = 300.0;

const std::vector<DynamicPoint>& softening_ramp() {
    static const std::vector<DynamicPoint> points = [] {
        test::Glass glass;
        glass.E_u_slope_per_K = -3e-4;
        glass.E_u_T_ref_K = T_ref_K;
        return test::clean_ramp(glass, 300.0, 500.0, 0.2);
    }();
    return points;
}

const record::Alternative* chosen(const FitResult& r) {
    for (const auto& a : r.alternatives) {
        if (a.is_chosen) {
            return &a;
        }
    }
    return nullptr;
}

}  // namespace

TEST_CASE("a slope of E_u of -3e-4/K is found, and U and chi are right within 3 standard errors") {
    const auto truth = test::Glass{}.truth();
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
        const auto r = fit_dynamic(test::with_noise(softening_ramp(), seed), with_T_g());
        CAPTURE(seed, r.reason);
        REQUIRE(r.is_usable());
        test::check_form(r);
        const auto& slope = parameter(r, "E_u_slope_per_K");
        CAPTURE(slope.value, slope.standard_error);
        CHECK(slope.state == ParameterState::determined);
        CHECK(errors_of(slope, -3e-4) < 4.0);
        CHECK(parameter(r, "E_u_T_ref_K").value == T_ref_K);
        CHECK(parameter(r, "E_u_T_ref_K").state == ParameterState::fixed);
        CHECK(r.reduced_chi2 == Approx(1.0).margin(0.2));
        for (const char* name : {"U_beta_J_mol", "chi_Tg", "E_u_Pa", "A_beta_per_Pa", "B"}) {
            const auto& e = parameter(r, name);
            CAPTURE(name, e.value, e.standard_error);
            CHECK(errors_of(e, truth.at(name)) < 3.5);
        }
        CHECK(errors_of(parameter(r, "U_beta_J_mol"), 83120.0) < 3.0);
        CHECK(errors_of(parameter(r, "chi_Tg"), 0.4) < 3.0);
        REQUIRE(r.alternatives.size() >= 2);
        REQUIRE(chosen(r) != nullptr);
        CHECK(chosen(r)->name == "E_u_slope_per_K free");
        // Its trade with A_beta and U is in the correlations.
        const auto& names = r.correlation_names;
        for (const char* name : {"E_u_slope_per_K", "A_beta_per_Pa", "U_beta_J_mol"}) {
            CHECK(std::count(names.begin(), names.end(), name) == 1);
        }
    }
}

TEST_CASE("held at 0 the same data give a wrong chi and U, which is why the slope is asked for") {
    FitOptions o = with_T_g();
    o.fixed["E_u_slope_per_K"] = 0.0;
    const auto r = fit_dynamic(test::with_noise(softening_ramp(), 1), o);
    REQUIRE(r.is_usable());
    CHECK(r.reduced_chi2 > 5.0);
    CHECK(errors_of(parameter(r, "chi_Tg"), 0.4) > 3.5);
    CHECK(std::abs(parameter(r, "U_beta_J_mol").value - 83120.0) > 1500.0);
    CHECK(parameter(r, "E_u_slope_per_K").state == ParameterState::fixed);
    CHECK(r.alternatives.empty());
}

TEST_CASE("data without a slope of E_u get none, seeds 1-20") {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const auto r = fit_dynamic(test::with_noise(test::ramp(), seed), with_T_g());
        CAPTURE(seed, r.reason);
        REQUIRE(r.is_usable());
        CHECK(parameter(r, "E_u_slope_per_K").name.empty());
        REQUIRE(chosen(r) != nullptr);
        CHECK(chosen(r)->name == "E_u_slope_per_K = 0");
        const auto& a = r.alternatives;
        CHECK(a[0].n_free + 1 == a[1].n_free);
        CHECK(a[0].chi2 >= a[1].chi2 - 0.5);
        CHECK(a[0].bic < a[1].bic + 4.0);
        CHECK(a[0].chi2 == Approx(2002.0).epsilon(0.25));
        CHECK(a[0].bic == Approx(a[0].chi2 + a[0].n_free * std::log(2002.0)));
        CHECK(a[0].aic == Approx(a[0].chi2 + a[0].n_free * 2.0));
    }
}

TEST_CASE("freed, the slope of data without one is 0 within its error") {
    FitOptions o = with_T_g();
    o.freed = {"E_u_slope_per_K"};
    const auto r = fit_dynamic(test::with_noise(test::ramp(), 3), o);
    REQUIRE(r.is_usable());
    test::check_form(r);
    CHECK(
        std::abs(parameter(r, "E_u_slope_per_K").value) <
        3.5 * parameter(r, "E_u_slope_per_K").standard_error
    );
    CHECK(errors_of(parameter(r, "U_beta_J_mol"), 83120.0) < 4.0);
    // With few points its prior is all that is known of it.
    const auto points = test::with_noise(test::ramp(), 3);
    const auto early = fit_dynamic(std::span(points.data(), 20), o);
    REQUIRE(early.is_usable());
    CHECK(parameter(early, "E_u_slope_per_K").state == ParameterState::undetermined);
}

TEST_CASE("in a growing ramp the decision is taken once and kept") {
    for (const bool softens : {true, false}) {
        const auto points = test::with_noise(softens ? softening_ramp() : test::ramp(), 2);
        FitOptions o = with_T_g();
        int changes = 0;
        bool was_free = false;
        for (std::size_t n = 50; n <= points.size(); n += 25) {
            const auto r = fit_dynamic(std::span(points.data(), n), o);
            CAPTURE(softens, n, r.reason);
            REQUIRE(r.is_usable());
            o.start = r.warm_start;
            const bool is_free = !parameter(r, "E_u_slope_per_K").name.empty();
            changes += is_free != was_free ? 1 : 0;
            was_free = is_free;
            for (const char* name : {"U_beta_J_mol", "chi_Tg", "B"}) {
                if (parameter(r, name).state == ParameterState::determined) {
                    CAPTURE(name);
                    CHECK(errors_of(parameter(r, name), test::Glass{}.truth().at(name)) < 4.0);
                }
            }
        }
        CHECK(changes == (softens ? 1 : 0));
    }
}

TEST_CASE("a slope that may be chance is hinted, and the errors reach to where it is not there") {
    test::Glass faint;
    faint.E_u_slope_per_K = -9e-6;
    faint.E_u_T_ref_K = T_ref_K;
    const auto clean = test::clean_ramp(faint, 300.0, 500.0, 0.2);
    FitOptions free = with_T_g();
    free.freed = {"E_u_slope_per_K"};
    FitOptions none = with_T_g();
    none.fixed["E_u_slope_per_K"] = 0.0;
    int chosen_unsure = 0;
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        const auto points = test::with_noise(clean, seed);
        const auto r = fit_dynamic(points, with_T_g());
        REQUIRE(r.is_usable());
        const auto with = fit_dynamic(points, free);
        const auto& own = parameter(with, "E_u_slope_per_K");
        const auto& slope = parameter(r, "E_u_slope_per_K");
        CAPTURE(seed, own.value, own.standard_error, slope.standard_error);
        CHECK(own.state == ParameterState::determined);  // was asked for, not chosen
        if (slope.name.empty() || std::abs(own.value) > 4.9 * own.standard_error) {
            continue;
        }
        ++chosen_unsure;
        CHECK(slope.state == ParameterState::hinted);
        CHECK(slope.value == Approx(own.value).epsilon(1e-3));
        CHECK(slope.lower_95 < 0.0);
        CHECK(slope.upper_95 > 0.0);
        const auto without = fit_dynamic(points, none);
        for (const char* name : {"E_u_Pa", "U_beta_J_mol", "chi_Tg", "A_beta_per_Pa", "B"}) {
            const auto& e = parameter(r, name);
            const double spread = e.value - parameter(without, name).value;
            CAPTURE(name, e.value, spread);
            CHECK(e.state == ParameterState::determined);
            CHECK(
                e.standard_error ==
                Approx(std::hypot(parameter(with, name).standard_error, spread)).epsilon(0.15)
            );
        }
    }
    CHECK(chosen_unsure >= 3);
}

TEST_CASE("a slope that was held at 0 and may be there is in the errors, one that is not is not") {
    test::Glass faint;
    faint.E_u_slope_per_K = -6e-6;
    faint.E_u_T_ref_K = T_ref_K;
    const auto clean = test::clean_ramp(faint, 300.0, 500.0, 0.2);
    FitOptions free = with_T_g();
    free.freed = {"E_u_slope_per_K"};
    FitOptions none = with_T_g();
    none.fixed["E_u_slope_per_K"] = 0.0;
    int unsure = 0;
    int absent = 0;
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
        const auto points = test::with_noise(seed % 2 == 0 ? test::ramp() : clean, seed);
        const auto r = fit_dynamic(points, with_T_g());
        REQUIRE(r.is_usable());
        const auto with = fit_dynamic(points, free);
        const auto without = fit_dynamic(points, none);
        const auto& slope = parameter(with, "E_u_slope_per_K");
        const double z = slope.value / slope.standard_error;
        if (!parameter(r, "E_u_slope_per_K").name.empty() || (std::abs(z) > 1.8 && z > -2.2)) {
            continue;
        }
        (z < -2.2 ? unsure : absent) += 1;
        const double share = std::max(0.0, 1.0 - 4.0 / (z * z));
        for (const char* name : {"E_u_Pa", "U_beta_J_mol", "chi_Tg", "A_beta_per_Pa", "B"}) {
            const auto& e = parameter(r, name);
            const auto& held = parameter(without, name);
            const double spread = std::sqrt(share) * (held.value - parameter(with, name).value);
            CAPTURE(seed, name, z, e.standard_error, held.standard_error, spread);
            CHECK(e.value == Approx(held.value).epsilon(1e-6));
            CHECK(
                e.standard_error ==
                Approx(std::hypot(held.standard_error, spread)).epsilon(z < -2.2 ? 0.2 : 1e-5)
            );
        }
    }
    CHECK(unsure >= 2);
    CHECK(absent >= 3);
}

TEST_CASE("E_u holds at the temperature that is given") {
    FitOptions o = with_T_g();
    o.fixed["E_u_T_ref_K"] = 350.0;
    const auto r = fit_dynamic(test::with_noise(softening_ramp(), 1), o);
    REQUIRE(r.is_usable());
    const double softened = 1.0 - 3e-4 * 50.0;
    CHECK(parameter(r, "E_u_T_ref_K").value == 350.0);
    CHECK(errors_of(parameter(r, "E_u_Pa"), 3.3e10 * softened) < 4.0);
    CHECK(errors_of(parameter(r, "E_u_slope_per_K"), -3e-4 / softened) < 4.0);
}

}  // namespace relaxd::model
