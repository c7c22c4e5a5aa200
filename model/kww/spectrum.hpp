// SPDX-License-Identifier: MIT
//
// The stretched exponential as a positive sum of exponentials: exp[-(t/tau)^chi] =
// sum w_k exp(-u_k t/tau), the rates spread by the one-sided Levy-stable density of index chi
// (PHYSICS 3).

#pragma once

#include "schema/base/result.hpp"

#include <vector>

namespace relaxd::model {

struct RateMode {
    double weight = 0.0;   ///< Positive; all sum to 1.
    double ln_rate = 0.0;  ///< ln(u), u in units of 1/tau.
};

/// Modes that give exp[-x^chi] within `tolerance` (absolute) for every x >= 0 and 1e-3 <= chi < 1.
/// Slowest first; 50 to 300 modes (0.1 to 1 ms), more as 1/chi below chi = 0.4. `tolerance` from
/// 1e-3 to 1e-12.
[[nodiscard]] Result<std::vector<RateMode>> stretched_exponential_spectrum(
    double chi, double tolerance
);

}  // namespace relaxd::model
