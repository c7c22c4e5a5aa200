// SPDX-License-Identifier: MIT
//
// chi of isothermal sweeps and the beta peaks: the recipes with their known bias, and the corrected
// values that remove it (ANALYSIS 4.2 A, B; E1-17, E1-18).
#include "model/estimate/estimate.hpp"
#include "model/estimate/weighted_line.hpp"
#include "tests/model/simulation.hpp"
#include "tests/support/catch.hpp"

#include <cmath>
#include <vector>

namespace relaxd::model {

namespace {

using record::FitOptions;
using record::ParameterState;
using test::parameter;

const std::vector<double> temperatures_K = {412.0, 424.0, 436.0, 448.0};

record::FitResult dynamic_estimate() {
    auto points = test::clean_ramp({}, 300.0, 500.0, 0.2);
    FitOptions o;
    o.T_g_prior_K = record::Prior{453.0, 3.0};
    return fit_dynamic(test::with_noise(points, 11), o);
}

}  // namespace

TEST_CASE("each isothermal sweep is one isotherm with its own recipe value") {
    const auto points = test::with_noise(test::clean_sweeps({}, temperatures_K, 100), 2);
    FitOptions o;
    o.model = "chi-slope";
    const auto r = fit_chi_slope(points, o);
    REQUIRE(r.is_usable());
    REQUIRE(r.isotherms.size() == temperatures_K.size());
    for (std::size_t i = 0; i < temperatures_K.size(); ++i) {
        const auto& t = r.isotherms[i];
        CHECK(t.temperature_K == Approx(temperatures_K[i]));
        CHECK(t.n_points == 16);
        CHECK(t.segment == static_cast<int>(i) + 2);
        CHECK(t.first_seq == 100 + 16 * i);
        CHECK(t.last_seq == 115 + 16 * i);
        CHECK(t.chi_slope.name == "chi_slope");
        CHECK(std::isfinite(t.chi_slope.value));
        CHECK_FALSE(t.chi.has_value());
    }
    // The recipe is low where the beta tail still counts (E1-17) …
    CHECK(r.isotherms[0].chi_slope.value < 0.38);
}

TEST_CASE("with a dynamic estimate chi of the sweep is the true one") {
    const auto points = test::with_noise(test::clean_sweeps({}, temperatures_K, 100), 2);
    const auto dynamic = dynamic_estimate();
    REQUIRE(dynamic.is_usable());
    const auto r = fit_chi_slope(points, FitOptions{}, &dynamic);
    int determined = 0;
    for (const auto& t : r.isotherms) {
        if (!t.chi || t.chi->state != ParameterState::determined) {
            continue;
        }
        ++determined;
        CAPTURE(t.temperature_K, t.chi->value, t.chi->standard_error);
        CHECK(t.chi->name == "chi");
        CHECK(std::abs(t.chi->value - 0.4) < 4.0 * t.chi->standard_error);
        CHECK(t.chi->standard_error < 0.02);
        CHECK(std::abs(t.chi->value - 0.4) < std::abs(t.chi_slope.value - 0.4));
    }
    CHECK(determined >= 2);
}

TEST_CASE("where the correction of a sweep leaves the model, chi has no value and nothing crashes"
) {
    // Half an error below 0.4 the chi of a glass is 0.01 or negative: the model has no value there,
    // above T_g perhaps.
    const double error = GENERATE(0.78, 0.9);
    auto dynamic = dynamic_estimate();
    REQUIRE(dynamic.is_usable());
    for (auto& e : dynamic.parameters) {
        e.standard_error = e.name == "chi_Tg" ? error : e.standard_error;
    }
    const auto sweeps = test::clean_sweeps({}, {430.0, 465.0}, 100);
    const auto r = fit_chi_slope(test::with_noise(sweeps, 2), FitOptions{}, &dynamic);
    REQUIRE(r.isotherms.size() == 2);
    for (const auto& t : r.isotherms) {
        CAPTURE(t.temperature_K);
        CHECK((!t.chi || t.chi->state != ParameterState::determined));
        CHECK(std::isfinite(t.chi_slope.value));
    }
}

TEST_CASE("a ramp and short sweeps are no isotherms") {
    const auto ramp = test::with_noise(test::clean_ramp({}, 400.0, 440.0, 0.1), 1);
    const auto r = fit_chi_slope(ramp, FitOptions{});
    CHECK(r.status == "no_estimate");
    CHECK(r.reason.find("5 frequencies") != std::string::npos);
    auto sweep = test::clean_sweeps({}, {430.0}, 1);
    sweep.resize(4);
    CHECK(fit_chi_slope(sweep, FitOptions{}).status == "no_estimate");
    sweep = test::clean_sweeps({}, {430.0}, 1);
    for (auto& p : sweep) {
        p.loss_modulus_Pa = record::unknown;
    }
    CHECK(fit_chi_slope(sweep, FitOptions{}).status == "no_estimate");
}

TEST_CASE("a sweep below one decade is hinted, not determined") {
    auto sweep = test::with_noise(test::clean_sweeps({}, {430.0}, 1), 1);
    sweep.resize(5);  // 0.8 decades
    const auto r = fit_chi_slope(sweep, FitOptions{});
    REQUIRE(r.isotherms.size() == 1);
    CHECK(r.isotherms[0].chi_slope.state == ParameterState::hinted);
}

TEST_CASE("the recipe's error covers its own scatter on a pure power law") {
    int outside = 0;
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        test::Noise noise(seed);
        std::vector<record::DynamicPoint> points;
        for (int k = 0; k <= 11; ++k) {
            record::DynamicPoint p;
            p.temperature_K = 430.0;
            p.frequency_Hz = 0.01 * std::pow(10.0, k / 5.0);
            p.storage_modulus_Pa = 3e10 * (1.0 + 0.003 * noise());
            const double loss = 3e10 * 0.02 * std::pow(p.frequency_Hz, -0.4);
            p.loss_modulus_Pa = loss + (0.01 * loss + 3e6) * noise();
            points.push_back(p);
        }
        const auto r = fit_chi_slope(points, FitOptions{});
        const auto& e = r.isotherms.at(0).chi_slope;
        outside += e.lower_95 > 0.4 || e.upper_95 < 0.4 ? 1 : 0;
    }
    CHECK(outside <= 18);  // 10 expected
}

TEST_CASE("beta peaks lie where PHYSICS 4 says, and U from them has the bias of E1-18") {
    // Two points a frequency and kelvin; `exact` moves the beta peaks by the alpha flank only.
    const auto clean = test::clean_ramp({}, 300.0, 460.0, 0.1, record::Form::printed);
    FitOptions o;
    const auto r = fit_beta_peaks(test::with_noise(clean, 1, 0.3), o);
    REQUIRE(r.is_usable());
    REQUIRE(r.peaks.size() == 5);
    const double expected_K[] = {359.30, 368.67, 378.64, 389.34, 401.02};
    for (int k = 0; k < 5; ++k) {
        const auto& p = r.peaks[static_cast<std::size_t>(k)];
        CAPTURE(p.frequency_Hz, p.temperature_K.value, p.temperature_K.standard_error);
        CHECK(p.frequency_Hz == Approx(std::pow(2.0, k)));
        CHECK(
            p.temperature_K.value ==
            Approx(expected_K[k]).margin(0.25 + 4.0 * p.temperature_K.standard_error)
        );
    }
    // ω τ = 1 at the peak returns 79.7 kJ/mol instead of 83.12 for B = 1.
    const auto& U = parameter(r, "U_beta_peaks");
    CHECK(U.value == Approx(79700.0).margin(300.0 + 4.0 * U.standard_error));
    CHECK(std::isfinite(parameter(r, "tau_beta0_peaks").value));
    CHECK(test::find(r.parameters, "U_beta_peaks_corr") == nullptr);
}

TEST_CASE("corrected beta peaks give the true U and tau_beta0") {
    const auto dynamic = dynamic_estimate();
    const auto clean = test::clean_ramp({}, 300.0, 460.0, 0.1);
    const auto r = fit_beta_peaks(test::with_noise(clean, 4, 0.3), FitOptions{}, &dynamic);
    REQUIRE(r.is_usable());
    const auto& U = parameter(r, "U_beta_peaks_corr");
    const auto& tau = parameter(r, "tau_beta0_peaks_corr");
    CAPTURE(U.value, U.standard_error, tau.value, tau.standard_error);
    CHECK(std::abs(U.value - 83120.0) < 4.0 * U.standard_error + 200.0);
    CHECK(std::abs(std::log(tau.value / 1.86e-13)) < 4.0 * tau.standard_error / tau.value + 0.1);
    CHECK(U.state == ParameterState::determined);
}

TEST_CASE("where no beta peak exists, that is the answer") {
    FitOptions o;
    const auto shoulder = test::Glass{.B = 0.2};
    const auto clean = test::clean_ramp(shoulder, 300.0, 500.0, 0.2);
    const auto r = fit_beta_peaks(test::with_noise(clean, 1), o);
    CHECK(r.status == "no_estimate");
    CHECK_FALSE(r.reason.empty());
    auto negative = test::clean_ramp({}, 300.0, 460.0, 0.2);
    for (auto& p : negative) {
        p.loss_modulus_Pa -= 5e9;  // a phase offset that was never corrected
    }
    CHECK(
        fit_beta_peaks(test::with_noise(negative, 1), o).reason.find("negative") !=
        std::string::npos
    );
    CHECK(fit_dynamic(test::with_noise(negative, 1), o).reason.find("start") == std::string::npos);
    const auto rising = test::clean_ramp({}, 300.0, 340.0, 0.2);
    CHECK(fit_beta_peaks(test::with_noise(rising, 1), o).status == "no_estimate");
    CHECK(fit_beta_peaks({}, o).status == "no_estimate");
}

TEST_CASE("a weighted line is exact in any order and Student's quantile is near the tables") {
    WeightedLine forward;
    WeightedLine backward;
    for (int k = 0; k < 50; ++k) {
        const double x = 1e6 + k;
        forward.add(x, 2.0 - 0.4 * x, 1.0 + k);
        const double y = 1e6 + (49 - k);
        backward.add(y, 2.0 - 0.4 * y, 1.0 + (49 - k));
    }
    CHECK(forward.slope() == Approx(-0.4).epsilon(1e-9));
    CHECK(backward.slope() == Approx(forward.slope()).epsilon(1e-9));
    CHECK(student_95(1) == Approx(12.706));
    CHECK(student_95(12) == Approx(2.179).epsilon(0.005));
    CHECK(student_95(30) == Approx(2.042).epsilon(0.005));
    CHECK(student_95(1e9) == Approx(1.95996).epsilon(1e-4));
}

}  // namespace relaxd::model
