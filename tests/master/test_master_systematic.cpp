// SPDX-License-Identifier: MIT
//
// Errors of scale and thermometer in master curves and shapes of master data.
#include "model/estimate/estimate.hpp"
#include "tests/master/master_materials.hpp"
#include "tests/support/catch.hpp"

#include <cmath>
#include <string>

namespace relaxd::model {

namespace {

using record::FitOptions;
using test::find_parameter;

FitOptions options_of(const char* model, double scale, double offset_K) {
    FitOptions o;
    o.model = model;
    o.modulus_scale_relative_sd = scale;
    o.temperature_offset_sd_K = offset_K;
    return o;
}

record::SeriesData kww_data(bool is_relative) {
    record::SeriesData data;
    data.inputs.resize(1);
    for (int k = 0; k < 60; ++k) {
        record::SeriesPoint p;
        p.seq = data.points.size() + 1;
        p.omega_rad_s = 1e-3 * std::pow(10.0, 0.1 * k);
        const double strength = is_relative ? 1.0 : 2e9;
        p.loss_modulus = strength * test::kww_modulus(p.omega_rad_s, 0.5).imag() *
                         (1.0 + 0.01 * ((k * 7) % 5 - 2));
        p.is_shear = !is_relative;
        p.is_relative = is_relative;
        data.points.push_back(p);
    }
    return data;
}

}  // namespace

TEST_CASE("a master curve carries the error of the thermometer in its energy, shifts and time") {
    const test::SimulatedGlass glass;
    const auto points = glass.points(4);
    const double d_K = 2.0;
    const auto r = fit(points, options_of("master-curve", 0.03, d_K));
    REQUIRE(r.is_usable());
    const auto* E = find_parameter(r, "E_alpha_J_mol");
    REQUIRE(E != nullptr);
    CHECK(E->systematic_error == Approx(2.0 * d_K / 690.0 * E->value).epsilon(0.03));
    CHECK(E->combined_error == Approx(std::hypot(E->standard_error, E->systematic_error)));
    // The true shift at the temperature that is written, when the specimen was d_K warmer.
    const double T_ref = find_parameter(r, "T_ref_K")->value;
    const auto ln_tau = [&](double T_K) { return E->value / test::gas_constant / T_K; };
    for (const auto& s : r.shifts) {
        if (s.temperature_K == T_ref) {
            CHECK(std::isnan(s.ln_aT.systematic_error));
            continue;
        }
        const double T = s.temperature_K;
        const double change = ln_tau(T + d_K) - ln_tau(T_ref + d_K) - (ln_tau(T) - ln_tau(T_ref));
        CHECK(s.ln_aT.systematic_error == Approx(std::abs(change)).epsilon(0.02));
    }
    const std::string kind = r.formulation;
    CAPTURE(kind);
    REQUIRE(kind == "kww");
    const auto* tau = find_parameter(r, "tau_s");
    REQUIRE(tau != nullptr);
    const double by_T = ln_tau(T_ref) - ln_tau(T_ref + d_K);
    CHECK(tau->systematic_error == Approx(by_T * tau->value).epsilon(0.02));
    const auto* dG = find_parameter(r, "dG_Pa");
    CHECK(dG->systematic_error == Approx(0.03 * dG->value));
    CHECK(find_parameter(r, "beta")->systematic_error == 0.0);
}

TEST_CASE("times that follow no Arrhenius law take the slope between neighbours") {
    test::SimulatedGlass glass;
    glass.curvature_K2 = 2e-3;
    const double d_K = 1.0;
    const auto r = fit(glass.points(4), options_of("master-curve", 0.0, d_K));
    REQUIRE(r.is_usable());
    const double T_ref = find_parameter(r, "T_ref_K")->value;
    for (const auto& s : r.shifts) {
        const double T = s.temperature_K;
        if (!std::isfinite(s.ln_aT.value) || std::abs(T - T_ref) < 11.0) {
            continue;
        }
        const double change = glass.ln_tau(T + d_K) - glass.ln_tau(T_ref + d_K) -
                              (glass.ln_tau(T) - glass.ln_tau(T_ref));
        CAPTURE(T, change);
        CHECK(s.ln_aT.systematic_error == Approx(std::abs(change)).epsilon(0.1).margin(0.02));
    }
}

TEST_CASE("shapes of master data carry the scale in their moduli alone") {
    struct Case {
        const char* model;
        const char* modulus;
        const char* exponent;
    };
    for (const Case& c : {Case{"kww", "dG_Pa", "beta"}, Case{"bergman", "G_p_Pa", "b"}}) {
        CAPTURE(c.model);
        const auto r = fit_series(kww_data(false), options_of(c.model, 0.02, 0.0));
        REQUIRE(r.is_usable());
        const auto* G = find_parameter(r, c.modulus);
        CHECK(G->systematic_error == Approx(0.02 * G->value));
        CHECK(find_parameter(r, c.exponent)->systematic_error == 0.0);
        // By hand: data 2 % larger.
        auto larger = kww_data(false);
        for (auto& p : larger.points) {
            p.loss_modulus *= 1.02;
        }
        const auto by_hand = fit_series(larger, options_of(c.model, 0.0, 0.0));
        CHECK(find_parameter(by_hand, c.modulus)->value / G->value == Approx(1.02).epsilon(1e-6));
        // A modulus that is given does not move: then the others do.
        FitOptions fixed = options_of(c.model, 0.02, 0.0);
        fixed.fixed[c.modulus] = G->value;
        const auto held = fit_series(kww_data(false), fixed);
        fixed.modulus_scale_relative_sd = 0.0;
        const auto held_larger = fit_series(larger, fixed);
        const double moved = find_parameter(held_larger, c.exponent)->value -
                             find_parameter(held, c.exponent)->value;
        CHECK(moved != 0.0);
        CHECK(
            find_parameter(held, c.exponent)->systematic_error ==
            Approx(std::abs(moved)).epsilon(1e-3)
        );
        CHECK(std::isnan(find_parameter(held, c.modulus)->systematic_error));
        // Nothing tells how a shape at one temperature goes with it.
        const auto at_T = fit_series(kww_data(false), options_of(c.model, 0.02, 1.0));
        CHECK(std::isnan(find_parameter(at_T, c.modulus)->systematic_error));
        CHECK(at_T.warnings.size() == r.warnings.size() + 1);
        // Relative data are no moduli.
        const auto relative = fit_series(kww_data(true), options_of(c.model, 0.02, 0.0));
        REQUIRE(relative.is_usable());
        CHECK(std::isnan(find_parameter(relative, c.modulus)->systematic_error));
        CHECK(find_parameter(relative, c.exponent)->systematic_error == 0.0);
    }
}

}  // namespace relaxd::model
