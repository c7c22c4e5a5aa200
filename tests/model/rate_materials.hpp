// SPDX-License-Identifier: MIT
//
// Materials and small helpers of the tests of model/rate.
#pragma once

#include "model/rate/rate_form.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace relaxd::model::rate_test {

inline constexpr double infinite = std::numeric_limits<double>::infinity();

/// S1 Table 1, B = 1 (E1-13).
inline QpdParameters table_1() {
    QpdParameters p;
    p.E_u_Pa = 3.3e10;
    p.E_r_Pa = 3.06e10;
    p.U_beta_J_mol = 83120.0;
    p.tau_beta0_s = 1.86e-13;
    p.B = 1.0;
    p.A_an_per_Pa = 1.5e-11;
    p.A_vp_per_Pa = 1.5e-11;
    p.chi_Tg = 0.4;
    p.a1_per_K = 0.00231;
    p.T_g_K = 453.0;
    p.t0_s = 6e-7;
    p.sigma1_Pa = 2.8e10;
    p.a2 = 1.8;
    return p;
}

/// Without the effects of stress and strain: linear.
inline QpdParameters linear_table_1() {
    QpdParameters p = table_1();
    p.sigma1_Pa = infinite;
    p.a2 = 0.0;
    return p;
}

/// |a - b| over |b|, with a least size of b.
inline double apart(double a, double b, double least) {
    return std::abs(a - b) / std::max({std::abs(b), least, 1e-300});
}

/// The contract's measure: the largest relative deviation of any part, parts below 1e-12 of the
/// largest sum measured against that.
inline double worst(const std::vector<StrainParts>& a, const std::vector<StrainParts>& b) {
    double largest = 0.0;
    for (const StrainParts& s : b) {
        largest = std::max(largest, std::abs(s.total()));
    }
    double out = 0.0;
    for (std::size_t k = 0; k < b.size(); ++k) {
        const double least = 1e-12 * largest;
        out = std::max({
            out,
            apart(a[k].total(), b[k].total(), least),
            apart(a[k].eps_el, b[k].eps_el, least),
            apart(a[k].eps_beta, b[k].eps_beta, least),
            apart(a[k].eps_an, b[k].eps_an, least),
            apart(a[k].eps_vp, b[k].eps_vp, least),
        });
    }
    return out;
}

inline std::vector<double> powers(double low, double high, double per_decade) {
    std::vector<double> out;
    const double count = std::log10(high / low) * per_decade;
    for (double k = 0.0; k <= count + 1e-9; k += 1.0) {
        out.push_back(low * std::pow(10.0, k / per_decade));
    }
    return out;
}

}  // namespace relaxd::model::rate_test
