// SPDX-License-Identifier: MIT
//
// What the tests of the dynamic fit share: the clean ramp, T_g as given, and what every answer must
// be.
#pragma once

#include "model/estimate/estimate.hpp"
#include "tests/model/simulation.hpp"
#include "tests/support/catch.hpp"

#include <cmath>
#include <vector>

namespace relaxd::test {

inline const std::vector<record::DynamicPoint>& ramp() {
    static const std::vector<record::DynamicPoint> points = clean_ramp({}, 300.0, 500.0, 0.2);
    return points;
}

/// A glass whose beta process is broad and slow: its loss rises all the way to the alpha process.
inline Glass wing() {
    Glass g;
    g.E_u_Pa = 8.5e10;
    g.E_r_Pa = 7.3e10;
    g.U_J_mol = 118e3;
    g.tau_beta0_s = 2e-14;
    g.B = 0.22;
    g.A_an_per_Pa = g.A_vp_per_Pa = 8e-12;
    g.chi_Tg = 0.42;
    g.T_g_K = 600.0;
    g.t0_s = 1e-7;
    return g;
}

inline record::FitOptions with_T_g(double mean = 453.0, double sd = 3.0) {
    record::FitOptions o;
    o.T_g_prior_K = record::Prior{mean, sd};
    return o;
}

inline double errors_of(const record::ParameterEstimate& e, double truth) {
    return std::abs(e.value - truth) / e.standard_error;
}

/// No NaN among values that are shown, ordered intervals, a symmetric correlation matrix.
inline void check_form(const record::FitResult& r) {
    for (const auto* list : {&r.parameters, &r.derived}) {
        for (const auto& e : *list) {
            CAPTURE(e.name, to_word(e.state));
            if (e.state == record::ParameterState::undetermined) {
                CHECK(std::isnan(e.value));
                CHECK(std::isnan(e.standard_error));
            } else if (e.state == record::ParameterState::fixed) {
                CHECK(std::isfinite(e.value));
            } else {
                CHECK(std::isfinite(e.value));
                CHECK(e.standard_error > 0.0);
                CHECK(e.lower_95 < e.value);
                CHECK(e.upper_95 > e.value);
            }
        }
    }
    const std::size_t n = r.correlation_names.size();
    REQUIRE(r.correlations.size() == n * n);
    for (std::size_t a = 0; a < n; ++a) {
        CHECK(r.correlations[a * n + a] == 1.0);
        for (std::size_t b = 0; b < n; ++b) {
            CHECK(r.correlations[a * n + b] == r.correlations[b * n + a]);
            CHECK(std::abs(r.correlations[a * n + b]) <= 1.0);
        }
    }
}

}  // namespace relaxd::test
