// SPDX-License-Identifier: MIT
//
// The common steady state of both formulations (PHYSICS 2, E1-14, E1-15).
#include "model/domain.hpp"
#include "model/rate/rate_material.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace relaxd::model {

namespace {

constexpr double ln_largest = 709.0;
constexpr double scan_step = 0.02;  ///< In ln(stress).

}  // namespace

/// ln of the flow rate over the rate wanted: negative below the steady stress.
double RateMaterial::ln_rate_misfit(double ln_stress, double ln_rate) const {
    const double stress = std::exp(ln_stress);
    const double chi_now = chi_T_ + p_.a2 * p_.A_an_per_Pa * stress;
    return ln_stress + std::log(p_.A_vp_per_Pa) - times(stress, chi_now).max.value - ln_rate;
}

Result<double> RateMaterial::steady_stress_Pa(double strain_rate_per_s) const {
    if (!(p_.A_vp_per_Pa > 0.0)) {
        return out_of_domain("A_vp_per_Pa", p_.A_vp_per_Pa, "positive for a steady flow");
    }
    const double ln_rate = std::log(strain_rate_per_s);
    const double slope = p_.a2 * p_.A_an_per_Pa;  // of chi in stress
    const double inf = std::numeric_limits<double>::infinity();
    // chi leaves (0, 1) at this stress.
    const double ln_end =
        slope == 0.0 ? inf : std::log(slope > 0.0 ? (1.0 - chi_T_) / slope : -chi_T_ / slope);
    const double ln_linear = ln_rate + times(0.0, chi_T_).max.value - std::log(p_.A_vp_per_Pa);
    const double ln_sigma1 = std::log(p_.sigma1_Pa);
    // Up to exp(reach) neither sigma1 nor a2 moves the rate much.
    const double reach = std::min(ln_sigma1, ln_end) - std::log(1.0 + std::abs(beta_.height)) -
                         2.0 * std::log(1.0 / chi_T_) - 10.0;
    // Without an effect of strain nothing moves above sigma1.
    const double last = slope != 0.0 ? ln_end : std::min(ln_sigma1, ln_linear + 1.0);
    double low = std::min(ln_linear - 1.0, reach);
    double high = low;
    bool found = false;
    while (!found && high < last) {
        low = high;
        high = std::min(high + scan_step, last);
        found = ln_rate_misfit(high, ln_rate) >= 0.0;
    }
    if (!found && slope == 0.0) {
        high = ln_rate + times(p_.sigma1_Pa, chi_T_).max.value - std::log(p_.A_vp_per_Pa);
        low = high;
    } else if (!found) {
        return fail(
            Errc::invalid,
            "a2 is " + shown(p_.a2) +
                " and leads chi(T) + a2 A_an sigma out of (0, 1) before the flow becomes steady at "
                "strain_rate_per_s = " +
                shown(strain_rate_per_s),
            "a2"
        );
    }
    for (int k = 0; k < 200 && high - low > 1e-15 * std::max(1.0, std::abs(high)); ++k) {
        const double middle = 0.5 * (low + high);
        (ln_rate_misfit(middle, ln_rate) >= 0.0 ? high : low) = middle;
    }
    if (high > ln_largest) {
        return fail(
            Errc::overflow,
            "steady_stress_Pa leaves the range of double at strain_rate_per_s = " +
                shown(strain_rate_per_s),
            "strain_rate_per_s"
        );
    }
    return std::exp(high);
}

}  // namespace relaxd::model
