// SPDX-License-Identifier: MIT
//
// The words of a Pfeiffer TPG 261 or 262 gauge controller and of those that speak like it: a
// mnemonic is acknowledged, then ENQ fetches what belongs to it. Pure. README.md has the source of
// each fact.

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace relaxd::drivers::parts::pfeiffer_tpg {

inline constexpr std::string_view terminator = "\r\n";  ///< Of mnemonics; replies may end in LF.
inline constexpr std::string_view enquiry = "\x05";     ///< One byte, without terminator.
inline constexpr std::string_view clear = "\x03";       ///< ETX: what was sent so far is forgotten.

/// ACK or NAK, CR LF.
[[nodiscard]] bool is_acknowledged(std::string_view frame);

/// "0,+1.2345E-03": what ENQ fetches after PR1 or PR2. The number counts only where status is 0.
struct Reading {
    unsigned status = 0;
    double number = 0.0;  ///< In the unit of UNI.
    Reading() = default;
};
[[nodiscard]] std::optional<Reading> reading_of(std::string_view frame);
/// Of status 0 to 7; empty for 0, where the number counts.
[[nodiscard]] std::string status_word(unsigned status);

/// Two or three readings in a line: what the device sends by itself (COM).
[[nodiscard]] bool is_stream(std::string_view frame);

/// Pa in the unit of UNI: 0 mbar, 1 Torr, 2 Pa. Nothing: no unit of pressure that is known here.
[[nodiscard]] std::optional<double> pascals_of_unit(std::string_view frame);

/// PNR: the firmware's number, "302-510-A".
[[nodiscard]] std::optional<std::string> firmware_of(std::string_view frame);

/// ERR: four digits 0 or 1.
struct Errors {
    bool is_controller_error = false;
    bool is_without_hardware = false;
    Errors() = default;
};
[[nodiscard]] std::optional<Errors> errors_of(std::string_view frame);

}  // namespace relaxd::drivers::parts::pfeiffer_tpg
