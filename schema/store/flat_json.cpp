// SPDX-License-Identifier: MIT
#include "schema/store/flat_json.hpp"

#include "schema/base/number.hpp"

#include <array>
#include <cmath>
#include <utility>

namespace relaxd::store {

namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20) {
            out += "\\u00";
            out += hex_digits[byte >> 4U];
            out += hex_digits[byte & 0xFU];
        } else {
            out += c;
        }
    }
    out += '"';
    return out;
}

/// Reads exactly what the writers above write.
class Reader {
  public:
    explicit Reader(std::string_view text) : rest_(text) {}

    [[nodiscard]] bool take(char c) {
        if (rest_.empty() || rest_.front() != c) {
            return false;
        }
        rest_.remove_prefix(1);
        return true;
    }
    [[nodiscard]] bool at_end() const { return rest_.empty(); }

    [[nodiscard]] std::optional<std::string> take_string() {
        if (!take('"')) {
            return std::nullopt;
        }
        std::string out;
        while (!rest_.empty()) {
            const char c = rest_.front();
            rest_.remove_prefix(1);
            if (c == '"') {
                return out;
            }
            if (c != '\\') {
                out += c;
            } else if (!take_escape(out)) {
                return std::nullopt;
            }
        }
        return std::nullopt;
    }

    [[nodiscard]] std::optional<double> take_number() {
        const std::size_t end = rest_.find_first_of(",}");
        if (end == std::string_view::npos) {
            return std::nullopt;
        }
        const auto value = to_double(rest_.substr(0, end));
        rest_.remove_prefix(end);
        return value;
    }

  private:
    [[nodiscard]] bool take_escape(std::string& out) {
        if (take('"')) {
            out += '"';
            return true;
        }
        if (take('\\')) {
            out += '\\';
            return true;
        }
        if (rest_.size() < 5 || rest_.substr(0, 3) != "u00") {
            return false;
        }
        const std::size_t high = hex_digits.find(rest_[3]);
        const std::size_t low = hex_digits.find(rest_[4]);
        if (high == std::string_view::npos || low == std::string_view::npos) {
            return false;
        }
        out += static_cast<char>(high * 16 + low);
        rest_.remove_prefix(5);
        return true;
    }

    std::string_view rest_;
};

template <typename T, typename TakeValue>
std::optional<std::map<std::string, T>> read_object(std::string_view text, TakeValue take_value) {
    Reader reader(text);
    std::map<std::string, T> values;
    if (!reader.take('{')) {
        return std::nullopt;
    }
    if (reader.take('}')) {
        return reader.at_end() ? std::optional(values) : std::nullopt;
    }
    do {
        auto key = reader.take_string();
        if (!key || !reader.take(':')) {
            return std::nullopt;
        }
        auto value = take_value(reader);
        if (!value) {
            return std::nullopt;
        }
        values.insert_or_assign(std::move(*key), std::move(*value));
    } while (reader.take(','));
    if (!reader.take('}') || !reader.at_end()) {
        return std::nullopt;
    }
    return values;
}

void add(std::string& out, std::string_view key, std::string_view value) {
    if (out.size() > 1) {
        out += ',';
    }
    out += quoted(key);
    out += ':';
    out += value;
}

}  // namespace

std::string flat_json(const std::map<std::string, double>& values) {
    std::string out = "{";
    for (const auto& [key, value] : values) {
        if (std::isfinite(value)) {
            add(out, key, to_text(value));
        }
    }
    out += '}';
    return out;
}

std::string flat_json(const std::map<std::string, std::string>& values) {
    std::string out = "{";
    for (const auto& [key, value] : values) {
        add(out, key, quoted(value));
    }
    out += '}';
    return out;
}

std::optional<std::map<std::string, double>> numbers_from(std::string_view text) {
    return read_object<double>(text, [](Reader& reader) { return reader.take_number(); });
}

std::optional<std::map<std::string, std::string>> texts_from(std::string_view text) {
    return read_object<std::string>(text, [](Reader& reader) { return reader.take_string(); });
}

}  // namespace relaxd::store
