// SPDX-License-Identifier: MIT
#include "drivers/simulator/parts/device_text.hpp"

#include <array>
#include <charconv>

namespace relaxd::simulator {
namespace {

std::string written(double value, std::chars_format format, int digits) {
    std::array<char, 400> buffer{};  // the largest double has 309 digits
    const double shown = value == 0.0 ? 0.0 : value;
    const auto end =
        std::to_chars(buffer.data(), buffer.data() + buffer.size(), shown, format, digits);
    return std::string(buffer.data(), end.ptr);
}

}  // namespace

std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' ')) {
        text.remove_prefix(1);
    }
    while (text.ends_with(' ')) {
        text.remove_suffix(1);
    }
    return text;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    while (true) {
        const std::size_t end = text.find(separator);
        parts.push_back(trimmed(text.substr(0, end)));
        if (end == std::string_view::npos) {
            return parts;
        }
        text.remove_prefix(end + 1);
    }
}

std::string general_text(double value, int digits) {
    std::string text = written(value, std::chars_format::general, digits);
    const std::size_t exponent = text.find('e');
    while (exponent != std::string::npos && text.size() - exponent < 5) {
        text.insert(exponent + 2, "0");
    }
    return text;
}

std::string decimal_text(double value, int decimals) {
    return written(value, std::chars_format::fixed, decimals);
}

std::string signed_exponent_text(double value, int decimals) {
    std::string text = written(value, std::chars_format::scientific, decimals);
    text[text.find('e')] = 'E';
    return text.starts_with('-') ? text : "+" + text;
}

}  // namespace relaxd::simulator
