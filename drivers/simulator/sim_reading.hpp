// SPDX-License-Identifier: MIT
//
// One reading of the simulated instrument with the truth behind it. SI. Plain values.

#pragma once

#include "drivers/simulator/specimen.hpp"

#include <array>
#include <cstdint>
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

/// In creep the oscillation's members are unused. Up to `flags` it is what the instrument says;
/// docs/simulated-bench.md tells which columns are raw and which are corrected.
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
    std::string broken_column;  ///< This column is sent as `broken_word` (a faulty unit); or empty.
    std::string broken_word;
    std::string faults;  ///< The faults of the script at work, joined by commas; not sent.
    SpecimenTimes truth;
    double true_temperature_K = 0.0;  ///< Of the specimen itself.
    double true_storage_modulus_Pa = 0.0;
    double true_loss_modulus_Pa = 0.0;
    double true_strain = 0.0;  ///< Creep.

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
