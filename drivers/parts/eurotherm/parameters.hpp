// SPDX-License-Identifier: MIT
//
// What the parameters of Eurotherm controllers mean, for all three wires: Modbus address,
// EI-Bisynch mnemonic and kind of number, a series at a time. Pure. README.md has the source of
// each.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace relaxd::drivers::parts::eurotherm {

enum class Series : std::uint8_t { s2200, s2400, s3200, nanodac };
[[nodiscard]] std::string_view to_word(Series series);

enum class Meaning : std::uint8_t {
    process_value,
    target_set_point,
    remote_set_point,
    remote_select,   ///< 0 local, 1 remote
    output_power,    ///< %, writable in manual only
    working_output,  ///< %
    auto_manual,     ///< 0 auto, 1 manual
    inhibit,         ///< 0 no, 1 the loop is stopped
    status,          ///< Summary output status word
    sensor_break,    ///< 0 good, 1 broken
    rate_limit,      ///< Of the set point, 0 none
    rate_unit,
    display_unit,      ///< 0 degC, 1 degF, 2 K, 3 none
    display_decimals,  ///< 0, 1, 2
    customer_number,
    controller_id,
};

enum class Kind : std::uint8_t {
    floating,  ///< Two registers in the IEEE region, or scaled.
    integer,
    word,  ///< Bits: hexadecimal in EI-Bisynch.
};

struct Parameter {
    Meaning meaning = Meaning::process_value;
    std::uint16_t address = 0;
    std::string_view mnemonic;  ///< Empty: none is known.
    Kind kind = Kind::floating;
};

/// Nothing: the series has no such parameter, or none is known.
[[nodiscard]] const Parameter* find_parameter(Series series, Meaning meaning);

/// Seconds of the time unit that rate_unit tells; 0: no such code.
[[nodiscard]] double rate_seconds(Series series, int code);

/// Of the status word: why the process value is none; empty where it is one.
[[nodiscard]] std::string status_word(Series series, unsigned bits);

/// "2408" and so on are >24xx: which series the controller identifier means; empty: another.
[[nodiscard]] std::string_view series_of_identifier(unsigned identifier);

}  // namespace relaxd::drivers::parts::eurotherm
