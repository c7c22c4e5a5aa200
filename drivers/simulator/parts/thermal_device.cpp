// SPDX-License-Identifier: MIT
#include "drivers/simulator/parts/thermal_device.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace relaxd::simulator {

namespace {

std::string text_of(double value, std::chars_format format, int decimals) {
    std::array<char, 400> text{};  // the largest double has 309 digits
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value, format, decimals);
    return std::string(text.data(), end.ptr);
}

}  // namespace

std::string fixed_point(double value, int decimals) {
    return text_of(value, std::chars_format::fixed, decimals);
}

std::string scientific(double value, int decimals, int exponent_digits) {
    std::string text = text_of(value, std::chars_format::scientific, decimals);
    const std::size_t at = text.find('e');
    std::string digits = text.substr(at + 2);
    digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
    const auto missing = static_cast<std::size_t>(exponent_digits) -
                         std::min(static_cast<std::size_t>(exponent_digits), digits.size());
    return text.substr(0, at) + "E" + text[at + 1] + std::string(missing, '0') + digits;
}

}  // namespace relaxd::simulator
