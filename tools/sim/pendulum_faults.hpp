// SPDX-License-Identifier: MIT
//
// Faults of the instrument (docs/fault-scripts.md) as the simulated pendulum and its devices can
// have them. Those of the line are FaultyWire's.

#pragma once

#include "drivers/simulator/fault_script.hpp"
#include "drivers/simulator/parts/make_device.hpp"
#include "drivers/simulator/pendulum_endpoint.hpp"

#include <cstddef>
#include <set>
#include <string>
#include <vector>

namespace relaxd::tools::sim {

/// Those of the devices. Error `invalid`: a kind that no device of a pendulum can have, or one
/// without `at`. `specimen_breaks` is the rig's: the times of those go into `breaks_s`.
[[nodiscard]] Result<std::vector<simulator::Fault>> device_faults(
    const simulator::FaultScript& script, const std::string& where, std::vector<double>& breaks_s
);

/// Plans those that this device can have; the lines of them.
[[nodiscard]] std::set<std::size_t> plan_faults(
    const std::vector<simulator::Fault>& faults,
    const simulator::MadeDevice& made,
    simulator::PendulumEndpoint& endpoint
);

/// Error `invalid` unless every fault is among the lines that were planned.
[[nodiscard]] Result<void> check_planned(
    const std::vector<simulator::Fault>& faults,
    const std::set<std::size_t>& planned,
    const std::string& where
);

}  // namespace relaxd::tools::sim
