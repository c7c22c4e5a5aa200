// SPDX-License-Identifier: MIT
//
// EI-Bisynch: frames, their checksum and their numbers. Pure: bytes in, values out. (Modbus frames
// are drivers/modbus.) README.md has the source of each fact.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace relaxd::drivers::parts::eurotherm {

inline constexpr char stx = '\x02';
inline constexpr char etx = '\x03';
inline constexpr char eot = '\x04';
inline constexpr char enq = '\x05';
inline constexpr char ack = '\x06';
inline constexpr char nak = '\x15';

/// XOR of all behind STX up to and with ETX.
[[nodiscard]] char block_check(std::string_view from_mnemonic_to_etx);

/// EOT 0 0 1 1 P V ENQ. Address 1 to 99, mnemonic of two characters.
[[nodiscard]] std::string poll(int address, std::string_view mnemonic);
/// EOT 0 0 1 1 STX S L 2 2 . 0 ETX BCC
[[nodiscard]] std::string select(int address, std::string_view mnemonic, std::string_view data);

/// Bytes of the frame that `received` begins with: STX … ETX and one more, whatever that one is; or
/// EOT, ACK, NAK alone. 0: more is to come; nothing: no frame begins so.
[[nodiscard]] std::optional<std::size_t> frame_size(std::string_view received);

/// The data of a reply to poll(): checksum and mnemonic fit, and it is text.
[[nodiscard]] std::optional<std::string_view> data_of(
    std::string_view frame, std::string_view mnemonic
);
/// The parameter is not there: EOT alone.
[[nodiscard]] bool is_absent(std::string_view frame);

/// Free format ("-99.9", "123", with spaces before it) or hexadecimal (">2040").
[[nodiscard]] std::optional<double> number_of(std::string_view data);

/// EE: why the last message was not taken.
[[nodiscard]] std::string error_sentence(int code);

}  // namespace relaxd::drivers::parts::eurotherm
