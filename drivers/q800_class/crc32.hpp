// SPDX-License-Identifier: MIT
//
// CRC-32 as in IEEE 802.3 (reflected polynomial 0xEDB88320, start and final XOR all ones);
// "123456789" gives 0xCBF43926. docs/protocols/q800_class.md 1.2.

#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace relaxd::drivers::q800_class {

[[nodiscard]] constexpr std::array<std::uint32_t, 256> crc32_table() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t crc = byte;
        for (int bit = 0; bit < 8; ++bit) {
            crc = (crc & 1U) != 0 ? 0xEDB88320U ^ (crc >> 1U) : crc >> 1U;
        }
        table[byte] = crc;
    }
    return table;
}

[[nodiscard]] constexpr std::uint32_t crc32(std::string_view bytes) {
    constexpr std::array<std::uint32_t, 256> table = crc32_table();
    std::uint32_t crc = 0xFFFFFFFFU;
    for (const char c : bytes) {
        crc = table[(crc ^ static_cast<unsigned char>(c)) & 0xFFU] ^ (crc >> 8U);
    }
    return crc ^ 0xFFFFFFFFU;
}

static_assert(crc32("123456789") == 0xCBF43926U);

}  // namespace relaxd::drivers::q800_class
