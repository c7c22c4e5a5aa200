// SPDX-License-Identifier: MIT
//
// "3 K/min", "25 MPa", "15 um": a number and a unit as people write them, to SI. Only schema/method
// uses it; everything behind it is SI.

#pragma once

#include "schema/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace relaxd::method {

/// What a unit may measure; decides which units are understood.
enum class Measure : std::uint8_t {
    temperature,             ///< K; °C, degC, C are points on that scale.
    temperature_difference,  ///< K; one °C is one K.
    heating_rate,            ///< K/s
    duration,                ///< s
    frequency,               ///< Hz
    stress,                  ///< Pa
    length,                  ///< m
    strain,                  ///< 1; % and 1
    strain_rate,             ///< 1/s
    interval,                ///< s a point
    force,                   ///< N
    force_rate,              ///< N/s
    torque,                  ///< N m
    percentage,              ///< per cent, as written
    angle,                   ///< rad
    voltage,                 ///< V
};

/// Reads words, numbers and units from one line, left to right; blanks between them do not matter.
class Scanner {
  public:
    explicit Scanner(std::string_view text) : text_(text) {}

    /// Takes `word` (any case) if it comes next and ends there.
    [[nodiscard]] bool take_word(std::string_view word);
    /// Takes a number in plain or exponent notation.
    [[nodiscard]] std::optional<double> take_number();
    /// Takes everything up to the next blank or comma; may be empty at the end.
    [[nodiscard]] std::string_view take_token();
    [[nodiscard]] bool at_end();
    /// What has not been read yet, without leading blanks.
    [[nodiscard]] std::string_view rest();
    [[nodiscard]] std::size_t position() const { return position_; }

  private:
    void skip_blanks();
    std::string_view text_;
    std::size_t position_ = 0;
};

/// Number and unit, to SI. Errors (code invalid, no `where`) name the text and the known units.
[[nodiscard]] Result<double> take_quantity(Scanner& scanner, Measure measure);

/// The whole of `text` as one quantity.
[[nodiscard]] Result<double> quantity(std::string_view text, Measure measure);

}  // namespace relaxd::method
