// SPDX-License-Identifier: MIT
//
// Bergman's loss peak, S2 Eq. 17 (an approximation: its b is 0.014 above the exact beta, E2-19),
// and the stretched exponential in time for ageing, S2 Eq. 12. Errors (`Errc::invalid`) name the
// input in `where`.

#pragma once

#include "schema/base/result.hpp"

namespace relaxd::model {

/// G'' at omega/omega_p > 0 for 0 < b <= 1; G_p is the height of the peak.
[[nodiscard]] Result<double> bergman_loss_Pa(double omega_over_omega_p, double b, double G_p_Pa);

/// tan delta(t) = tan_delta_inf + (tan_delta_0 - tan_delta_inf) exp[-(t/tau)^beta], S2 Eq. 12 with
/// the amplitude of E2-8.
[[nodiscard]] Result<double> aging_tan_delta(
    double time_s, double tan_delta_0, double tan_delta_inf, double tau_s, double beta
);

}  // namespace relaxd::model
