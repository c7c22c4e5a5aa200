// SPDX-License-Identifier: MIT
//
// How fast each executed segment heats: what a temperature correction depends on. Pure.

#pragma once

#include "schema/method/method.hpp"

#include <vector>

namespace relaxd::method {

/// K/s by executed segment, from 1 at index 0: the rate of a ramp, negative on cooling (towards a
/// lower temperature than the segment before had; a first ramp counts as heating), else 0.
[[nodiscard]] std::vector<double> heating_rates(const std::vector<Executed>& executed);

}  // namespace relaxd::method
