// SPDX-License-Identifier: MIT
//
// relaxsim pendulum: one simulated torsion pendulum, and each device of its electronics on a port
// or a pseudo-terminal of its own (docs/simulated-pendulum.md).

#pragma once

#include "tools/sim/arguments.hpp"

namespace relaxd::tools::sim {

/// Serves until a signal comes; the exit code.
[[nodiscard]] int serve_pendulum(const Arguments& arguments);

}  // namespace relaxd::tools::sim
