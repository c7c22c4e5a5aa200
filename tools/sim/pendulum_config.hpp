// SPDX-License-Identifier: MIT
//
// From the daemon's configuration file to its pendulum, simulated: the devices that it will open,
// where it will open them, and a pendulum with the numbers that it says (docs/pendulum.md).

#pragma once

#include "drivers/simulator/pendulum_rig.hpp"
#include "tools/sim/pendulum_plan.hpp"

#include <string>
#include <vector>

namespace relaxd::tools::sim {

struct ConfiguredPendulum {
    std::vector<PartPlan> plans;
    simulator::RigWiring wiring;
    ConfiguredPendulum() = default;
};

/// The one instrument of driver torsion_pendulum in `file`; its numbers go into `setup`. Errors
/// `invalid`: what is wrong with the file, and what of it cannot be simulated.
[[nodiscard]] Result<ConfiguredPendulum> configured_pendulum(
    const std::string& file, simulator::PendulumSetup& setup
);

}  // namespace relaxd::tools::sim
