// SPDX-License-Identifier: MIT
#include "schema/protocol/checksum.hpp"

#include <algorithm>

namespace relaxd::protocol {

namespace {

std::uint16_t crc_modbus(std::string_view bytes) {
    unsigned crc = 0xFFFFU;
    for (const char c : bytes) {
        crc ^= static_cast<unsigned char>(c);
        for (int bit = 0; bit < 8; ++bit) {
            crc = (crc & 1U) != 0U ? (crc >> 1U) ^ 0xA001U : crc >> 1U;
        }
    }
    return static_cast<std::uint16_t>(crc);
}

std::uint16_t crc_ccitt(std::string_view bytes) {
    unsigned crc = 0xFFFFU;
    for (const char c : bytes) {
        crc ^= static_cast<unsigned>(static_cast<unsigned char>(c)) << 8U;
        for (int bit = 0; bit < 8; ++bit) {
            crc = (crc & 0x8000U) != 0U ? (crc << 1U) ^ 0x1021U : crc << 1U;
        }
        crc &= 0xFFFFU;
    }
    return static_cast<std::uint16_t>(crc);
}

bool is_wide(Checksum kind) {
    return kind == Checksum::crc16_modbus || kind == Checksum::crc16_ccitt;
}

}  // namespace

std::string_view to_word(Checksum kind) {
    return checksum_words[static_cast<std::size_t>(kind)];
}

std::optional<Checksum> checksum_from(std::string_view word) {
    const auto found = std::find(checksum_words.begin(), checksum_words.end(), word);
    if (found == checksum_words.end()) {
        return std::nullopt;
    }
    return static_cast<Checksum>(found - checksum_words.begin());
}

std::uint16_t checksum_of(Checksum kind, std::string_view bytes) {
    unsigned sum = 0;
    unsigned exclusive = 0;
    for (const char c : bytes) {
        sum += static_cast<unsigned char>(c);
        exclusive ^= static_cast<unsigned char>(c);
    }
    switch (kind) {
        case Checksum::none: return 0;
        case Checksum::sum8: return static_cast<std::uint16_t>(sum & 0xFFU);
        case Checksum::xor8: return static_cast<std::uint16_t>(exclusive & 0xFFU);
        case Checksum::lrc: return static_cast<std::uint16_t>((0U - sum) & 0xFFU);
        case Checksum::crc16_modbus: return crc_modbus(bytes);
        case Checksum::crc16_ccitt: return crc_ccitt(bytes);
    }
    return 0;
}

std::size_t checksum_size(Checksum kind, bool is_hex) {
    if (kind == Checksum::none) {
        return 0;
    }
    const std::size_t bytes = is_wide(kind) ? 2 : 1;
    return is_hex ? 2 * bytes : bytes;
}

std::string checksum_text(Checksum kind, bool is_hex, std::string_view bytes) {
    const unsigned sum = checksum_of(kind, bytes);
    const std::size_t size = checksum_size(kind, is_hex);
    std::string out;
    if (is_hex) {
        constexpr std::string_view digits = "0123456789ABCDEF";
        for (std::size_t i = 0; i < size; ++i) {
            out += digits[(sum >> (4U * (size - 1 - i))) & 0xFU];
        }
        return out;
    }
    if (size == 2) {
        const char high = static_cast<char>(sum >> 8U);
        const char low = static_cast<char>(sum & 0xFFU);
        out = kind == Checksum::crc16_modbus ? std::string{low, high} : std::string{high, low};
    } else if (size == 1) {
        out = std::string(1, static_cast<char>(sum));
    }
    return out;
}

}  // namespace relaxd::protocol
