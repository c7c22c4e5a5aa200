// SPDX-License-Identifier: MIT
//
// What a run tells of its glass besides S1's parameters: fast beta processes and the switches that
// are on. Plain functions.

#pragma once

#include "drivers/simulator/glass_options.hpp"

#include <string>
#include <utility>
#include <vector>

namespace relaxd::simulator {

/// Name and number (as text) in the order of telling. The first fast beta process has the names of
/// the fits (`fast_beta.A_per_Pa` …), a further one its number (`fast_beta.2.A_per_Pa` …); a switch
/// that is on is 1, with its numbers; what is off has no line.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> specimen_truth(
    const std::vector<material::FastBeta>& fast_beta, const GlassOptions& options
);

}  // namespace relaxd::simulator
