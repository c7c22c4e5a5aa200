// SPDX-License-Identifier: MIT
#include "drivers/parts/solartron/protocol.hpp"

#include "drivers/parts/polled/reply.hpp"
#include "schema/base/number.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

namespace relaxd::drivers::parts::solartron {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_sign(char c) {
    return c == '+' || c == '-';
}

/// "±d.ddddE±dd", with four digits or more behind the point.
bool is_exponential(std::string_view text) {
    constexpr std::size_t least = 11;
    if (text.size() < least || !is_sign(text[0]) || !is_digit(text[1]) || text[2] != '.') {
        return false;
    }
    const std::string_view tail = text.substr(text.size() - 4);
    const std::string_view digits = text.substr(3, text.size() - 7);
    return std::ranges::all_of(digits, is_digit) && tail[0] == 'E' && is_sign(tail[1]) &&
           is_digit(tail[2]) && is_digit(tail[3]);
}

std::vector<std::string_view> fields_of(std::string_view line) {
    std::vector<std::string_view> fields;
    while (true) {
        const std::size_t end = line.find(',');
        std::string_view field = line.substr(0, end);
        field.remove_prefix(std::min(field.find_first_not_of(' '), field.size()));
        fields.push_back(field);
        if (end == std::string_view::npos) {
            return fields;
        }
        line.remove_prefix(end + 1);
    }
}

bool is_limits_code(std::string_view text) {
    return text == "00" || text == "-1" || text == "+1" || text == "01";
}

}  // namespace

std::optional<Reading> reading_of(std::string_view frame, std::string_view end) {
    const auto line = line_of(frame, end);
    const auto fields = line ? fields_of(*line) : std::vector<std::string_view>();
    const bool has_limits = fields.size() == 5;
    if ((fields.size() != 4 && !has_limits) || (has_limits && !is_limits_code(fields[4])) ||
        !std::all_of(fields.begin(), fields.begin() + 3, is_exponential) || fields[3].size() != 1 ||
        !is_digit(fields[3].front())) {
        return std::nullopt;
    }
    Reading reading;
    const std::array numbers{to_double(fields[0]), to_double(fields[1]), to_double(fields[2])};
    if (!numbers[0] || !numbers[1] || !numbers[2]) {
        return std::nullopt;
    }
    reading.frequency_Hz = *numbers[0];
    reading.real = *numbers[1];
    reading.imaginary = *numbers[2];
    reading.error = fields[3].front() - '0';
    return reading;
}

std::optional<Name> name_of(std::string_view frame, std::string_view end) {
    const auto line = line_of(frame, end);
    const auto fields = line ? fields_of(*line) : std::vector<std::string_view>();
    if (fields.size() != 4 || fields[1] != "SOLARTRON" || !fields[0].starts_with("12")) {
        return std::nullopt;
    }
    Name name;
    name.vendor = "Solartron";
    name.model = fields[0].substr(0, 4);
    name.serial_number = fields[2];
    name.firmware = fields[3];
    return name;
}

std::optional<double> number_of(std::string_view frame, std::string_view end) {
    const auto line = line_of(frame, end);
    return line ? to_double(*line) : std::nullopt;
}

std::optional<std::pair<double, double>> pair_of(std::string_view frame, std::string_view end) {
    const auto line = line_of(frame, end);
    const auto numbers = line ? numbers_in(*line, ',', 2) : std::nullopt;
    return numbers ? std::optional(std::pair((*numbers)[0], (*numbers)[1])) : std::nullopt;
}

std::string error_word(int error) {
    switch (error) {
        case 0: return {};
        case 2: return "overload";
        default: return "measurement_error_" + std::to_string(error);
    }
}

std::string argument_text(double value, int decimals) {
    std::array<char, 64> buffer{};
    const auto end = std::to_chars(
        buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::scientific, decimals
    );
    std::string text(buffer.data(), end.ptr);
    const std::size_t mark = text.find('e');
    text[mark] = 'E';
    while (text.size() - mark > 3 && text[mark + 2] == '0') {
        text.erase(mark + 2, 1);
    }
    return text;
}

}  // namespace relaxd::drivers::parts::solartron
