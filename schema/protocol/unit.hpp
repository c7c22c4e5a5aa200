// SPDX-License-Identifier: MIT
//
// The unit at the end of a name, to SI: `temperature_degC` is temperature_K, 1 · x + 273.15.

#pragma once

#include <string>
#include <string_view>

namespace relaxd::protocol {

/// A quantity as the device names it, and what the house makes of it: si = factor · x + offset.
struct Named {
    std::string device_name;  ///< temperature_degC
    std::string name;         ///< temperature_K
    std::string unit;         ///< K; empty = a pure number.
    double factor = 1.0;
    double offset = 0.0;

    [[nodiscard]] double to_si(double device) const { return factor * device + offset; }
    [[nodiscard]] double to_device(double si) const { return (si - offset) / factor; }
};

/// A name without a known unit at its end is a pure number of that name.
[[nodiscard]] Named named(std::string_view device_name);

/// "K, degC, mK, rad …" for messages.
[[nodiscard]] std::string known_units();

}  // namespace relaxd::protocol
