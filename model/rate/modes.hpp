// SPDX-License-Identifier: MIT
//
// The stretched exponential and the Gumbel spread of Eq. 24 as few exponential modes for stepping:
// positive weights (sum 1) and rates in units of 1/tau. Other than
// `stretched_exponential_spectrum`, whose tolerance is absolute, these hold in the relative sense:
// 1 - sum w exp(-u x) is right to about 1e-6 of itself from 1e-17 on, and sum w exp(-u x) down to
// exp(-level), because a part of the strain counts however small it is (CONTRACT 3).

#pragma once

#include <vector>

namespace relaxd::model {

struct Modes {
    std::vector<double> weight;  ///< Positive, sum 1.
    std::vector<double> rate;    ///< In units of 1/tau, slowest first.
};

/// exp[-x^chi] = sum w exp(-u x): a sum over the one-sided Levy-stable density (PHYSICS 3), down to
/// exp(-level); 0 < chi < 1.
[[nodiscard]] Modes levy_modes(double chi, double level);

/// <exp(-t/tau)> over the Gumbel spread of S1 Eq. 24 about the mode tau; B infinite is one mode.
[[nodiscard]] Modes gumbel_modes(double B, double level);

}  // namespace relaxd::model
