// SPDX-License-Identifier: MIT
//
// The superposition finds the shifts that made the data, with errors that cover them, tells when
// one shape or one activation energy does not do, and refuses what cannot be superposed. Oracles:
// the laws the simulated glass was made with (master_materials.hpp).

#include "model/master/master.hpp"
#include "tests/master/master_materials.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

using relaxd::record::DynamicPoint;
using relaxd::record::FitOptions;
using relaxd::record::FitResult;
using relaxd::record::ParameterState;
using relaxd::test::SimulatedGlass;

namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();
constexpr double decade = 2.302585092994046;

FitOptions options_with(const std::string& formulation = {}) {
    FitOptions options;
    options.model = "master-curve";
    options.formulation = formulation;
    return options;
}

FitResult superpose(const SimulatedGlass& glass, unsigned seed, const FitOptions& options) {
    return relaxd::model::fit_master_curve(glass.points(seed), options);
}

/// What many seeds say of shifts and energy.
struct Statistics {
    double squares = 0.0;  ///< Of the shifts' errors with their mean taken out, in decades.
    double z2 = 0.0;
    int n_z = 0;
    double energy = 0.0;
    double energy_z2 = 0.0;
    int n = 0;
    int below_5_percent = 0;

    void add(const SimulatedGlass& glass, const FitResult& result) {
        REQUIRE(result.is_usable());
        const double T_ref_K = relaxd::test::find_parameter(result, "T_ref_K")->value;
        std::vector<double> errors;
        double mean = 0.0;
        for (const auto& shift : result.shifts) {
            const double truth = glass.ln_tau(shift.temperature_K) - glass.ln_tau(T_ref_K);
            const double error = shift.ln_aT.value - truth;
            errors.push_back(error);
            mean += error / static_cast<double>(result.shifts.size());
            if (shift.ln_aT.state == ParameterState::fixed) {
                CHECK(shift.ln_aT.value == 0.0);
                continue;
            }
            CHECK(shift.ln_aT.state == ParameterState::determined);
            z2 += std::pow(error / shift.ln_aT.standard_error, 2);
            ++n_z;
        }
        for (const double error : errors) {
            squares += std::pow((error - mean) / decade, 2) / static_cast<double>(errors.size());
        }
        const auto* E = relaxd::test::find_parameter(result, "E_alpha_J_mol");
        REQUIRE(E->state == ParameterState::determined);
        energy += E->value;
        energy_z2 += std::pow((E->value - glass.E_J_mol) / E->standard_error, 2);
        REQUIRE(result.tts_holds.has_value());
        below_5_percent += result.tts_holds->p_value < 0.05 ? 1 : 0;
        ++n;
    }
    [[nodiscard]] double rms_decades() const { return std::sqrt(squares / n); }
    [[nodiscard]] double z_rms() const { return std::sqrt(z2 / n_z); }
    [[nodiscard]] double energy_z_rms() const { return std::sqrt(energy_z2 / n); }
};

}  // namespace

TEST_CASE("shifts and activation energy of the simulated glass are right within their errors") {
    for (const std::string formulation : {"", "spline"}) {
        for (const bool has_sigmas : {true, false}) {
            SimulatedGlass glass;
            glass.has_sigmas = has_sigmas;
            Statistics statistics;
            for (unsigned seed = 1; seed <= 15; ++seed) {
                statistics.add(glass, superpose(glass, seed, options_with(formulation)));
            }
            CAPTURE(formulation, has_sigmas);
            CHECK(statistics.rms_decades() < 0.01);
            CHECK(statistics.z_rms() > 0.75);
            CHECK(statistics.z_rms() < 1.3);
            CHECK(statistics.energy_z_rms() < 1.5);
            CHECK(statistics.energy / statistics.n == Approx(glass.E_J_mol).epsilon(3e-4));
            CHECK(statistics.below_5_percent <= 4);
        }
    }
}

TEST_CASE("three times the noise makes three times the error and the same honesty") {
    SimulatedGlass glass;
    glass.noise = 3.0;
    Statistics statistics;
    for (unsigned seed = 1; seed <= 15; ++seed) {
        statistics.add(glass, superpose(glass, seed, options_with("spline")));
    }
    CHECK(statistics.rms_decades() < 0.025);
    CHECK(statistics.z_rms() > 0.75);
    CHECK(statistics.z_rms() < 1.3);
}

TEST_CASE("the shape that made the data is the one that is chosen, and is listed") {
    SimulatedGlass glass;
    const FitResult kww = superpose(glass, 1, options_with());
    REQUIRE(kww.is_usable());
    CHECK(kww.formulation == "kww");
    const auto* beta = relaxd::test::find_parameter(kww, "beta");
    REQUIRE(beta != nullptr);
    CHECK(std::abs(beta->value - 0.49) < 4.0 * beta->standard_error);
    int chosen = 0;
    for (const auto& alternative : kww.alternatives) {
        chosen += alternative.is_chosen ? 1 : 0;
    }
    CHECK(chosen == 1);
    CHECK(kww.alternatives.size() >= 4);

    glass.is_eq9 = true;
    const FitResult eq9 = superpose(glass, 1, options_with());
    REQUIRE(eq9.is_usable());
    CHECK(eq9.formulation == "eq9");
    const auto* chi = relaxd::test::find_parameter(eq9, "chi");
    REQUIRE(chi != nullptr);
    CHECK(std::abs(chi->value - 0.352) < 4.0 * chi->standard_error);
    CHECK(
        relaxd::test::find_parameter(eq9, "E_alpha_J_mol")->value ==
        Approx(glass.E_J_mol).epsilon(3e-3)
    );
}

TEST_CASE("a shape that was asked for and does not fit determines nothing") {
    const FitResult result = superpose(SimulatedGlass(), 6, options_with("eq9"));
    REQUIRE(result.is_usable());
    CHECK(result.formulation == "eq9");
    for (const auto& parameter : result.parameters) {
        CHECK(parameter.state != ParameterState::determined);
    }
    for (const auto& shift : result.shifts) {
        CHECK(shift.ln_aT.state != ParameterState::determined);
    }
    CHECK_FALSE(result.warnings.empty());
}

TEST_CASE("a shape that changes with temperature is noticed") {
    SimulatedGlass glass;
    glass.beta_per_K = 0.0015;
    const FitResult result = superpose(glass, 3, options_with());
    REQUIRE(result.is_usable());
    REQUIRE(result.tts_holds.has_value());
    CHECK_FALSE(result.tts_holds->holds);
    CHECK(result.tts_holds->p_value < 1e-4);
    CHECK_FALSE(result.warnings.empty());
}

TEST_CASE("times that follow no Arrhenius law keep their shifts, and the energy is but a mean") {
    SimulatedGlass glass;
    glass.curvature_K2 = 2e-4;
    const FitResult result = superpose(glass, 5, options_with());
    REQUIRE(result.is_usable());
    const double T_ref_K = relaxd::test::find_parameter(result, "T_ref_K")->value;
    for (const auto& shift : result.shifts) {
        const double truth = glass.ln_tau(shift.temperature_K) - glass.ln_tau(T_ref_K);
        CHECK(std::abs(shift.ln_aT.value - truth) < 0.1);
    }
    CHECK(result.tts_holds->holds);
    const auto* E = relaxd::test::find_parameter(result, "E_alpha_J_mol");
    CHECK(E->state == ParameterState::hinted);
    CHECK(E->method.find("mean slope") != std::string::npos);
    CHECK(std::abs(E->value - glass.E_J_mol) < 4.0 * E->standard_error);
}

TEST_CASE("outliers of one isotherm are counted and move no shift beyond its error") {
    const SimulatedGlass glass;
    auto points = glass.points(7);
    const FitResult clean = relaxd::model::fit_master_curve(points, options_with());
    for (const std::size_t i : {5U, 60U, 61U, 130U}) {
        points[i].loss_modulus_Pa *= 1.3;
    }
    const FitResult hit = relaxd::model::fit_master_curve(points, options_with());
    REQUIRE(hit.is_usable());
    CHECK(hit.n_flagged >= 4);
    CHECK(hit.n_flagged <= clean.n_flagged + 5);
    for (std::size_t k = 0; k < clean.shifts.size(); ++k) {
        const auto& a = clean.shifts[k].ln_aT;
        if (a.state != ParameterState::fixed) {
            CHECK(std::abs(a.value - hit.shifts[k].ln_aT.value) < 1.5 * a.standard_error);
        }
    }
}

TEST_CASE("reference, fixed energy and priors are taken as asked") {
    const SimulatedGlass glass;
    const auto points = glass.points(2);
    FitOptions options = options_with();
    options.fixed["T_ref_K"] = 671.0;
    const FitResult moved = relaxd::model::fit_master_curve(points, options);
    REQUIRE(moved.is_usable());
    CHECK(relaxd::test::find_parameter(moved, "T_ref_K")->value == Approx(670.0));
    CHECK(moved.shifts[4].ln_aT.value == 0.0);
    CHECK(moved.shifts[4].ln_aT.state == ParameterState::fixed);

    // Another zero, the same superposition.
    const FitResult middle = relaxd::model::fit_master_curve(points, options_with());
    REQUIRE(middle.is_usable());
    for (std::size_t k = 0; k < middle.shifts.size(); ++k) {
        CHECK(
            moved.shifts[k].ln_aT.value ==
            Approx(middle.shifts[k].ln_aT.value - middle.shifts[4].ln_aT.value).margin(1e-12)
        );
    }

    options.fixed["E_alpha_J_mol"] = 5e5;
    const FitResult fixed = relaxd::model::fit_master_curve(points, options);
    REQUIRE(fixed.is_usable());
    CHECK(fixed.parameters[0].value == 5e5);
    CHECK(fixed.parameters[0].state == ParameterState::fixed);

    options.fixed.clear();
    options.priors["E_alpha_J_mol"] = {glass.E_J_mol, 10.0};
    const FitResult sharp = relaxd::model::fit_master_curve(points, options);
    REQUIRE(sharp.is_usable());
    CHECK(sharp.parameters[0].shrinkage > 0.9);

    options.priors.clear();
    options.fixed["chi"] = 0.4;
    const FitResult refused = relaxd::model::fit_master_curve(points, options);
    CHECK_FALSE(refused.is_usable());
    CHECK(refused.reason.find("chi") != std::string::npos);
    CHECK_FALSE(superpose(glass, 2, options_with("hereditary")).is_usable());
}

TEST_CASE("tensile moduli and other units of scale give the same shifts") {
    const SimulatedGlass glass;
    auto points = glass.points(4);
    const FitResult shear = relaxd::model::fit_master_curve(points, options_with());
    for (auto& p : points) {
        p.is_shear = false;
        p.storage_modulus_Pa *= 2.7;
        p.loss_modulus_Pa *= 2.7;
        p.storage_modulus_sigma_Pa *= 2.7;
        p.loss_modulus_sigma_Pa *= 2.7;
    }
    const FitResult tensile = relaxd::model::fit_master_curve(points, options_with());
    REQUIRE(tensile.is_usable());
    for (std::size_t k = 0; k < shear.shifts.size(); ++k) {
        CHECK(tensile.shifts[k].ln_aT.value == Approx(shear.shifts[k].ln_aT.value).margin(1e-3));
    }
    points[0].is_shear = true;
    CHECK_FALSE(relaxd::model::fit_master_curve(points, options_with()).is_usable());
}

TEST_CASE("what cannot be superposed gives no estimate and the reason") {
    const auto refuses = [](const std::vector<DynamicPoint>& points, const char* word) {
        const FitResult result = relaxd::model::fit_master_curve(points, options_with());
        CAPTURE(word, result.reason);
        CHECK_FALSE(result.is_usable());
        CHECK(result.shifts.empty());
        CHECK(result.parameters.empty());
        CHECK(result.reason.find(word) != std::string::npos);
    };
    const auto good = SimulatedGlass().points(1);
    refuses({}, "no rows");
    refuses({good.begin(), good.begin() + 3}, "2 temperatures");
    SimulatedGlass one;
    one.temperatures_K = {690.0};
    refuses(one.points(1), "2 temperatures");
    one.temperatures_K = {690.0, 690.1};
    auto same = one.points(1);
    for (auto& p : same) {
        p.segment = p.temperature_K > 690.05 ? 2 : 1;
    }
    refuses(same, "one temperature");

    auto bad = good;
    for (auto& p : bad) {
        p.loss_modulus_Pa = missing;
    }
    refuses(bad, "positive");
    bad = good;
    for (auto& p : bad) {
        p.loss_modulus_Pa = -p.loss_modulus_Pa;
    }
    refuses(bad, "positive");
    bad = good;
    for (auto& p : bad) {
        p.storage_modulus_Pa = 0.0;
    }
    refuses(bad, "positive");
    bad = good;
    for (auto& p : bad) {
        p.storage_modulus_sigma_Pa = 1e30;
    }
    refuses(bad, "positive");

    std::vector<DynamicPoint> ramp;
    for (int i = 0; i < 300; ++i) {
        DynamicPoint p = good[static_cast<std::size_t>(i % 12)];
        p.temperature_K = 650.0 + 0.1 * i;
        p.segment = 1;
        ramp.push_back(p);
    }
    refuses(ramp, "ramp");
}

TEST_CASE("isotherms too far apart to overlap are not joined by a spline") {
    // Moduli that fall by decades between the sweeps.
    std::vector<DynamicPoint> points;
    for (int k = 0; k < 3; ++k) {
        for (int j = 0; j < 12; ++j) {
            DynamicPoint p;
            p.seq = points.size() + 1;
            p.temperature_K = 400.0 + 50.0 * k;
            p.frequency_Hz = 0.1 * std::pow(10.0, j / 11.0);
            p.storage_modulus_Pa = 1e9 * std::pow(10.0, -1.5 * k) * std::pow(p.frequency_Hz, 0.05);
            p.loss_modulus_Pa = 2e7 * std::pow(10.0, -1.5 * k) * std::pow(p.frequency_Hz, 0.1);
            p.storage_modulus_sigma_Pa = 0.01 * p.storage_modulus_Pa;
            p.loss_modulus_sigma_Pa = 0.02 * p.loss_modulus_Pa;
            points.push_back(p);
        }
    }
    const FitResult result = relaxd::model::fit_master_curve(points, options_with("spline"));
    CAPTURE(result.reason);
    CHECK_FALSE(result.is_usable());
    CHECK(result.reason.find("overlap") != std::string::npos);
}

TEST_CASE("rows in the order of their frequencies are the same isotherms") {
    const SimulatedGlass glass;
    std::vector<DynamicPoint> points = glass.points(5);
    const FitResult plain = relaxd::model::fit_master_curve(points, options_with());
    REQUIRE(plain.is_usable());
    std::sort(points.begin(), points.end(), [](const auto& a, const auto& b) {
        return std::tie(a.frequency_Hz, a.temperature_K) <
               std::tie(b.frequency_Hz, b.temperature_K);
    });
    const FitResult sorted = relaxd::model::fit_master_curve(points, options_with());
    CAPTURE(sorted.reason);
    REQUIRE(sorted.is_usable());
    REQUIRE(sorted.shifts.size() == plain.shifts.size());
    for (std::size_t k = 0; k < plain.shifts.size(); ++k) {
        CHECK(sorted.shifts[k].ln_aT.value == Approx(plain.shifts[k].ln_aT.value).margin(1e-6));
    }
}
