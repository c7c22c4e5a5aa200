// SPDX-License-Identifier: MIT
//
// What requests and replies have in common on the wire: words with the high byte first, bits with
// the first one lowest in the first byte (MODBUS Application Protocol V1.1b3, 4.2, 6.1, 6.11).

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace relaxd::drivers::modbus::detail {

inline void put_word(std::vector<std::uint8_t>& out, std::size_t value) {
    out.push_back(static_cast<std::uint8_t>(value >> 8U & 0xFFU));
    out.push_back(static_cast<std::uint8_t>(value & 0xFFU));
}

/// The word at `at`; `bytes` must reach that far.
[[nodiscard]] inline std::uint16_t word_at(std::span<const std::uint8_t> bytes, std::size_t at) {
    return static_cast<std::uint16_t>(bytes[at] << 8U | bytes[at + 1]);
}

inline void put_registers(
    std::vector<std::uint8_t>& out, const std::vector<std::uint16_t>& registers
) {
    for (const std::uint16_t value : registers) {
        put_word(out, value);
    }
}

[[nodiscard]] inline std::vector<std::uint16_t> registers_of(std::span<const std::uint8_t> bytes) {
    std::vector<std::uint16_t> registers;
    registers.reserve(bytes.size() / 2);
    for (std::size_t at = 0; at + 1 < bytes.size(); at += 2) {
        registers.push_back(word_at(bytes, at));
    }
    return registers;
}

[[nodiscard]] constexpr std::size_t bytes_for_bits(std::size_t count) {
    return (count + 7) / 8;
}

/// Bits that fill no whole byte are 0.
inline void put_bits(std::vector<std::uint8_t>& out, const std::vector<bool>& bits) {
    const std::size_t begin = out.size();
    out.resize(begin + bytes_for_bits(bits.size()), 0);
    for (std::size_t i = 0; i < bits.size(); ++i) {
        if (bits[i]) {
            out[begin + i / 8] = static_cast<std::uint8_t>(out[begin + i / 8] | 1U << i % 8);
        }
    }
}

/// The first `count` bits; `bytes` must hold them. What fills the last byte is not looked at.
[[nodiscard]] inline std::vector<bool> bits_of(
    std::span<const std::uint8_t> bytes, std::size_t count
) {
    std::vector<bool> bits(count);
    for (std::size_t i = 0; i < count; ++i) {
        bits[i] = (bytes[i / 8] >> i % 8 & 1U) != 0;
    }
    return bits;
}

}  // namespace relaxd::drivers::modbus::detail
