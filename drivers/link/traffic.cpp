// SPDX-License-Identifier: MIT
#include "drivers/link/traffic.hpp"

#include "schema/base/number.hpp"

#include <cstdint>
#include <optional>
#include <utility>

namespace relaxd::drivers::link {
namespace {

constexpr std::string_view magic = "relaxd-traffic 1";
constexpr std::string_view magic_word = "relaxd-traffic ";
constexpr std::string_view hex_digits = "0123456789ABCDEF";

void append_hex(std::string& out, char byte) {
    const auto value = static_cast<unsigned char>(byte);
    out += "\\x";
    out += hex_digits[value >> 4U];
    out += hex_digits[value & 0xFU];
}

/// `key=` and the value, whose blanks are escaped: one word.
std::string key_value(std::string_view key, std::string_view value) {
    std::string out = " " + std::string(key) + "=";
    for (const char c : value) {
        if (c == ' ') {
            append_hex(out, c);
        } else {
            out += escaped(std::string_view(&c, 1));
        }
    }
    return out;
}

std::optional<char> byte_of(std::string_view digits) {
    unsigned value = 0;
    for (const char c : digits) {
        const auto digit = hex_digits.find(c);
        if (digit == std::string_view::npos) {
            return std::nullopt;
        }
        value = value * 16U + static_cast<unsigned>(digit);
    }
    return static_cast<char>(static_cast<unsigned char>(value));
}

/// The bytes of TEXT; nothing where it is none.
std::optional<std::string> unescaped(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const char c = text.front();
        text.remove_prefix(1);
        if (c != '\\') {
            if (c < ' ' || c > '~') {
                return std::nullopt;
            }
            out += c;
            continue;
        }
        if (text.empty()) {
            return std::nullopt;
        }
        const char kind = text.front();
        text.remove_prefix(1);
        if (kind == 'x' && text.size() >= 2) {
            const auto byte = byte_of(text.substr(0, 2));
            if (!byte) {
                return std::nullopt;
            }
            out += *byte;
            text.remove_prefix(2);
            continue;
        }
        constexpr std::string_view kinds = "\\nrt";
        constexpr std::string_view bytes = "\\\n\r\t";
        const auto at = kinds.find(kind);
        if (at == std::string_view::npos) {
            return std::nullopt;
        }
        out += bytes[at];
    }
    return out;
}

/// Cuts the first word off; `text` goes on behind its blank.
std::string_view take_word(std::string_view& text) {
    const auto end = text.find(' ');
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return word;
}

Result<TrafficHeader> read_header(std::string_view line, const std::string& where) {
    if (line != magic && !line.starts_with(std::string(magic) + " ")) {
        if (line.starts_with(magic_word)) {
            return fail(
                Errc::invalid, "a traffic trace of another version, this program reads 1", where
            );
        }
        return fail(
            Errc::invalid,
            "this is no traffic trace: it does not begin with \"" + std::string(magic) + "\"",
            where,
            "relaxctl instrument trace NAME on writes one"
        );
    }
    TrafficHeader header;
    line.remove_prefix(magic.size());
    while (!line.empty()) {
        line.remove_prefix(1);
        const std::string_view word = take_word(line);
        if (!line.empty()) {
            line = std::string_view(line.data() - 1, line.size() + 1);
        }
        const auto equals = word.find('=');
        const auto value =
            equals == std::string_view::npos ? std::nullopt : unescaped(word.substr(equals + 1));
        if (!value) {
            return fail(Errc::corrupt, "the header holds a word that is not key=value", where);
        }
        const std::string_view key = word.substr(0, equals);
        if (key == "instrument") {
            header.instrument = *value;
        } else if (key == "driver") {
            header.driver = *value;
        } else if (key == "uri") {
            header.uri = *value;
        } else if (key == "code") {
            header.code_version = *value;
        }
    }
    return header;
}

std::optional<Chunk> read_chunk(std::string_view line) {
    Chunk chunk;
    const auto steady = to_count(take_word(line));
    chunk.utc = utc_from_text(std::string(take_word(line)));
    const std::string_view mark = take_word(line);
    const auto size = to_count(take_word(line));
    auto bytes = unescaped(line);
    if (!steady || *steady > std::uint64_t{INT64_MAX} || chunk.utc.ns < 0 || !size || !bytes ||
        bytes->size() != *size || (mark != ">" && mark != "<" && mark != "|")) {
        return std::nullopt;
    }
    chunk.steady.ns = static_cast<std::int64_t>(*steady);
    chunk.mark = static_cast<Mark>(mark.front());
    chunk.bytes = std::move(*bytes);
    return chunk;
}

}  // namespace

std::string escaped(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size() + 8);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const char c = bytes[i];
        if (c == '\\') {
            out += "\\\\";
        } else if (c == '\n') {
            out += "\\n";
        } else if (c == '\r') {
            out += "\\r";
        } else if (c == '\t') {
            out += "\\t";
        } else if (c < ' ' || c > '~' || (c == ' ' && i + 1 == bytes.size())) {
            append_hex(out, c);
        } else {
            out += c;
        }
    }
    return out;
}

std::string traffic_line(const TrafficHeader& header) {
    return std::string(magic) + key_value("instrument", header.instrument) +
           key_value("driver", header.driver) + key_value("uri", header.uri) +
           key_value("code", header.code_version) + "\n";
}

std::string traffic_line(const Chunk& chunk) {
    std::string out = std::to_string(chunk.steady.ns);
    out += " " + to_text(chunk.utc) + " ";
    out += static_cast<char>(chunk.mark);
    out += " " + std::to_string(chunk.bytes.size()) + " ";
    out += escaped(chunk.bytes);
    out += '\n';
    return out;
}

Result<Traffic> read_traffic(std::string_view text, const std::string& source) {
    Traffic traffic;
    const auto header_end = text.find('\n');
    auto header = read_header(text.substr(0, header_end), source + ":1");
    if (!header) {
        return fail(std::move(header.error()));
    }
    traffic.header = std::move(*header);
    text.remove_prefix(header_end == std::string_view::npos ? text.size() : header_end + 1);
    for (std::size_t number = 2; !text.empty(); ++number) {
        const std::string where = source + ":" + std::to_string(number);
        const auto end = text.find('\n');
        if (end == std::string_view::npos) {
            return fail(
                Errc::corrupt,
                "the last line is cut off",
                where,
                "its writer was interrupted; remove this line to play what stands before it"
            );
        }
        auto chunk = read_chunk(text.substr(0, end));
        if (!chunk) {
            return fail(
                Errc::corrupt,
                "this line is cut off or changed: it is not STEADY_NS UTC MARK SIZE TEXT with "
                "SIZE bytes",
                where,
                "take the file as the daemon wrote it"
            );
        }
        traffic.chunks.push_back(std::move(*chunk));
        text.remove_prefix(end + 1);
    }
    return traffic;
}

}  // namespace relaxd::drivers::link
