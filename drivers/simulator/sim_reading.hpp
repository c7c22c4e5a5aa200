// SPDX-License-Identifier: MIT
//
// One reading of the simulated instrument with the truth behind it. SI. Plain values.

#pragma once

#include "drivers/simulator/specimen.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

namespace relaxd::simulator {

/// Adds a word to a list with commas unless it is there; `-` and nothing are empty lists.
inline void add_word(std::string& list, std::string_view word) {
    if (list.empty() || list == "-") {
        list = word;
        return;
    }
    const std::string whole = "," + list + ",";
    if (whole.find("," + std::string(word) + ",") == std::string::npos) {
        list += ",";
        list += word;
    }
}

/// The further columns of a reading (4.4).
enum class Column : std::uint8_t {
    stiffness,
    position,
    length,
    drive_force,
    temperature_start,
    temperature_end,
};
/// Their names on the wire, in the order in which `identify` offers them.
inline constexpr std::array<std::pair<std::string_view, Column>, 6> further_columns{{
    {"stiffness_N_per_m", Column::stiffness},
    {"position_m", Column::position},
    {"length_m", Column::length},
    {"drive_force_N", Column::drive_force},
    {"temperature_start_K", Column::temperature_start},
    {"temperature_end_K", Column::temperature_end},
}};

/// Columns that a host has asked for, in its order, each once. A value without heap.
class ColumnList {
  public:
    [[nodiscard]] bool has(Column column) const {
        for (const Column one : *this) {
            if (one == column) {
                return true;
            }
        }
        return false;
    }
    /// `column` must not be in the list.
    void add(Column column) { columns_.at(count_++) = column; }
    [[nodiscard]] std::size_t size() const { return count_; }
    [[nodiscard]] const Column* begin() const { return columns_.data(); }
    [[nodiscard]] const Column* end() const { return columns_.data() + count_; }

  private:
    std::array<Column, further_columns.size()> columns_{};
    std::size_t count_ = 0;
};

/// A number that has no meaning in a measurement, or is not known.
inline constexpr double unknown_number = std::numeric_limits<double>::quiet_NaN();

/// In static measurements the oscillation's members are unused. Up to `flags` it is what the
/// instrument says; docs/simulated-bench.md tells which columns are raw and which are corrected.
struct SimReading {
    SimReading() = default;
    std::uint64_t number = 0;
    double time_s = 0.0;
    int segment = 0;
    bool oscillation = true;
    double temperature_K = 0.0;  ///< As the thermocouple shows it.
    double set_temperature_K = 0.0;
    double frequency_Hz = 0.0;
    double static_force_N = 0.0;
    double dynamic_force_N = 0.0;
    double displacement_m = 0.0;
    double phase_rad = 0.0;
    double storage_modulus_Pa = 0.0;
    double loss_modulus_Pa = 0.0;
    double tan_delta = 0.0;
    double strain = 0.0;
    double stress_Pa = 0.0;
    std::string flags = "-";
    ColumnList columns;                  ///< Which of the further ones are sent.
    double position_m = unknown_number;  ///< Of the drive, from where the run began.
    double length_m = unknown_number;    ///< Of the specimen between the grips.
    double length_sense = 0.0;  ///< How it moves with the position: 1, -1; 0 where it does not.
    double temperature_start_K = 0.0;  ///< Of the averaging window, as the thermocouple shows it.
    double temperature_end_K = 0.0;
    std::string broken_column;  ///< This column is sent as `broken_word` (a faulty unit); or empty.
    std::string broken_word;
    std::string faults;  ///< The faults of the script at work, joined by commas; not sent.
    SpecimenTimes truth;
    double true_temperature_K = 0.0;  ///< Of the specimen itself.
    double true_storage_modulus_Pa = 0.0;
    double true_loss_modulus_Pa = 0.0;
    double true_strain = 0.0;                ///< Static measurements, without expansion.
    double true_stress_Pa = unknown_number;  ///< Static measurements but creep.
    double true_length_m = unknown_number;   ///< Where `length_m` is sent.

    /// Adds a word to `flags` unless it is there.
    void flag(std::string_view word) { add_word(flags, word); }
};

/// The columns of a `R` line from the temperature on, in their order, by the names of the channels.
inline constexpr std::array<std::pair<std::string_view, double SimReading::*>, 12> reading_columns{{
    {"temperature_K", &SimReading::temperature_K},
    {"set_temperature_K", &SimReading::set_temperature_K},
    {"frequency_Hz", &SimReading::frequency_Hz},
    {"static_force_N", &SimReading::static_force_N},
    {"dynamic_force_N", &SimReading::dynamic_force_N},
    {"displacement_m", &SimReading::displacement_m},
    {"phase_rad", &SimReading::phase_rad},
    {"storage_modulus_Pa", &SimReading::storage_modulus_Pa},
    {"loss_modulus_Pa", &SimReading::loss_modulus_Pa},
    {"tan_delta", &SimReading::tan_delta},
    {"strain", &SimReading::strain},
    {"stress_Pa", &SimReading::stress_Pa},
}};

}  // namespace relaxd::simulator
