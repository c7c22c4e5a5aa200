// SPDX-License-Identifier: MIT
//
// Creep and recovery by superposition of S1 Eq. 25a at zero stress.

#pragma once

#include "model/rate/rate_form.hpp"
#include "model/rate/rate_material.hpp"

namespace relaxd::model {

/// stress J(t) up to `load_time_s`, then stress [J(t) - J(t - load_time_s)] with the difference
/// formed inside each part, so that every part is right to 1e-8 of itself however little is left.
[[nodiscard]] Result<std::vector<StrainParts>> linear_recovery(
    const RateMaterial& material,
    double temperature_K,
    double stress_Pa,
    double load_time_s,
    std::span<const double> times_s
);

/// <exp(-rest/tau) - exp(-(rest + load)/tau)> over the Gumbel spread about the mode time 1:
/// logarithms of both times; B infinite is one time. Relative error below 1e-10 down to 1e-290.
[[nodiscard]] double gumbel_recovery(double ln_rest, double ln_load, double B);

}  // namespace relaxd::model
