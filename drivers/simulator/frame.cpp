// SPDX-License-Identifier: MIT
#include "drivers/simulator/frame.hpp"

#include "schema/base/number.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace relaxd::simulator {
namespace {

constexpr std::array<std::uint32_t, 256> crc_table() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t value = byte;
        for (int bit = 0; bit < 8; ++bit) {
            value = (value & 1U) != 0 ? (value >> 1U) ^ 0xEDB88320U : value >> 1U;
        }
        table[byte] = value;
    }
    return table;
}

std::string hex8(std::uint32_t value) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string text(8, '0');
    for (std::size_t i = 0; i < 8; ++i) {
        text[7 - i] = digits[(value >> (4 * i)) & 0xFU];
    }
    return text;
}

// The payload of a whole line without LF, if the line obeys 1.2.
std::optional<std::string> payload_of(std::string_view line) {
    if (!line.empty() && line.back() == '\r') {
        line.remove_suffix(1);
    }
    constexpr std::size_t trailer = 10;  // " *" and 8 digits
    if (line.size() <= trailer || line.size() > payload_bytes_max + trailer) {
        return std::nullopt;
    }
    const std::string_view payload = line.substr(0, line.size() - trailer);
    for (const char c : payload) {
        if (c < 0x20 || c > 0x7E) {
            return std::nullopt;
        }
    }
    if (line.substr(payload.size(), 2) != " *" ||
        line.substr(payload.size() + 2) != hex8(crc32_ieee(payload))) {
        return std::nullopt;
    }
    return std::string(payload);
}

}  // namespace

std::uint32_t crc32_ieee(std::string_view bytes) {
    static constexpr std::array<std::uint32_t, 256> table = crc_table();
    std::uint32_t crc = 0xFFFFFFFFU;
    for (const char c : bytes) {
        crc = (crc >> 8U) ^ table[(crc ^ static_cast<unsigned char>(c)) & 0xFFU];
    }
    return crc ^ 0xFFFFFFFFU;
}

std::string framed(std::string_view payload) {
    std::string line(payload);
    line += " *";
    line += hex8(crc32_ieee(payload));
    line += '\n';
    return line;
}

std::vector<IncomingLine> LineCutter::feed(std::string_view bytes) {
    std::vector<IncomingLine> lines;
    for (const char c : bytes) {
        if (c != '\n') {
            if (pending_.size() + 1 >= line_bytes_max) {
                overrun_ = true;
            } else {
                pending_ += c;
            }
            continue;
        }
        IncomingLine line;
        if (!overrun_) {
            if (auto payload = payload_of(pending_)) {
                line.valid = true;
                line.payload = std::move(*payload);
            }
        }
        lines.push_back(std::move(line));
        clear();
    }
    return lines;
}

void LineCutter::clear() {
    pending_.clear();
    overrun_ = false;
}

std::optional<std::vector<std::string_view>> split_words(std::string_view payload) {
    std::vector<std::string_view> words;
    std::size_t start = 0;
    while (true) {
        const std::size_t blank = payload.find(' ', start);
        const std::string_view word = payload.substr(
            start, blank == std::string_view::npos ? std::string_view::npos : blank - start
        );
        if (word.empty()) {
            return std::nullopt;
        }
        words.push_back(word);
        if (blank == std::string_view::npos) {
            return words;
        }
        start = blank + 1;
    }
}

std::optional<std::map<std::string, std::string, std::less<>>> key_values(
    const std::vector<std::string_view>& words, std::size_t first
) {
    std::map<std::string, std::string, std::less<>> pairs;
    for (std::size_t i = first; i < words.size(); ++i) {
        const std::size_t equals = words[i].find('=');
        if (equals == std::string_view::npos || equals == 0) {
            return std::nullopt;
        }
        const std::string key(words[i].substr(0, equals));
        if (!pairs.emplace(key, std::string(words[i].substr(equals + 1))).second) {
            return std::nullopt;
        }
    }
    return pairs;
}

std::string on_grid(double value, double per_unit) {
    const double rounded = std::round(value * per_unit) / per_unit;
    return to_text(rounded == 0.0 ? 0.0 : rounded);
}

std::string significant(double value) {
    std::array<char, 32> text{};
    const auto result = std::to_chars(
        text.data(),
        text.data() + text.size(),
        value == 0.0 ? 0.0 : value,
        std::chars_format::general,
        7
    );
    return std::string(text.data(), result.ptr);
}

}  // namespace relaxd::simulator
