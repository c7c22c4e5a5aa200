// SPDX-License-Identifier: MIT
//
// A method as the host executes it with a pendulum's parts: steps with their frequencies and
// sampling, repeats unrolled, checked against what the parts can do. Pure. Errors are `refused` and
// name segment, sentence, value and bound.

#pragma once

#include "drivers/api/part.hpp"
#include "drivers/torsion_pendulum/composition.hpp"
#include "schema/method/method.hpp"
#include "schema/record/records.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace relaxd::drivers::torsion_pendulum {

/// What the parts of one pendulum can do.
struct Abilities {
    bool has_digitiser = false;
    bool has_lock_in = false;
    bool has_analyser = false;
    std::vector<Quantity> excitation;
    std::vector<Quantity> temperature;
    Abilities() = default;
};
/// Null where there is none of this name.
[[nodiscard]] const Quantity* find_quantity(
    const std::vector<Quantity>& quantities, const std::string& name
);

enum class StepKind : std::uint8_t { equilibrate, isothermal, ramp, jump, sweep, torque };

/// One frequency to measure at.
struct Ask {
    double frequency_Hz = 0.0;
    bool is_reference = false;
    Ask() = default;
    Ask(double f, bool reference) : frequency_Hz(f), is_reference(reference) {}
};

struct Step {
    StepKind kind = StepKind::isothermal;
    int segment = 0;  ///< Executed segment, from 1.
    bool is_check = false;
    double temperature_K = 0.0;
    double rate_K_per_s = 0.0;
    double duration_s = 0.0;
    double torque_N_m = 0.0;
    std::vector<Ask> asks;      ///< Of sweep: all of them once; isothermal, ramp: in turn.
    double interval_s = 1.0;    ///< Of decays, and of windows of creep.
    int points_per_decade = 0;  ///< > 0: creep windows end at start_s · 10^(k/n) instead.
    double start_s = 0.0;
    bool stores = true;
    Step() = default;

    /// When window k = 0, 1 … of this step ends, seconds after its start.
    [[nodiscard]] double due_s(int k) const;
};

/// What the drive is to reach; one of these.
struct Amplitude {
    double angle_rad = 0.0;  ///< Of the pendulum; found by measuring.
    double drive_V = 0.0;    ///< At the excitation, peak.
    Amplitude() = default;
};

struct Program {
    method::Mode mode = method::Mode::torsion_forced;
    std::vector<Step> steps;
    Amplitude amplitude;
    int cycles = 3;
    int windows_at_most = 6;
    double angle_noise_rad_per_sqrtHz = record::unknown;  ///< Only to forecast.
    std::optional<double> decay_frequency_Hz;  ///< Excited at; nothing = deflected by an offset.
    Program() = default;
};

[[nodiscard]] Result<Program> program_of(
    const Composition& composition,
    const Abilities& abilities,
    const method::Method& method,
    const record::Specimen& specimen
);

/// Largest shear strain per radian of twist, kappa b / L (INSTRUMENTS 8.1); of a cylinder d / 2 L.
/// Only to choose a drive by: what is recorded is computed elsewhere.
[[nodiscard]] Result<double> strain_per_rad(const record::Specimen& specimen);

/// Is this frequency read from the lock-in or analyser?
[[nodiscard]] bool is_by_lock_in(
    const Composition& composition, const Abilities& abilities, double frequency_Hz
);

}  // namespace relaxd::drivers::torsion_pendulum
