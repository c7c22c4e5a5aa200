// SPDX-License-Identifier: MIT
#include "drivers/parts/mks/protocol.hpp"

#include "schema/base/number.hpp"

#include <algorithm>
#include <array>

namespace relaxd::drivers::parts::mks {

namespace {

constexpr double pascals_per_torr = 101325.0 / 760.0;
constexpr std::size_t head = 7;  // "@253ACK"

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

char upper(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

std::string upper(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](char c) { return upper(c); });
    return out;
}

std::string digits(int address) {
    const std::string text = std::to_string(address);
    return std::string(3 - std::min<std::size_t>(3, text.size()), '0') + text;
}

struct Word {
    std::string_view begin;  ///< Of what the device says, in capitals.
    std::string_view status;
};

}  // namespace

std::string question(int address, std::string_view word) {
    return "@" + digits(address) + std::string(word) + "?" + std::string(terminator);
}

std::optional<Reply> reply_of(std::string_view frame, int address) {
    const bool is_text = std::ranges::all_of(frame, [](char c) { return c >= ' ' && c <= '~'; });
    if (!is_text || !frame.ends_with(terminator) || frame.size() <= head + terminator.size() ||
        frame.front() != '@' || !std::ranges::all_of(frame.substr(1, 3), is_digit)) {
        return std::nullopt;
    }
    if (address != everybody && frame.substr(1, 3) != digits(address)) {
        return std::nullopt;
    }
    Reply reply;
    reply.is_ack = frame.substr(4, 3) == "ACK";
    if (!reply.is_ack && frame.substr(4, 3) != "NAK") {
        return std::nullopt;
    }
    reply.text = frame.substr(head, frame.size() - head - terminator.size());
    const bool is_one = reply.text.find_first_of("@;") == std::string_view::npos;
    return is_one ? std::optional(reply) : std::nullopt;
}

Pressure pressure_of(std::string_view text) {
    constexpr std::array words{
        Word{"LO", "under_range"},  // LO<E-04; before LOWEMIS below
        Word{">", "over_range"},
        Word{"ATM", "over_range"},
        Word{"HI", "over_range"},
        Word{"OFF", "sensor_off"},
        Word{"RP_OFF", "sensor_off"},
        Word{"CTRL_OFF", "sensor_off"},
        Word{"PROT_OFF", "sensor_protected"},
        Word{"PROTECT", "sensor_protected"},
        Word{"WAIT", "starting"},
        Word{"NO", "no_sensor"},  // NOGAUGE, NO_GAUGE
        Word{"MISCONN", "misconnected"}
    };
    Pressure pressure;
    const bool has_point = text.find('.') != std::string_view::npos;
    if (const auto number = to_double(text); number && has_point) {
        pressure.number = *number;
        return pressure;
    }
    const std::string said = upper(text);
    pressure.status = "unknown_word";
    if (said.starts_with("LOWEMIS")) {
        pressure.status = "low_emission";
        return pressure;
    }
    for (const Word& word : words) {
        if (said.starts_with(word.begin)) {
            pressure.status = word.status;
            return pressure;
        }
    }
    return pressure;
}

std::optional<double> pascals_of_unit(std::string_view text) {
    const std::string unit = upper(text);
    if (unit == "TORR") {
        return pascals_per_torr;
    }
    if (unit == "MBAR") {
        return 100.0;
    }
    if (unit == "PASCAL") {
        return 1.0;
    }
    return unit == "MICRON" ? std::optional(1e-3 * pascals_per_torr) : std::nullopt;
}

bool is_token(std::string_view text) {
    const auto fits = [](char c) { return c > ' ' && c <= '~' && c != '<' && c != '>'; };
    return !text.empty() && text.size() <= 32 && std::ranges::all_of(text, fits);
}

bool is_serial(std::string_view text) {
    return is_token(text) && text.size() >= 4 && text.find('.') == std::string_view::npos &&
           std::ranges::any_of(text, [](char c) { return is_digit(c) || c == '-'; });
}

}  // namespace relaxd::drivers::parts::mks
