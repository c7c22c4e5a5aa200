// SPDX-License-Identifier: MIT
//
// The words of a Lake Shore 335, 336 or 350: replies to values, values to commands, and what the
// models differ in. Pure. README.md has the source of each fact. Kelvin, kelvin per minute as the
// device counts.

#pragma once

#include "schema/base/result.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace relaxd::drivers::parts::lake_shore {

/// Of commands. Replies end in CR LF; the CR may be missing.
inline constexpr std::string_view terminator = "\n";

/// The reply to *IDN?.
struct Name {
    std::string vendor;
    std::string model;          ///< "MODEL336"
    std::string serial_number;  ///< Of the instrument, without the option card's behind the slash.
    std::string firmware;
    Name() = default;
};

/// What the models differ in.
struct Model {
    std::string_view word;    ///< In *IDN?.
    std::string_view number;  ///< "336"
    std::string_view inputs;  ///< "ABCD"; a scanner card's D1 … D5 where there is a D.
    int outputs = 0;
    int most_range = 0;  ///< RANGE of outputs 1 and 2; the others know 0 and 1.
};
[[nodiscard]] std::span<const Model> models();
/// Nothing: a model that is not spoken here.
[[nodiscard]] const Model* find_model(std::string_view word);
/// `refused`: this model has no such input, output or range.
[[nodiscard]] Result<void> check_terminals(
    const Model& model, std::string_view channel, int output, int range
);
/// 1 and 2 are heater outputs, with a heater status; 3 and 4 are analogue.
[[nodiscard]] constexpr bool is_heater_output(int output) {
    return output <= 2;
}

/// The frame without CR LF or LF; nothing where it holds anything but text.
[[nodiscard]] std::optional<std::string_view> text_of(std::string_view frame);
/// An empty line: some firmware and serial servers send one after a command.
[[nodiscard]] bool is_blank(std::string_view frame);

[[nodiscard]] std::optional<Name> name_of(std::string_view frame);
[[nodiscard]] std::optional<double> number_of(std::string_view frame);
/// A non-negative integer below 1000: status, range, error code.
[[nodiscard]] std::optional<unsigned> count_of(std::string_view frame);

/// The reply to RAMP?.
struct Ramp {
    bool is_on = false;
    double rate_K_per_min = 0.0;
    Ramp() = default;
};
[[nodiscard]] std::optional<Ramp> ramp_of(std::string_view frame);

/// INTYPE?: the preferred units, which are also those of the set point: 1 kelvin, 2 Celsius, 3
/// sensor.
[[nodiscard]] std::optional<unsigned> units_of(std::string_view frame);

/// OUTMODE?: mode, input, power-up enable.
struct OutputMode {
    unsigned mode = 0;   ///< 1 closed-loop PID, 2 zone.
    unsigned input = 0;  ///< 1 = A …
    OutputMode() = default;
};
[[nodiscard]] std::optional<OutputMode> output_mode_of(std::string_view frame);

inline constexpr unsigned power_on = 1U << 7U;  ///< Of *ESR?.

/// RDGST?: why the reading is no temperature; empty where it is one. The worst comes first.
[[nodiscard]] std::string reading_status(unsigned bits);
/// HTRST?: empty for 0.
[[nodiscard]] std::string heater_status(unsigned code);

inline constexpr double least_rate_K_per_min = 0.1;
inline constexpr double most_rate_K_per_min = 100.0;

[[nodiscard]] std::string set_point_command(int output, double set_K);
/// 0: no ramp. On the device's grid of 0.1 K/min.
[[nodiscard]] std::string ramp_command(int output, double rate_K_per_min);
[[nodiscard]] std::string range_command(int output, int range);

}  // namespace relaxd::drivers::parts::lake_shore
