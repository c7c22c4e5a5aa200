// SPDX-License-Identifier: MIT
//
// One further beta process (S1 Fig. 6a) in the dynamic fit: freed, fixed, and not there.
#include "tests/model/dynamic_checks.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace relaxd::model {

namespace {

using record::DynamicPoint;
using record::FitOptions;
using record::ParameterState;
using test::check_form;
using test::errors_of;
using test::parameter;
using test::with_T_g;

constexpr double U_fast_J_mol = 56e3;

test::Glass glass_with_fast_beta() {
    test::Glass glass;
    glass.fast_A_per_Pa = 1.2e-12;
    glass.fast_U_J_mol = U_fast_J_mol;
    glass.fast_tau0_s = 1e-12;
    glass.fast_B = 1.0;
    return glass;
}

/// From 220 K, as a fast process asks for.
const std::vector<DynamicPoint>& two_processes() {
    static const std::vector<DynamicPoint> points =
        test::clean_ramp(glass_with_fast_beta(), 220.0, 500.0, 0.25);
    return points;
}

FitOptions freed() {
    FitOptions o = with_T_g();
    o.freed = {"fast_beta"};
    return o;
}

}  // namespace

TEST_CASE("a freed fast beta process is found, and the beta process is right beside it") {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
        const auto r = fit_dynamic(test::with_noise(two_processes(), seed), freed());
        CAPTURE(seed, r.reason, r.reduced_chi2);
        REQUIRE(r.is_usable());
        check_form(r);
        CHECK(r.reduced_chi2 == Approx(1.0).margin(0.2));
        for (const auto& [name, value] : test::Glass{}.truth()) {
            CAPTURE(name, parameter(r, name).value, parameter(r, name).standard_error);
            CHECK(errors_of(parameter(r, name), value) < 4.0);
        }
        CHECK(errors_of(parameter(r, "fast_beta.A_per_Pa"), 1.2e-12) < 4.0);
        CHECK(errors_of(parameter(r, "fast_beta.U_J_mol"), U_fast_J_mol) < 4.0);
        CHECK(errors_of(parameter(r, "fast_beta.tau0_s"), 1e-12) < 4.0);
        CHECK(errors_of(parameter(r, "fast_beta.B"), 1.0) < 4.0);
        CHECK(parameter(r, "fast_beta.U_J_mol").state == ParameterState::determined);
        // Without it the misfit says that something is missing.
        if (seed == 1) {
            const auto without = fit_dynamic(test::with_noise(two_processes(), seed), with_T_g());
            CHECK_FALSE(without.reduced_chi2 < 2.0);  // or no estimate at all
        }
        FitOptions warm = freed();
        warm.start = r.warm_start;
        const auto again = fit_dynamic(test::with_noise(two_processes(), seed), warm);
        REQUIRE(again.is_usable());
        const auto& U = parameter(r, "fast_beta.U_J_mol");
        CHECK(
            std::abs(parameter(again, "fast_beta.U_J_mol").value - U.value) <
            1e-4 * U.standard_error
        );
    }
}

TEST_CASE("a shoulder, not a peak: the fast process near the beta process") {
    test::Glass glass = glass_with_fast_beta();
    glass.fast_U_J_mol = 70e3;
    glass.fast_tau0_s = 4e-13;
    const auto points = test::with_noise(test::clean_ramp(glass, 240.0, 500.0, 0.25), 2);
    const auto r = fit_dynamic(points, freed());
    CAPTURE(r.reason, r.reduced_chi2);
    REQUIRE(r.is_usable());
    check_form(r);
    CHECK(r.reduced_chi2 == Approx(1.0).margin(0.2));
    for (const char* name : {"chi_Tg", "U_beta_J_mol", "A_an_per_Pa"}) {
        CAPTURE(name, parameter(r, name).value, parameter(r, name).standard_error);
        if (parameter(r, name).state != ParameterState::undetermined) {
            CHECK(errors_of(parameter(r, name), test::Glass{}.truth().at(name)) < 4.0);
        }
    }
}

TEST_CASE("names of the fast process can be fixed, one or all, which switches it on") {
    const auto points = test::with_noise(two_processes(), 5);
    FitOptions o = with_T_g();
    o.fixed = {
        {"fast_beta.A_per_Pa", 1.2e-12},
        {"fast_beta.U_J_mol", U_fast_J_mol},
        {"fast_beta.tau0_s", 1e-12},
        {"fast_beta.B", 1.0}
    };
    const auto all = fit_dynamic(points, o);
    CAPTURE(all.reason);
    REQUIRE(all.is_usable());
    check_form(all);
    CHECK(all.reduced_chi2 == Approx(1.0).margin(0.2));
    for (const auto& [name, value] : o.fixed) {
        CAPTURE(name);
        CHECK(parameter(all, name).state == ParameterState::fixed);
        CHECK(parameter(all, name).value == Approx(value).epsilon(1e-9));
    }
    CHECK(errors_of(parameter(all, "U_beta_J_mol"), 83120.0) < 4.0);
    o.fixed = {{"fast_beta.tau0_s", 1e-12}};
    const auto one = fit_dynamic(points, o);
    REQUIRE(one.is_usable());
    CHECK(parameter(one, "fast_beta.tau0_s").value == Approx(1e-12).epsilon(1e-9));
    CHECK(errors_of(parameter(one, "fast_beta.U_J_mol"), U_fast_J_mol) < 4.0);
    o.fixed = {{"fast_beta.B", 1e-6}};
    CHECK(fit_dynamic(points, o).status == "no_estimate");
}

TEST_CASE("freed where there is none, the fast process is not called determined and spoils nothing"
) {
    const auto r = fit_dynamic(test::with_noise(test::ramp(), 1), freed());
    CAPTURE(r.reason);
    REQUIRE(r.is_usable());
    check_form(r);
    for (const char* name : {"chi_Tg", "U_beta_J_mol", "B", "A_an_per_Pa", "t0_s"}) {
        const auto& e = parameter(r, name);
        CAPTURE(name, e.value, e.standard_error, to_word(e.state));
        if (e.state == ParameterState::determined) {
            CHECK(errors_of(e, test::Glass{}.truth().at(name)) < 4.0);
        }
    }
    CHECK(parameter(r, "fast_beta.U_J_mol").state != ParameterState::determined);
}

}  // namespace relaxd::model
