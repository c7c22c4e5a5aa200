// SPDX-License-Identifier: MIT
//
// What a torsion pendulum is made of (docs/pendulum.md): its numbers, and its parts with their
// roles. Plain values, SI; nothing is opened.

#pragma once

#include "drivers/parts/parts.hpp"
#include "schema/base/result.hpp"
#include "schema/record/run_fact.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relaxd::drivers::torsion_pendulum {

/// A number of the configuration with one standard deviation, unknown where it is not said.
struct Number {
    double value = record::unknown;
    double sigma = record::unknown;
    Number() = default;
    explicit Number(double v, double s = record::unknown) : value(v), sigma(s) {}
    [[nodiscard]] bool is_said() const { return !std::isnan(value); }
};

/// One device and what it does in the pendulum: role to the device's input, output or channel.
struct ComposedPart {
    parts::PartConfig config;
    std::map<std::string, std::string> roles;
    ComposedPart() = default;
};

struct Composition {
    Number angle_V_per_rad;
    Number sense_V_per_A;                    ///< The resistor in the coil's circuit.
    Number torque_N_m_per_A;                 ///< Coil and magnets.
    Number drive_A_per_V;                    ///< Current source behind the excitation's voltage.
    double drive_limit_V = record::unknown;  ///< Peak; never more.
    double sample_rate_Hz = 200.0;           ///< INSTRUMENTS 7: 100 to 1000 a second.
    double lock_in_above_Hz = 1.0;           ///< INSTRUMENTS 8.3: below it digitised signals.
    double angle_noise_V_per_sqrtHz = record::unknown;  ///< One-sided density, for forecasts.
    double equilibrate_within_K = 0.5;                  ///< "Equilibrate at" is over when so near …
    double equilibrate_for_s = 60.0;                    ///< … for so long.
    Number inertia_kg_m2;  ///< Nominal; a calibration set overrules these five.
    Number wire_N_m;
    Number wire_tan_phi;
    Number damping_N_m_s;
    Number clamp_rad_per_N_m;
    std::vector<ComposedPart> parts;
    Composition() = default;

    /// Peak torque of one volt (peak) of the excitation.
    [[nodiscard]] double torque_N_m_per_drive_V() const {
        return torque_N_m_per_A.value * drive_A_per_V.value;
    }
};

/// A mistake, and where: of [instrument.pendulum], or of a part.
struct Fault {
    std::optional<std::size_t> part;  ///< Index; nothing = the pendulum's own table.
    std::string key;                  ///< Empty: something is missing.
    std::string message;
    std::string hint;
    Fault() = default;
};

/// How a device tells of angle and torque.
enum class Kind : std::uint8_t { other, digitiser, lock_in, analyser };
[[nodiscard]] Kind kind_of(std::string_view device);

/// One key of [instrument.pendulum], for who reads and shows it.
struct NumberKey {
    std::string_view key;
    Number Composition::* number = nullptr;  ///< This …
    double Composition::* plain = nullptr;   ///< … or this, which has no sigma.
    double lowest = 0.0;
    double highest = 0.0;
    bool is_needed = false;
    std::string_view example;
};
[[nodiscard]] const std::vector<NumberKey>& number_keys();

[[nodiscard]] const std::vector<std::string_view>& role_names();
/// The devices that can do this role.
[[nodiscard]] std::vector<std::string_view> devices_for(std::string_view role);

/// Every mistake: a role that nobody has, or two; angle and torque on different clocks; a device
/// that is not known or cannot do its role; a number out of its range.
[[nodiscard]] std::vector<Fault> check(const Composition& composition);

/// The part that has this role as one of these kinds; nothing where none has.
[[nodiscard]] std::optional<std::size_t> part_with(
    const Composition& composition, std::string_view role
);
[[nodiscard]] std::optional<std::size_t> part_with(
    const Composition& composition, std::string_view role, Kind kind
);

/// What the part is made from: the configured options and what its roles say.
[[nodiscard]] parts::PartConfig config_of(const ComposedPart& part);

/// The parts' addresses, joined: what the instrument's list shows.
[[nodiscard]] std::string uris_of(const Composition& composition);
/// Lines for people.
[[nodiscard]] std::string describe(const Composition& composition);
/// docs/pendulum.md: the numbers by which voltages become angle and torque.
[[nodiscard]] std::vector<record::RunFact> facts_of(const Composition& composition);

}  // namespace relaxd::drivers::torsion_pendulum
