// SPDX-License-Identifier: MIT
//
// Checksums of text protocols. Check values are those of the nine bytes "123456789".

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace relaxd::protocol {

enum class Checksum : std::uint8_t {
    none,
    sum8,          ///< Sum modulo 256: 0xDD.
    xor8,          ///< All bytes exclusive-or: 0x31.
    lrc,           ///< Two's complement of the sum (Modbus ASCII, V1.02 section 6.2.1): 0x23.
    crc16_modbus,  ///< 0x8005 reflected, from 0xFFFF (Modbus serial line V1.02, 6.2.2): 0x4B37.
    crc16_ccitt,   ///< 0x1021, from 0xFFFF, not reflected ("CCITT-FALSE"): 0x29B1.
};

inline constexpr std::array<std::string_view, 6> checksum_words{
    "none", "sum8", "xor8", "lrc", "crc16_modbus", "crc16_ccitt"
};
[[nodiscard]] std::string_view to_word(Checksum kind);
[[nodiscard]] std::optional<Checksum> checksum_from(std::string_view word);

[[nodiscard]] std::uint16_t checksum_of(Checksum kind, std::string_view bytes);

/// As it stands in a line: upper-case hexadecimal digits, or bytes (16 bits: low byte first for
/// Modbus, high byte first for CCITT). Empty for none.
[[nodiscard]] std::string checksum_text(Checksum kind, bool is_hex, std::string_view bytes);
/// Bytes that checksum_text() gives.
[[nodiscard]] std::size_t checksum_size(Checksum kind, bool is_hex);

}  // namespace relaxd::protocol
