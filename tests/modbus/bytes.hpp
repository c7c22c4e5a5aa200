// SPDX-License-Identifier: MIT
//
// Frames written as in the specification's tables: "01 03 02 00 0A".
#pragma once

#include "drivers/modbus/request.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace relaxd::test {

/// Bytes of pairs of hexadecimal digits with spaces between.
inline drivers::modbus::Bytes hex(std::string_view text) {
    const auto digit = [](char c) {
        constexpr std::string_view digits = "0123456789ABCDEF";
        return static_cast<unsigned>(digits.find(c));
    };
    drivers::modbus::Bytes bytes;
    for (std::size_t at = 0; at + 1 < text.size(); at += 3) {
        bytes.push_back(static_cast<std::uint8_t>(digit(text[at]) << 4U | digit(text[at + 1])));
    }
    return bytes;
}

inline std::string to_hex(drivers::modbus::View bytes) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string text;
    for (const std::uint8_t byte : bytes) {
        text += text.empty() ? "" : " ";
        text += digits[byte >> 4U];
        text += digits[byte & 0xFU];
    }
    return text;
}

}  // namespace relaxd::test
