// SPDX-License-Identifier: MIT
#include "drivers/parts/keysight_33500/protocol.hpp"

#include "schema/base/number.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace relaxd::drivers::parts::keysight_33500 {

namespace {

constexpr double high_impedance_ohm = 9.9e37;  ///< SCPI's infinity.

/// The line without its end; nothing where it is not one line of printable characters.
std::optional<std::string_view> line_in(std::string_view frame) {
    if (!frame.ends_with(terminator)) {
        return std::nullopt;
    }
    frame.remove_suffix(terminator.size());
    const bool is_text = std::ranges::all_of(frame, [](char c) { return c >= ' ' && c <= '~'; });
    return is_text ? std::optional(frame) : std::nullopt;
}

std::vector<std::string_view> split(std::string_view line, char separator) {
    std::vector<std::string_view> words;
    while (true) {
        const std::size_t end = line.find(separator);
        words.push_back(line.substr(0, end));
        if (end == std::string_view::npos) {
            return words;
        }
        line.remove_prefix(end + 1);
    }
}

bool is_word(std::string_view text) {
    return !text.empty() &&
           std::ranges::all_of(text, [](char c) { return c > ' ' && c != ',' && c != ';'; });
}

}  // namespace

std::string ask_settings(int channel) {
    const std::string n = std::to_string(channel);
    const std::string source = ":SOUR" + n;
    return source + ":FREQ?;" + source + ":VOLT?;" + source + ":VOLT:OFFS?;" + source +
           ":VOLT:UNIT?;" + source + ":FUNC?;:OUTP" + n + "?;:OUTP" + n + ":LOAD?\n";
}

std::optional<Settings> settings_in(std::string_view frame) {
    const auto line = line_in(frame);
    const std::vector<std::string_view> words =
        line ? split(*line, ';') : std::vector<std::string_view>();
    if (words.size() != 7) {
        return std::nullopt;
    }
    const auto frequency = to_double(words[0]);
    const auto amplitude = to_double(words[1]);
    const auto offset = to_double(words[2]);
    const auto load = load_in(words[6]);
    const bool is_on = words[5] == "1";
    if (!frequency || !amplitude || !offset || !load || !is_word(words[3]) || !is_word(words[4]) ||
        (!is_on && words[5] != "0")) {
        return std::nullopt;
    }
    Settings out;
    out.frequency_Hz = *frequency;
    out.amplitude = *amplitude;
    out.offset_V = *offset;
    out.unit = words[3];
    out.function = words[4];
    out.is_on = is_on;
    out.load_ohm = *load;
    return out;
}

std::optional<WhoAmI> identity_in(std::string_view frame) {
    const auto line = line_in(frame);
    const std::vector<std::string_view> words =
        line ? split(*line, ',') : std::vector<std::string_view>();
    const bool is_whole =
        words.size() == 4 && std::ranges::none_of(words, &std::string_view::empty);
    if (!is_whole) {
        return std::nullopt;
    }
    WhoAmI who;
    who.vendor = words[0];
    who.model = words[1];
    who.serial_number = words[2];
    who.firmware = words[3];
    return who;
}

std::optional<unsigned> register_in(std::string_view frame) {
    auto line = line_in(frame);
    if (line && line->starts_with('+')) {
        line->remove_prefix(1);
    }
    const auto count = line ? to_count(*line) : std::nullopt;
    return count && *count <= 255U ? std::optional(static_cast<unsigned>(*count)) : std::nullopt;
}

std::optional<Complaint> complaint_in(std::string_view frame) {
    const auto line = line_in(frame);
    const std::size_t comma = line ? line->find(',') : std::string_view::npos;
    if (comma == std::string_view::npos || comma < 2) {
        return std::nullopt;
    }
    const bool is_negative = line->starts_with('-');
    const auto number = to_count(line->substr(1, comma - 1));
    const std::string_view quoted = line->substr(comma + 1);
    const bool is_quoted = quoted.size() >= 2 && quoted.starts_with('"') && quoted.ends_with('"');
    if ((!is_negative && !line->starts_with('+')) || !number || *number > 32768U || !is_quoted) {
        return std::nullopt;
    }
    Complaint out;
    out.number = is_negative ? -static_cast<int>(*number) : static_cast<int>(*number);
    out.sentence = quoted.substr(1, quoted.size() - 2);
    return out;
}

std::optional<std::string> word_in(std::string_view frame) {
    const auto line = line_in(frame);
    return line && is_word(*line) ? std::optional(std::string(*line)) : std::nullopt;
}

std::optional<std::optional<double>> load_in(std::string_view word) {
    const auto ohm = to_double(word);
    if (!ohm || *ohm <= 0.0) {
        return std::nullopt;
    }
    std::optional<double> load;
    if (*ohm < high_impedance_ohm) {
        load = ohm;
    }
    return load;
}

std::string number_text(double value) {
    return to_text(value);
}

}  // namespace relaxd::drivers::parts::keysight_33500
