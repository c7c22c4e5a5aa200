// SPDX-License-Identifier: MIT
//
// Activation and annihilation of sheared microdomains: S1 Eqs. 12-15, in the reduced variable
// N = (n - n_inf)/(n_0 - n_inf) (E1-7). Times in seconds from 0 on, 0 < chi < 1, all to a relative
// 1e-11. Errors (`Errc::invalid`) name the input in `where`.

#pragma once

#include "schema/base/result.hpp"

namespace relaxd::model {

/// N(t) of S1 Eqs. 12, 13: dN/dt = -N/tau_1(t) + (1 - N)/tau_max, N(0) = 1, tau_1 of Eq. 11a, from
/// tau_max on held at tau_max when `cap` (E1-8).
[[nodiscard]] Result<double> smd_kinetics(
    double time_s, double tau_beta_s, double t0_s, double chi, bool cap
);

/// n(t) of S1 Eqs. 14, 15: n_inf + (n_0 - n_inf) exp[-(t/tau_an)^chi].
[[nodiscard]] Result<double> smd_short_time(
    double time_s, double n0, double n_inf, double tau_beta_s, double t0_s, double chi
);

}  // namespace relaxd::model
