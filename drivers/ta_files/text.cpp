// SPDX-License-Identifier: MIT
#include "drivers/ta_files/text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace relaxd::ta_files {

namespace {

constexpr std::uint32_t replacement = 0xFFFD;

void append_utf8(std::string& text, std::uint32_t code) {
    const auto put = [&text](std::uint32_t byte) {
        text += static_cast<char>(static_cast<unsigned char>(byte));
    };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xC0U | (code >> 6U));
        put(0x80U | (code & 0x3FU));
    } else if (code < 0x10000) {
        put(0xE0U | (code >> 12U));
        put(0x80U | ((code >> 6U) & 0x3FU));
        put(0x80U | (code & 0x3FU));
    } else {
        put(0xF0U | (code >> 18U));
        put(0x80U | ((code >> 12U) & 0x3FU));
        put(0x80U | ((code >> 6U) & 0x3FU));
        put(0x80U | (code & 0x3FU));
    }
}

std::uint32_t byte_at(std::string_view bytes, std::size_t i) {
    return static_cast<unsigned char>(bytes[i]);
}

std::string utf16_to_utf8(std::string_view bytes, bool big_endian) {
    const auto unit_at = [&](std::size_t i) {
        const std::uint32_t first = byte_at(bytes, i);
        const std::uint32_t second = byte_at(bytes, i + 1);
        return big_endian ? (first << 8U) | second : (second << 8U) | first;
    };
    std::string text;
    text.reserve(bytes.size() / 2);
    for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
        const std::uint32_t unit = unit_at(i);
        const bool high = unit >= 0xD800 && unit < 0xDC00;
        const bool low = unit >= 0xDC00 && unit < 0xE000;
        if (high && i + 3 < bytes.size()) {
            const std::uint32_t next = unit_at(i + 2);
            if (next >= 0xDC00 && next < 0xE000) {
                append_utf8(text, 0x10000U + ((unit - 0xD800U) << 10U) + (next - 0xDC00U));
                i += 2;
                continue;
            }
        }
        if (!(high && i + 3 >= bytes.size())) {
            append_utf8(text, high || low ? replacement : unit);
        }
    }
    return text;
}

/// Length of the UTF-8 character that starts at `i`, 0 if there is none.
std::size_t utf8_length(std::string_view bytes, std::size_t i) {
    const std::uint32_t first = byte_at(bytes, i);
    std::size_t length = 0;
    if (first < 0x80) {
        length = 1;
    } else if (first >= 0xC2 && first < 0xE0) {
        length = 2;
    } else if (first >= 0xE0 && first < 0xF0) {
        length = 3;
    } else if (first >= 0xF0 && first < 0xF5) {
        length = 4;
    }
    for (std::size_t k = 1; k < length; ++k) {
        if (i + k >= bytes.size() || (byte_at(bytes, i + k) & 0xC0U) != 0x80U) {
            return 0;
        }
    }
    return length;
}

bool is_utf8(std::string_view bytes) {
    for (std::size_t i = 0; i < bytes.size();) {
        const std::size_t length = utf8_length(bytes, i);
        if (length == 0) {  // Then only a character that is cut at the end.
            const std::string_view rest = bytes.substr(i + 1);
            const std::uint32_t first = byte_at(bytes, i);
            return i > 0 && rest.size() < 3 && first >= 0xC2 && first < 0xF5 &&
                   std::all_of(
                       rest.begin(),
                       rest.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }
                   );
        }
        i += length;
    }
    return true;
}

bool is_personal(std::string_view key) {
    constexpr std::array<std::string_view, 5> words{"operator", "user", "author", "mail", "owner"};
    const std::string lower = lower_case(key);
    for (const std::string_view word : words) {
        if (lower.find(word) != std::string::npos) {
            return true;
        }
    }
    return false;
}

/// The last part of what looks like a path.
std::string_view without_folders(std::string_view key, std::string_view value) {
    const std::size_t back = value.find_last_of('\\');
    if (back != std::string_view::npos) {
        return value.substr(back + 1);
    }
    const std::string lower = lower_case(key);
    const bool names_file = lower.find("file") != std::string::npos ||
                            lower.find("path") != std::string::npos || value.starts_with('/');
    const std::size_t slash = names_file ? value.find_last_of('/') : std::string_view::npos;
    return slash == std::string_view::npos ? value : value.substr(slash + 1);
}

}  // namespace

std::string utf16le_to_utf8(std::string_view bytes) {
    return utf16_to_utf8(bytes, false);
}

std::string to_utf8(std::string_view bytes) {
    if (bytes.starts_with("\xFF\xFE")) {
        return utf16_to_utf8(bytes.substr(2), false);
    }
    if (bytes.starts_with("\xFE\xFF")) {
        return utf16_to_utf8(bytes.substr(2), true);
    }
    if (bytes.starts_with("\xEF\xBB\xBF")) {
        bytes.remove_prefix(3);
    }
    if (bytes.size() >= 2 && bytes[0] != '\0' && bytes[1] == '\0') {
        return utf16_to_utf8(bytes, false);
    }
    if (is_utf8(bytes)) {
        return std::string(bytes);
    }
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        append_utf8(text, byte_at(bytes, i));
    }
    return text;
}

Lines lines_of(std::string_view text) {
    Lines result;
    result.last_is_whole = text.empty() || text.back() == '\n';
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (!line.empty() && line.back() == '\r') {
            line.remove_suffix(1);
        }
        result.lines.push_back(line);
    }
    return result;
}

std::vector<std::string_view> split(std::string_view line, char separator) {
    std::vector<std::string_view> parts;
    while (true) {
        const std::size_t end = line.find(separator);
        parts.push_back(line.substr(0, end));
        if (end == std::string_view::npos) {
            return parts;
        }
        line.remove_prefix(end + 1);
    }
}

std::string_view trimmed(std::string_view text) {
    const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\0'; };
    while (!text.empty() && blank(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && blank(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

std::string lower_case(std::string_view text) {
    std::string lower(text);
    for (char& c : lower) {
        if (c >= 'A' && c <= 'Z') {
            c = static_cast<char>(c - 'A' + 'a');
        }
    }
    return lower;
}

void Facts::put(std::string_view key, std::string_view value) {
    key = trimmed(key);
    value = trimmed(value);
    if (key.empty() || value.empty() || is_personal(key)) {
        return;
    }
    const std::string kept(without_folders(key, value));
    std::string name(key);
    for (char& c : name) {
        c = c == ':' ? ' ' : c;  // `# key: value` lines must be able to carry it.
    }
    std::string unique = name;
    for (int n = 2; facts_.contains(unique); ++n) {
        unique = name + " " + std::to_string(n);
    }
    facts_[unique] = kept;
}

std::string Facts::get(const std::string& key) const {
    const auto found = facts_.find(key);
    return found == facts_.end() ? std::string{} : found->second;
}

}  // namespace relaxd::ta_files
