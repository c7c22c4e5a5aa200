// SPDX-License-Identifier: MIT
//
// The clocks of the anelastic process: material time (`hereditary`), and S1 Eq. 16 (`eq16`).
#include "model/rate/stepper.hpp"

#include <algorithm>
#include <cmath>

namespace relaxd::model {

ClockAdvance hereditary_clock(const Times& times, double dt_s) {
    return {std::log(dt_s) - times.an.value, -times.an.d_stress, -times.an.d_chi};
}

ClockAdvance eq16_clock(
    const Times& times, double chi_now, double ln_t0, double end_s, double dt_s
) {
    // (end^chi - begin^chi)/chi t0^(1 - chi)/tau_beta, without cancellation for short steps.
    const double chi_used = std::max(chi_now, 1e-3);
    const double ln_end = std::log(end_s);
    const double begin = end_s - dt_s;
    const bool from_zero = begin <= 0.0;
    const double ln_ratio = from_zero ? 0.0 : std::log1p(-dt_s / end_s);
    const double grown = from_zero ? 1.0 : -std::expm1(chi_used * ln_ratio);
    const double d_grown = from_zero ? 0.0 : -std::exp(chi_used * ln_ratio) * ln_ratio / grown;
    return {
        chi_used * ln_end + std::log(grown) - std::log(chi_used) + (1.0 - chi_used) * ln_t0 -
            times.beta.value,
        -times.beta.d_stress,
        chi_now > chi_used - 1e-15 ? ln_end - ln_t0 - 1.0 / chi_used + d_grown : 0.0,
    };
}

}  // namespace relaxd::model
