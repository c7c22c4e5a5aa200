// SPDX-License-Identifier: MIT
#include "schema/base/toml_text.hpp"

#include "schema/base/nearest.hpp"

namespace relaxd {

namespace {

/// The end of a string that opens at `at` (just behind it), or of the line or text for a broken
/// one.
std::size_t end_of_string(std::string_view text, std::size_t at) {
    const char quote = text[at];
    const bool multi = text.substr(at, 3) == std::string_view(quote == '"' ? "\"\"\"" : "'''");
    const std::size_t quotes = multi ? 3 : 1;
    for (std::size_t i = at + quotes; i < text.size(); ++i) {
        if (text[i] == '\\' && quote == '"') {
            ++i;
        } else if (text[i] == '\n' && !multi) {
            return i;
        } else if (text[i] == quote && (!multi || text.substr(i, 3) == text.substr(at, 3))) {
            return i + quotes;
        }
    }
    return text.size();
}

bool begins_its_line(std::string_view text, std::size_t at) {
    const std::size_t line = text.rfind('\n', at) + 1;  // npos + 1 is 0
    return text.substr(line, at - line).find_first_not_of(" \t\r\v\f") == std::string_view::npos;
}

/// The byte after a table head's bracket that can begin no key; npos when all is well.
std::size_t find_bad_head(std::string_view text, std::size_t bracket) {
    constexpr std::string_view key_begins =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-\"']";
    std::size_t at = text.find_first_not_of(" \t", bracket + 1);
    if (at != std::string_view::npos && text[at] == '[') {
        at = text.find_first_not_of(" \t", at + 1);
    }
    const bool bad =
        at != std::string_view::npos && key_begins.find(text[at]) == std::string_view::npos;
    return bad ? at : std::string_view::npos;
}

TextPlace place_of(std::string_view text, std::size_t at) {
    TextPlace place;
    for (std::size_t i = 0; i < at; ++i) {
        place.column = text[i] == '\n' ? 1 : place.column + 1;
        place.line += text[i] == '\n' ? 1 : 0;
    }
    return place;
}

}  // namespace

std::optional<TextPlace> find_toml_misplaced(std::string_view text) {
    // A byte order mark at the very beginning is allowed.
    if (text.starts_with("\xEF\xBB\xBF")) {
        text.remove_prefix(3);
    }
    std::size_t i = 0;
    while (i < text.size()) {
        const char c = text[i];
        const bool head = c == '[' && begins_its_line(text, i);
        const std::size_t bad = head ? find_bad_head(text, i) : std::string_view::npos;
        if (bad != std::string_view::npos) {
            return place_of(text, bad);
        }
        if (c == '"' || c == '\'') {
            i = end_of_string(text, i);
        } else if (c == '#') {
            i = text.find('\n', i);
            i = i == std::string_view::npos ? text.size() : i;
        } else if (static_cast<unsigned char>(c) >= 0x80U) {
            return place_of(text, i);
        } else {
            ++i;
        }
    }
    return std::nullopt;
}

Error not_toml(std::string_view why, std::string_view source, std::size_t line) {
    return {
        Errc::invalid,
        "this is not TOML: " + std::string(why),
        std::string(source) + ":" + std::to_string(line),
        {}
    };
}

Error unknown_key(
    std::string_view key,
    std::string_view of_what,
    std::string where,
    std::span<const std::string_view> known
) {
    return {
        Errc::invalid,
        "unknown key '" + std::string(key) + "' in " + std::string(of_what),
        std::move(where),
        "the nearest known key is '" + std::string(nearest(key, known)) +
            "'; known: " + joined(known)
    };
}

}  // namespace relaxd
