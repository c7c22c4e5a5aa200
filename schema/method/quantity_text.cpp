// SPDX-License-Identifier: MIT
#include "schema/method/quantity_text.hpp"

#include "schema/base/number.hpp"

#include <array>
#include <cmath>
#include <string>

namespace relaxd::method {

namespace {

struct Unit {
    std::string_view word;
    Measure measure;
    double divide_by;  ///< SI = value · multiply_by / divide_by + add (exact for min, h, %).
    double multiply_by = 1.0;
    double add = 0.0;
    bool exact_case = false;  ///< Where a change of case would be another unit (mPa, MPa).
};

constexpr double zero_degC_K = 273.15;
constexpr double s_per_min = 60.0;
constexpr double s_per_h = 3600.0;

constexpr std::array units{
    Unit{"K", Measure::temperature, 1.0},
    Unit{"°C", Measure::temperature, 1.0, 1.0, zero_degC_K},
    Unit{"degC", Measure::temperature, 1.0, 1.0, zero_degC_K},
    Unit{"C", Measure::temperature, 1.0, 1.0, zero_degC_K},
    Unit{"K", Measure::temperature_difference, 1.0},
    Unit{"°C", Measure::temperature_difference, 1.0},
    Unit{"degC", Measure::temperature_difference, 1.0},
    Unit{"C", Measure::temperature_difference, 1.0},
    Unit{"K/min", Measure::heating_rate, s_per_min},
    Unit{"°C/min", Measure::heating_rate, s_per_min},
    Unit{"degC/min", Measure::heating_rate, s_per_min},
    Unit{"C/min", Measure::heating_rate, s_per_min},
    Unit{"K/s", Measure::heating_rate, 1.0},
    Unit{"K/h", Measure::heating_rate, s_per_h},
    Unit{"s", Measure::duration, 1.0},
    Unit{"min", Measure::duration, 1.0, s_per_min},
    Unit{"h", Measure::duration, 1.0, s_per_h},
    Unit{"Hz", Measure::frequency, 1.0},
    Unit{"mHz", Measure::frequency, 1e3, 1.0, 0.0, true},
    Unit{"MPa", Measure::stress, 1.0, 1e6, 0.0, true},
    Unit{"kPa", Measure::stress, 1.0, 1e3, 0.0, true},
    Unit{"GPa", Measure::stress, 1.0, 1e9, 0.0, true},
    Unit{"Pa", Measure::stress, 1.0, 1.0, 0.0, true},
    Unit{"um", Measure::length, 1e6},
    Unit{"\u00B5m", Measure::length, 1e6},
    Unit{"\u03BCm", Measure::length, 1e6},
    Unit{"mm", Measure::length, 1e3},
    Unit{"nm", Measure::length, 1e9},
    Unit{"m", Measure::length, 1.0},
    Unit{"%", Measure::strain, 100.0},
    Unit{"1/s", Measure::strain_rate, 1.0},
    Unit{"1/min", Measure::strain_rate, s_per_min},
    Unit{"%/s", Measure::strain_rate, 100.0},
    Unit{"%/min", Measure::strain_rate, 6000.0},
    Unit{"s/pt", Measure::interval, 1.0},
    Unit{"min/pt", Measure::interval, 1.0, s_per_min},
    Unit{"N", Measure::force, 1.0, 1.0, 0.0, true},
    Unit{"mN", Measure::force, 1e3, 1.0, 0.0, true},
    Unit{"N/min", Measure::force_rate, s_per_min, 1.0, 0.0, true},
    Unit{"N/s", Measure::force_rate, 1.0, 1.0, 0.0, true},
    Unit{"mN/min", Measure::force_rate, 1e3 * s_per_min, 1.0, 0.0, true},
    Unit{"mN/s", Measure::force_rate, 1e3, 1.0, 0.0, true},
    Unit{"N m", Measure::torque, 1.0, 1.0, 0.0, true},
    Unit{"Nm", Measure::torque, 1.0, 1.0, 0.0, true},
    Unit{"mN m", Measure::torque, 1e3, 1.0, 0.0, true},
    Unit{"uN m", Measure::torque, 1e6, 1.0, 0.0, true},
    Unit{"nN m", Measure::torque, 1e9, 1.0, 0.0, true},
    Unit{"%", Measure::percentage, 1.0},
    Unit{"rad", Measure::angle, 1.0},
    Unit{"mrad", Measure::angle, 1e3, 1.0, 0.0, true},
    Unit{"urad", Measure::angle, 1e6, 1.0, 0.0, true},
    Unit{"V", Measure::voltage, 1.0, 1.0, 0.0, true},
    Unit{"mV", Measure::voltage, 1e3, 1.0, 0.0, true},
};

std::string_view noun(Measure measure) {
    switch (measure) {
        case Measure::temperature: return "temperature";
        case Measure::temperature_difference: return "temperature difference";
        case Measure::heating_rate: return "heating rate";
        case Measure::duration: return "time";
        case Measure::frequency: return "frequency";
        case Measure::stress: return "stress";
        case Measure::length: return "length";
        case Measure::strain: return "strain";
        case Measure::strain_rate: return "strain rate";
        case Measure::interval: return "sampling interval";
        case Measure::force: return "force";
        case Measure::force_rate: return "rate of force";
        case Measure::torque: return "torque";
        case Measure::percentage: return "percentage";
        case Measure::angle: return "angle";
        case Measure::voltage: return "voltage";
    }
    return "quantity";
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_ignoring_case(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) {
        return false;
    }
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (lower(a[i]) != lower(b[i])) {
            return false;
        }
    }
    return true;
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Length of the longest number at the start of `text`; 0 if there is none.
std::size_t number_length(std::string_view text) {
    std::size_t i = 0;
    const auto digits = [&] {
        const std::size_t from = i;
        while (i < text.size() && is_digit(text[i])) {
            ++i;
        }
        return i - from;
    };
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) {
        ++i;
    }
    std::size_t count = digits();
    if (i < text.size() && text[i] == '.') {
        ++i;
        count += digits();
    }
    if (count == 0) {
        return 0;
    }
    const std::size_t mantissa_end = i;
    if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
        ++i;
        if (i < text.size() && (text[i] == '+' || text[i] == '-')) {
            ++i;
        }
        if (digits() > 0) {
            return i;
        }
    }
    return mantissa_end;
}

std::string known_units(Measure measure) {
    std::string text;
    for (const Unit& unit : units) {
        if (unit.measure == measure && unit.word != "\u03BCm") {
            text += text.empty() ? "" : ", ";
            text += unit.word;
        }
    }
    return text;
}

}  // namespace

void Scanner::skip_blanks() {
    while (position_ < text_.size() && (text_[position_] == ' ' || text_[position_] == '\t')) {
        ++position_;
    }
}

bool Scanner::take_word(std::string_view word) {
    skip_blanks();
    if (!same_ignoring_case(text_.substr(position_, word.size()), word)) {
        return false;
    }
    const std::size_t end = position_ + word.size();
    const bool ends = word == "," || end == text_.size() || text_[end] == ' ' ||
                      text_[end] == '\t' || text_[end] == ',';
    if (ends) {
        position_ = end;
    }
    return ends;
}

std::optional<double> Scanner::take_number() {
    skip_blanks();
    const std::size_t length = number_length(text_.substr(position_));
    const std::optional<double> value = to_double(text_.substr(position_, length));
    if (value) {
        position_ += length;
    }
    return value;
}

std::string_view Scanner::take_token() {
    skip_blanks();
    std::size_t end = position_;
    while (end < text_.size() && text_[end] != ' ' && text_[end] != '\t' && text_[end] != ',') {
        ++end;
    }
    const std::string_view token = text_.substr(position_, end - position_);
    position_ = end;
    return token;
}

bool Scanner::at_end() {
    skip_blanks();
    return position_ == text_.size();
}

std::string_view Scanner::rest() {
    skip_blanks();
    return text_.substr(position_);
}

Result<double> take_quantity(Scanner& scanner, Measure measure) {
    const std::string what(noun(measure));
    const std::string found(scanner.rest());
    const std::optional<double> value = scanner.take_number();
    if (!value) {
        return fail(
            Errc::invalid,
            "a " + what + " is expected at '" + found + "'",
            {},
            "write a number and one of " + known_units(measure)
        );
    }
    std::string word(scanner.take_token());
    if (measure == Measure::torque && scanner.take_word("m")) {
        word += " m";  // the one unit of two words
    }
    for (const Unit& unit : units) {
        if (unit.measure == measure &&
            (unit.exact_case ? unit.word == word : same_ignoring_case(unit.word, word))) {
            const double si = (*value * unit.multiply_by / unit.divide_by) + unit.add;
            if (!std::isfinite(si)) {
                std::string why = "'";
                why.append(found).append("' is too great a ").append(what);
                return fail(Errc::invalid, std::move(why));
            }
            return si;
        }
    }
    const std::string problem = word.empty()
                                    ? "the " + what + " " + relaxd::to_text(*value) + " has no unit"
                                    : "'" + word + "' is not a unit of " + what;
    return fail(Errc::invalid, problem, {}, "known units: " + known_units(measure));
}

Result<double> quantity(std::string_view text, Measure measure) {
    Scanner scanner(text);
    Result<double> value = take_quantity(scanner, measure);
    if (value && !scanner.at_end()) {
        return fail(
            Errc::invalid,
            "unexpected '" + std::string(scanner.rest()) + "' after '" + std::string(text) + "'",
            {},
            "write one number and one unit"
        );
    }
    return value;
}

}  // namespace relaxd::method
