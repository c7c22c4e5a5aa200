// SPDX-License-Identifier: MIT
//
// A calibration set as text: lines of a word and what belongs to it, numbers in their shortest
// exact form, "-" where one is unknown; a table's row has f, T, noise, values, then the covariance.
#include "schema/base/number.hpp"
#include "schema/base/sha256.hpp"
#include "schema/record/calibration.hpp"

#include <cmath>
#include <optional>

namespace relaxd::record {

namespace {

constexpr std::string_view first_line = "relaxd-calibration 1";

std::string number_text(double value) {
    return std::isfinite(value) ? to_text(value) : std::string("-");
}

/// One line: whatever breaks a line becomes a blank.
std::string one_line(std::string_view text) {
    std::string out;
    for (const char c : text) {
        out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
    return out;
}

void add_line(std::string& out, std::string_view key, const std::string& rest) {
    if (!rest.empty()) {
        out += key;
        out += ' ';
        out += one_line(rest);
        out += '\n';
    }
}

std::string_view take_word(std::string_view& text) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return word;
}

std::optional<double> take_number(std::string_view& text) {
    const std::string_view word = take_word(text);
    return word == "-" ? std::optional<double>(unknown) : to_double(word);
}

bool take_numbers(std::string_view& text, std::vector<double>& out, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        const auto value = take_number(text);
        if (!value) {
            return false;
        }
        out.push_back(*value);
    }
    return true;
}

bool take_row(Calibration& set, std::string_view rest) {
    const std::size_t n = set.columns.size();
    const auto f = take_number(rest);
    const auto T = take_number(rest);
    const auto noise = take_number(rest);
    if (!f || !T || !noise) {
        return false;
    }
    CalibrationNode node;
    node.frequency_Hz = *f;
    node.temperature_K = *T;
    node.noise = *noise;
    if (!take_numbers(rest, node.values, n) || !take_numbers(rest, node.covariance, n * n) ||
        !rest.empty()) {
        return false;
    }
    set.nodes.push_back(std::move(node));
    return true;
}

bool take_line(Calibration& set, std::string_view key, std::string_view rest) {
    if (key == "name") {
        set.name = rest;
    } else if (key == "version") {
        const auto version = to_count(rest);
        set.version = version.value_or(0);
        return version.has_value();
    } else if (key == "kind") {
        set.kind = rest;
    } else if (key == "instrument") {
        set.instrument = rest;
    } else if (key == "serial_number") {
        set.serial_number = rest;
    } else if (key == "clamp") {
        set.clamp = rest;
    } else if (key == "made_utc") {
        set.made_utc = utc_from_text(std::string(rest));
    } else if (key == "run") {
        set.runs.emplace_back(rest);
    } else if (key == "number") {
        CalibrationNumber number;
        number.name = take_word(rest);
        const auto value = take_number(rest);
        const auto sigma = take_number(rest);
        number.value = value.value_or(unknown);
        number.sigma = sigma.value_or(unknown);
        number.unit = rest;
        set.numbers.push_back(std::move(number));
        return value && sigma;
    } else if (key == "columns") {
        while (!rest.empty()) {
            set.columns.emplace_back(take_word(rest));
        }
    } else if (key == "row") {
        return take_row(set, rest);
    } else if (key == "note") {
        set.notes = rest;
    } else {
        return false;
    }
    return true;
}

}  // namespace

std::string calibration_text(const Calibration& set) {
    std::string out(first_line);
    out += '\n';
    add_line(out, "name", set.name);
    add_line(out, "version", std::to_string(set.version));
    add_line(out, "kind", set.kind);
    add_line(out, "instrument", set.instrument);
    add_line(out, "serial_number", set.serial_number);
    add_line(out, "clamp", set.clamp);
    add_line(out, "made_utc", set.made_utc.ns == 0 ? std::string() : to_text(set.made_utc));
    for (const std::string& run : set.runs) {
        add_line(out, "run", run);
    }
    for (const CalibrationNumber& one : set.numbers) {
        const std::string unit = one.unit.empty() ? std::string() : " " + one.unit;
        add_line(
            out,
            "number",
            one.name + " " + number_text(one.value) + " " + number_text(one.sigma) + unit
        );
    }
    std::string columns;
    for (const std::string& column : set.columns) {
        columns += (columns.empty() ? "" : " ") + column;
    }
    add_line(out, "columns", columns);
    for (const CalibrationNode& node : set.nodes) {
        std::string row = number_text(node.frequency_Hz) + " " + number_text(node.temperature_K) +
                          " " + number_text(node.noise);
        for (const double value : node.values) {
            row += " " + number_text(value);
        }
        for (const double value : node.covariance) {
            row += " " + number_text(value);
        }
        add_line(out, "row", row);
    }
    add_line(out, "note", set.notes);
    return out;
}

Result<Calibration> calibration_from(std::string_view text) {
    Calibration set;
    std::size_t number = 0;
    while (!text.empty()) {
        ++number;
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (!line.empty() && line.back() == '\r') {
            line.remove_suffix(1);
        }
        const std::string_view whole = line;
        const std::string_view key = take_word(line);
        const bool is_fine = number == 1 ? whole == first_line : take_line(set, key, line);
        if (!is_fine) {
            return fail(
                Errc::corrupt,
                "this is not a line of a calibration set",
                "line " + std::to_string(number),
                "a set begins with \"" + std::string(first_line) +
                    "\" and is written by relaxctl calibration show NAME --text"
            );
        }
    }
    if (const auto fine = check(set); !fine) {
        return fail(fine.error());
    }
    return set;
}

std::string calibration_sha256(const Calibration& set) {
    return sha256_hex(calibration_text(set));
}

}  // namespace relaxd::record
