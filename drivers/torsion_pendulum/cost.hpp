// SPDX-License-Identifier: MIT
//
// What a program will take before it is begun. Pure.

#pragma once

#include "drivers/torsion_pendulum/program.hpp"

#include <string>
#include <vector>

namespace relaxd::drivers::torsion_pendulum {

/// One sentence each: how long points take at least, and what they smear in a ramp.
[[nodiscard]] std::vector<std::string> cost_of(const Program& program);

/// `refused` where a ramp smears a point over more kelvin than it can mean.
[[nodiscard]] Result<void> check_cost(const Program& program);

}  // namespace relaxd::drivers::torsion_pendulum
