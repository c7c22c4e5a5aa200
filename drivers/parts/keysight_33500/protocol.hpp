// SPDX-License-Identifier: MIT
//
// What a Keysight 33500 function generator says, as bytes: whole lines or nothing. Pure: no I/O, no
// clock. The facts and where they come from: README.md beside this.

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace relaxd::drivers::parts::keysight_33500 {

inline constexpr std::string_view terminator = "\n";

/// One channel as it says that it is. Voltages into the declared load.
struct Settings {
    double frequency_Hz = 0.0;
    double amplitude = 0.0;  ///< In `unit`.
    double offset_V = 0.0;
    std::string unit;                ///< "VPP", "VRMS", "DBM".
    std::string function;            ///< "SIN" …
    bool is_on = false;              ///< The output relay.
    std::optional<double> load_ohm;  ///< None: a high impedance.
    Settings() = default;
};

/// Everything at once, so that a voltage never comes without its unit and its load.
[[nodiscard]] std::string ask_settings(int channel);
[[nodiscard]] std::optional<Settings> settings_in(std::string_view frame);

struct WhoAmI {
    std::string vendor;
    std::string model;
    std::string serial_number;
    std::string firmware;
    WhoAmI() = default;
};
/// Four words between commas, whoever answers.
[[nodiscard]] std::optional<WhoAmI> identity_in(std::string_view frame);

/// A register: 0 to 255.
[[nodiscard]] std::optional<unsigned> register_in(std::string_view frame);

/// `-113,"Undefined header"`: number and sentence; number 0 is none.
struct Complaint {
    int number = 0;
    std::string sentence;
    Complaint() = default;
};
[[nodiscard]] std::optional<Complaint> complaint_in(std::string_view frame);

/// "VPP", "1", "+5.0E+01": any one word.
[[nodiscard]] std::optional<std::string> word_in(std::string_view frame);
/// The load: ohms, or none for a high impedance; nothing at all where it is no load.
[[nodiscard]] std::optional<std::optional<double>> load_in(std::string_view word);

/// So many digits as the device keeps.
[[nodiscard]] std::string number_text(double value);

}  // namespace relaxd::drivers::parts::keysight_33500
