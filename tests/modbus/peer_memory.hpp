// SPDX-License-Identifier: MIT
//
// What the peers hold at their start, on both sides of the line (pymodbus_server.py repeats it).
#pragma once

#include <cstdint>

namespace relaxd::test::peer_memory {

inline constexpr int unit = 17;
inline constexpr int bits = 2000;      ///< Coils, and as many discrete inputs.
inline constexpr int registers = 200;  ///< Holding registers, and as many input registers.
inline constexpr int floats_at = 150;  ///< Input registers: `number` as abcd, cdab, badc, dcba.
inline constexpr float number = -123.456F;

constexpr bool coil(int i) {
    return i % 3 == 0;
}
constexpr bool input_bit(int i) {
    return i * 7 % 5 == 0;
}
constexpr std::uint16_t holding(int i) {
    return static_cast<std::uint16_t>(1000 + i);
}
constexpr std::uint16_t input(int i) {
    return static_cast<std::uint16_t>(65535 - i);
}

}  // namespace relaxd::test::peer_memory
