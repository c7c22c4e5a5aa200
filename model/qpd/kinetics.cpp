// SPDX-License-Identifier: MIT
#include "model/qpd/kinetics.hpp"

#include "model/domain.hpp"

#include <algorithm>
#include <cmath>

namespace relaxd::model {

namespace {

Result<void> check(double time_s, double tau_beta_s, double t0_s, double chi) {
    return all_of(
        need_not_negative("time_s", time_s),
        need_positive("tau_beta_s", tau_beta_s),
        need_positive("t0_s", t0_s),
        need_fraction("chi", chi)
    );
}

/// ln(1 + e^u)
double softplus(double u) {
    return std::max(u, 0.0) + std::log1p(std::exp(-std::abs(u)));
}

/// N of Eq. 13 with tau_1 of Eq. 11a throughout, at s = t/tau_max. In s the equation is
/// dN/ds = -N s^(chi-1) + 1 - N, so with phi(s) = s^chi/chi + s
///     N = exp(-phi(s)) + int_0^s exp(phi(r) - phi(s)) dr.
/// The integral by the trapezoid in u = ln(x/(1 - x)), r = s (1 - x): the integrand is positive,
/// analytic in |Im u| < pi/2 and falls as e^-|u| or faster, whatever the size of s.
double uncapped(double ln_s, double chi) {
    constexpr double step = 0.25;
    constexpr double cut = 45.0;
    if (ln_s > 100.0) {
        return 1.0 / (1.0 + std::exp(-(1.0 - chi) * ln_s));  // steady, but for 1/s
    }
    const double ln_height = chi * ln_s - std::log(chi);  // of s^chi/chi
    double sum = 0.0;
    const double low = -std::max(0.0, ln_s) - cut;
    for (double k = std::floor(low / step); k * step <= cut; k += 1.0) {
        const double u = k * step;
        const double ln_x = -softplus(-u);
        const double ln_rest = -softplus(u);
        const double linear = std::exp(ln_s + ln_x);
        const double stretched = std::exp(ln_height + std::log(-std::expm1(chi * ln_rest)));
        const double fallen = linear + stretched;
        if (fallen > 745.0) {
            break;  // only falls further
        }
        sum += std::exp(ln_s + ln_x + ln_rest - fallen);
    }
    return std::exp(-std::exp(ln_height) - std::exp(ln_s)) + step * sum;
}

}  // namespace

Result<double> smd_kinetics(double time_s, double tau_beta_s, double t0_s, double chi, bool cap) {
    if (auto ok = check(time_s, tau_beta_s, t0_s, chi); !ok) {
        return fail(ok.error());
    }
    if (time_s == 0.0) {
        return 1.0;
    }
    const double ln_t0 = std::log(t0_s);
    const double ln_s = std::log(time_s) - ln_t0 - (std::log(tau_beta_s) - ln_t0) / chi;
    if (cap && ln_s > 0.0) {
        // tau_1 = tau_max: dN/ds = 1 - 2 N.
        return 0.5 + (uncapped(0.0, chi) - 0.5) * std::exp(-2.0 * std::expm1(ln_s));
    }
    return uncapped(ln_s, chi);
}

Result<double> smd_short_time(
    double time_s, double n0, double n_inf, double tau_beta_s, double t0_s, double chi
) {
    if (auto ok = all_of(
            check(time_s, tau_beta_s, t0_s, chi), need_finite("n0", n0), need_finite("n_inf", n_inf)
        );
        !ok) {
        return fail(ok.error());
    }
    // (t/tau_an)^chi = (t/t0)^chi (t0/tau_beta)/chi; log(0) = -infinity gives 0.
    const double ln_t0 = std::log(t0_s);
    const double ln_power = chi * (std::log(time_s) - ln_t0) - (std::log(tau_beta_s) - ln_t0);
    const double power = std::exp(ln_power) / chi;
    return n0 * std::exp(-power) - n_inf * std::expm1(-power);
}

}  // namespace relaxd::model
