// SPDX-License-Identifier: MIT
//
// The options of a Eurotherm controller, checked: which series on which wire, and what its display
// has. Pure.

#pragma once

#include "drivers/parts/eurotherm/parameters.hpp"
#include "schema/base/result.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace relaxd::drivers::parts::eurotherm {

enum class WireKind : std::uint8_t { rtu, tcp, bisynch };

struct Options {
    WireKind wire = WireKind::rtu;
    Series series = Series::s2400;
    int address = 1;
    bool is_kelvin = false;  ///< The display's unit; else degC.
    bool is_scaled = false;  ///< Modbus: registers of 16 bits instead of the IEEE region.
    int decimals = 1;        ///< Of the display.
    bool is_remote = false;  ///< The remote set point instead of the target.
    std::string rate_unit = "min";
    double rate_unit_s = 60.0;
    double lowest_K = 273.15;
    double highest_K = 873.15;  ///< Ours, not the device's: 600 degC.
    Options() = default;
};

/// Error `invalid`: another word, or what does not go together.
[[nodiscard]] Result<Options> read_options(const std::map<std::string, std::string>& options);

}  // namespace relaxd::drivers::parts::eurotherm
