// SPDX-License-Identifier: MIT
//
// Alpha peaks of E''(T) against the published and independently computed places of S1 Table 1.
#include "model/estimate/estimate.hpp"
#include "tests/model/simulation.hpp"
#include "tests/support/catch.hpp"

#include <cmath>
#include <numbers>

namespace relaxd::model {

TEST_CASE("alpha peaks lie where PHYSICS 4 says, in all three forms") {
    const std::pair<record::Form, double> cases[] = {
        {record::Form::printed, 481.79},
        {record::Form::gamma, 482.45},
        {record::Form::exact, 488.15},
    };
    for (const auto& [form, peak_K] : cases) {
        record::FitOptions o;
        o.model = "alpha-peaks";
        o.T_g_fixed_K = 453.0;
        const auto r = fit(test::clean_ramp({}, 460.0, 524.0, 0.4, form), o);
        CAPTURE(to_word(form), r.reason);
        REQUIRE(r.is_usable());
        REQUIRE(r.peaks.size() == 5);
        CHECK(r.peaks[0].frequency_Hz == Approx(1.0));
        CHECK(r.peaks[0].temperature_K.value == Approx(peak_K).margin(0.6));
        CHECK(r.peaks[0].temperature_K.method == "E'' peak 1 Hz");
        const auto& E = test::parameter(r, "E_alpha_peaks");
        const auto& m = test::parameter(r, "fragility_m");
        CHECK(E.state == record::ParameterState::determined);
        // Arrhenius through the first and the last peak.
        const double T_1 = r.peaks[0].temperature_K.value;
        const double T_16 = r.peaks[4].temperature_K.value;
        const double two = 8.31446261815324 * std::log(16.0) / (1.0 / T_1 - 1.0 / T_16);
        CHECK(E.value == Approx(two).epsilon(0.03));
        const double f0 = std::exp(E.value / (8.31446261815324 * T_1));
        CHECK(std::log(test::parameter(r, "f0_peaks").value) == Approx(std::log(f0)).margin(0.5));
        CHECK(m.value == Approx(E.value / (8.31446261815324 * 453.0 * std::numbers::ln10)));
    }
}

TEST_CASE("without an alpha peak, or without T_g, that is the answer") {
    record::FitOptions o;
    o.model = "alpha-peaks";
    const auto printed = record::Form::printed;
    const auto below = fit(test::clean_ramp({}, 300.0, 460.0, 0.4, printed), o);
    CHECK(below.status == "no_estimate");
    CHECK(below.reason.find("alpha peak") != std::string::npos);
    CHECK(fit({}, o).status == "no_estimate");
    const auto beta_only = fit(test::clean_ramp({}, 300.0, 395.0, 0.4, printed), o);
    CHECK(beta_only.status == "no_estimate");
    const auto no_T_g = fit(test::clean_ramp({}, 460.0, 524.0, 0.4, printed), o);
    REQUIRE(no_T_g.is_usable());
    CHECK(test::parameter(no_T_g, "fragility_m").state == record::ParameterState::undetermined);
    CHECK(no_T_g.warnings.size() == 1);
}

}  // namespace relaxd::model
