// SPDX-License-Identifier: MIT
//
// The creep compliance J(t) of S1 Eqs. 17-21, 25a and its parts. Tensile, 1/Pa.

#pragma once

#include "model/qpd/qpd.hpp"
#include "schema/base/result.hpp"

namespace relaxd::model {

/// The parts of J(t); `fast_beta` belongs to the beta part.
struct CreepCompliance {
    double elastic_per_Pa = 0.0;
    double beta_per_Pa = 0.0;
    double anelastic_per_Pa = 0.0;
    double flow_per_Pa = 0.0;

    [[nodiscard]] double total_per_Pa() const {
        return elastic_per_Pa + beta_per_Pa + anelastic_per_Pa + flow_per_Pa;
    }
};

/// S1 Eq. 25a (Eqs. 17-21) at time_s >= 0 after a step, uncapped (E1-8), every part to a relative
/// 1e-11; stress_Pa acts through Eq. 9 only: on tau_beta and the fast beta times, and through
/// tau_beta on tau_an and tau_max. Errors: those of `check_parameters`, `time_s`, `stress_Pa`, and
/// `Errc::overflow` (`time_s`); magnitudes below 1e-290 may be 0.
[[nodiscard]] Result<CreepCompliance> creep_compliance(
    const QpdParameters& p, double temperature_K, double time_s, double stress_Pa = 0.0
);

}  // namespace relaxd::model
