// SPDX-License-Identifier: MIT
//
// Materials and small helpers of the tests of model/rate.
#pragma once

#include "model/rate/rate_form.hpp"
#include "tests/model/table_1.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace relaxd::model::rate_test {

inline constexpr double infinite = std::numeric_limits<double>::infinity();

/// Without the effects of stress and strain: linear.
inline QpdParameters linear_table_1() {
    return test::table_1();
}

/// S1 Table 1 whole, B = 1 (E1-13).
inline QpdParameters table_1() {
    QpdParameters p = linear_table_1();
    p.sigma1_Pa = 2.8e10;
    p.a2 = 1.8;
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
