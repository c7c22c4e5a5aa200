// SPDX-License-Identifier: MIT
//
// Which devices of the simulated pendulum are served where, before anything is opened. Plain
// values.

#pragma once

#include "drivers/simulator/parts/make_device.hpp"
#include "drivers/simulator/pendulum_rig.hpp"
#include "tools/sim/arguments.hpp"

#include <string>
#include <vector>

namespace relaxd::tools::sim {

/// One device and its place: a port, or a pseudo-terminal where `pty` is not empty.
struct PartPlan {
    std::string name;
    std::string device;
    simulator::DeviceOptions options;
    Target tcp;
    std::string pty;
    std::string faults;  ///< Of this part alone; empty: those of --faults.
    PartPlan() = default;
};

/// `NAME=DEVICE@URI?KEY=VALUE&…`; without `NAME=` the device's name. URI: tcp://ADDRESS:PORT or
/// pty:PATH. The key `faults` names a script of this part alone; the others are the device's.
[[nodiscard]] Result<PartPlan> parse_part(const std::string& text);

/// Digitiser, generator, controller and gauge: on ports from that of `listen` on (0: any); with
/// `pty` the two that have a serial line are PATH-controller and PATH-gauge.
[[nodiscard]] Result<std::vector<PartPlan>> usual_parts(const Arguments& arguments);

/// No name twice, no port twice.
[[nodiscard]] Result<void> check_plans(const std::vector<PartPlan>& plans);

}  // namespace relaxd::tools::sim
