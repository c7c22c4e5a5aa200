// SPDX-License-Identifier: MIT
//
// CRC-16/MODBUS: polynomial 0xA001 (0x8005 reflected), initial 0xFFFF, no final inversion
// (MODBUS over Serial Line V1.02, 2.5.1.2 and 6.2.2). Check value of "123456789": 0x4B37.
// A table of 256 entries, made by the compiler.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace relaxd::drivers::modbus {

namespace detail {

consteval std::array<std::uint16_t, 256> crc16_table() {
    std::array<std::uint16_t, 256> table{};
    for (std::size_t byte = 0; byte < table.size(); ++byte) {
        std::uint32_t crc = static_cast<std::uint32_t>(byte);
        for (int bit = 0; bit < 8; ++bit) {
            crc = (crc & 1U) != 0 ? (crc >> 1U) ^ 0xA001U : crc >> 1U;
        }
        table[byte] = static_cast<std::uint16_t>(crc);
    }
    return table;
}

inline constexpr std::array<std::uint16_t, 256> crc16_of_byte = crc16_table();

}  // namespace detail

/// The CRC of `bytes`; on the wire its low byte comes first.
[[nodiscard]] constexpr std::uint16_t crc16(std::span<const std::uint8_t> bytes) {
    std::uint32_t crc = 0xFFFF;
    for (const std::uint8_t byte : bytes) {
        crc = (crc >> 8U) ^ detail::crc16_of_byte[(crc ^ byte) & 0xFFU];
    }
    return static_cast<std::uint16_t>(crc);
}

}  // namespace relaxd::drivers::modbus
