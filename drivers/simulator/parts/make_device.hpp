// SPDX-License-Identifier: MIT
//
// From a device's name, as a configuration has it (drivers/parts), to its simulation on a rig. The
// only place that knows all of them; a new device is one entry in make_device.cpp.

#pragma once

#include "drivers/simulator/pendulum_rig.hpp"
#include "drivers/simulator/sim_device.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace relaxd::simulator {

using DeviceOptions = std::map<std::string, std::string>;

/// A device and what can go wrong with it, where it can; the calls live no longer than the device.
struct MadeDevice {
    std::unique_ptr<SimDevice> device;
    std::function<void()> reboot;  ///< Power lost and back.
    std::function<void(bool is_open)> open_thermocouple;
    std::function<void(bool is_overloaded)> overload;  ///< Its inputs.
    MadeDevice() = default;
};

/// The names that make_device() knows, sorted.
[[nodiscard]] std::vector<std::string> simulated_devices();

/// Nobody takes a device with this serial number for a real one: SIM…, or a number from 999 on.
[[nodiscard]] bool is_simulated_serial(std::string_view serial);

/// `rig` outlives what is made. What a device understands stands on docs/simulated-pendulum.md.
/// Errors `invalid` name an unknown device, option or value and the nearest that is known.
[[nodiscard]] Result<MadeDevice> make_device(
    const std::string& device, const DeviceOptions& options, PendulumRig& rig
);

}  // namespace relaxd::simulator
