// SPDX-License-Identifier: MIT
//
// Signals of TA's instruments to columns of the house: by name and unit, in SI. What the house has
// no column for is kept as an extra channel in the file's own unit, with the unit in its name.

#pragma once

#include "schema/record/records.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace relaxd::ta_files {

/// A signal as a file names it: "Storage Modulus (MPa)" or a name and a unit cell.
struct Signal {
    std::string name;
    std::string unit;
};

/// Splits "Name (unit)". A last bracket that is no unit of its own ("Tan(delta)") stays in the
/// name.
[[nodiscard]] Signal signal_from(std::string_view text);

/// A cell of a row of units without its brackets; "-" is no unit.
[[nodiscard]] std::string unit_text(std::string_view cell);

/// A unit that this file knows ("MPa", "[°C]"), not an empty one.
[[nodiscard]] bool is_unit(std::string_view cell);

/// Some signal has this name, whatever its unit.
[[nodiscard]] bool is_known_name(std::string_view name);

/// Which moduli "Storage modulus" means.
enum class Loading : std::uint8_t { tensile, shear };

/// Where the numbers of one column go: house = file · factor + offset.
struct Target {
    enum class Kind : std::uint8_t { time, channel, extra };
    Kind kind = Kind::extra;
    record::Channel channel = record::Channel::temperature_K;
    std::string column;  ///< The column's name in the house.
    double factor = 1.0;
    double offset = 0.0;
};

/// One target a signal. Where two signals want one column the better one gets it ("Run time" before
/// "Step time", "Oscillation stress" before "Stress"); the other becomes an extra channel.
[[nodiscard]] std::vector<Target> targets_of(const std::vector<Signal>& signals, Loading loading);

/// Puts a number where it belongs; one that is not finite stays unknown.
void put(record::Reading& reading, const Target& target, double value);

}  // namespace relaxd::ta_files
