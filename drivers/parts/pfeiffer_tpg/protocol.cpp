// SPDX-License-Identifier: MIT
#include "drivers/parts/pfeiffer_tpg/protocol.hpp"

#include "drivers/parts/polled/reply.hpp"
#include "schema/base/number.hpp"

#include <algorithm>
#include <array>

namespace relaxd::drivers::parts::pfeiffer_tpg {

namespace {

constexpr double pascals_per_mbar = 100.0;
constexpr double pascals_per_torr = 101325.0 / 760.0;

std::optional<std::string_view> text_of(std::string_view frame) {
    return line_of(frame, frame.ends_with(terminator) ? terminator : "\n");
}

/// "sx.xxxxEsxx"
std::optional<double> exponential(std::string_view text) {
    if (text.find('E') == std::string_view::npos || text.find('.') == std::string_view::npos) {
        return std::nullopt;
    }
    return to_double(text);
}

/// "0,+1.2345E-03"
std::optional<Reading> pair_of(std::string_view text) {
    if (text.size() < 3 || text[0] < '0' || text[0] > '7' || text[1] != ',') {
        return std::nullopt;
    }
    const auto number = exponential(text.substr(2));
    if (!number) {
        return std::nullopt;
    }
    Reading reading;
    reading.status = static_cast<unsigned>(text[0] - '0');
    reading.number = *number;
    return reading;
}

}  // namespace

bool is_acknowledged(std::string_view frame) {
    return frame == "\x06\r\n" || frame == "\x06\n";
}

std::optional<Reading> reading_of(std::string_view frame) {
    const auto text = text_of(frame);
    return text ? pair_of(*text) : std::nullopt;
}

std::string status_word(unsigned status) {
    constexpr std::array words{
        "",
        "under_range",
        "over_range",
        "sensor_error",
        "sensor_off",
        "no_sensor",
        "identification_error",
        "sensor_error"  // of BPG, HPG and BCG gauges
    };
    return status < words.size() ? words.at(status) : "unknown_status";
}

bool is_stream(std::string_view frame) {
    auto text = text_of(frame);
    std::size_t pairs = 0;
    while (text) {
        const std::size_t end = text->find(',', 2);
        if (!pair_of(text->substr(0, end))) {
            return false;
        }
        ++pairs;
        if (end == std::string_view::npos) {
            return pairs == 2 || pairs == 3;
        }
        text->remove_prefix(end + 1);
    }
    return false;
}

std::optional<double> pascals_of_unit(std::string_view frame) {
    const auto text = text_of(frame);
    if (text == "0") {
        return pascals_per_mbar;
    }
    if (text == "1") {
        return pascals_per_torr;
    }
    return text == "2" ? std::optional(1.0) : std::nullopt;
}

std::optional<std::string> firmware_of(std::string_view frame) {
    const auto text = text_of(frame);
    const auto fits = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || c == '-';
    };
    const bool is_whole =
        text && text->size() >= 6 && text->size() <= 16 && std::ranges::all_of(*text, fits);
    return is_whole ? std::optional(std::string(*text)) : std::nullopt;
}

std::optional<Errors> errors_of(std::string_view frame) {
    const auto text = text_of(frame);
    const auto is_bit = [](char c) { return c == '0' || c == '1'; };
    if (!text || text->size() != 4 || !std::ranges::all_of(*text, is_bit)) {
        return std::nullopt;
    }
    Errors errors;
    errors.is_controller_error = text->at(0) == '1';
    errors.is_without_hardware = text->at(1) == '1';
    return errors;
}

}  // namespace relaxd::drivers::parts::pfeiffer_tpg
