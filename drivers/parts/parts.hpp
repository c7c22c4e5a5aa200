// SPDX-License-Identifier: MIT
//
// From a device's name in the configuration to a Part. The only place that knows all of them;
// drivers/torsion_pendulum composes what it makes.
//
// Quantities by which an instrument finds its way, whatever the device (SI; absent where a device
// has no such thing):
//   excitation   frequency_Hz, amplitude_V (peak), offset_V, output (0 off, 1 on)
//   lock-in      x_V, y_V (rms), frequency_Hz, time_constant_s; excitation's where it has a source
//   analyser     ratio_real, ratio_imag (channel 2 over channel 1), frequency_Hz, amplitude_V,
//   cycles temperature  temperature_K, set_temperature_K, ramp_K_per_s (0: none), heater (0 off, 1
//   on),
//                heater_percent
//   vacuum       pressure_Pa

#pragma once

#include "drivers/api/digitiser.hpp"
#include "drivers/api/part.hpp"
#include "drivers/link/timing.hpp"
#include "drivers/link/traced_link.hpp"
#include "schema/base/result.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace relaxd::drivers::parts {

struct PartConfig {
    std::string name;           ///< In the configuration: "controller".
    std::string device;         ///< "sr830", "labjack_t7" …
    std::string uri;            ///< tcp://HOST:PORT, serial://PATH?baudrate=…
    std::string serial_number;  ///< That is expected; empty = any.
    /// What this device needs beside: `channel = "A"`, `address = "1"`; unknown keys are errors.
    std::map<std::string, std::string> options;
    PartConfig() = default;
};

/// A digitiser where the device streams (`digitiser` is then the same object as `part`).
struct MadePart {
    std::unique_ptr<Part> part;
    Digitiser* digitiser = nullptr;
    MadePart() = default;
};

/// One supported device.
struct Device {
    std::string name;                  ///< "sr830"
    std::string title;                 ///< "SRS SR830 lock-in amplifier"
    std::vector<std::string> options;  ///< Keys that it understands.
    /// What rests on memory or inference and was never seen on a real unit; shown as `unproven`.
    std::vector<std::string> unproven;
    Device() = default;
};

/// Sorted by name.
[[nodiscard]] const std::vector<Device>& devices();

/// Nothing is opened. Errors `invalid`: unknown device (nearest name in the hint), URI, option.
/// `timing` outlives it. `sink`, if any, is told the traffic.
[[nodiscard]] Result<MadePart> make_part(
    const PartConfig& config,
    boost::asio::any_io_executor executor,
    link::Timing& timing,
    std::shared_ptr<link::TrafficSink> sink = nullptr
);
/// Checks without making anything.
[[nodiscard]] Result<void> check_part(const PartConfig& config);

}  // namespace relaxd::drivers::parts
