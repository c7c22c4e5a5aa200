// SPDX-License-Identifier: MIT
//
// One reading of the simulated instrument with the truth behind it. SI. Plain values.

#pragma once

#include "drivers/simulator/specimen.hpp"

#include <cstdint>
#include <string>

namespace relaxd::simulator {

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
    void flag(const std::string& word) {
        if (flags == "-") {
            flags = word;
        } else if (flags.find(word) == std::string::npos) {
            flags += "," + word;
        }
    }
};

}  // namespace relaxd::simulator
