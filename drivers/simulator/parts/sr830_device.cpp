// SPDX-License-Identifier: MIT
#include "drivers/simulator/parts/sr830_device.hpp"

#include "drivers/simulator/parts/device_text.hpp"
#include "schema/base/number.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>
#include <vector>

namespace relaxd::simulator {

namespace {

/// A setting: limits, the grid that it is rounded to, and how it is shown.
struct Rule {
    std::string_view mnemonic;
    double standard = 0.0;  ///< After a loss of memory.
    double lowest = 0.0;
    double highest = 0.0;
    double step = 1.0;
    int decimals = 0;  ///< Below 0: six significant digits.
};

constexpr std::size_t queue_bytes = 256;

enum Esr : unsigned {
    input_queue = 1U << 0U,
    not_executed = 1U << 4U,
    illegal = 1U << 5U,
    power_on = 1U << 7U,
};
enum Lias : unsigned {
    overload = 1U << 0U,
    output_overload = 1U << 2U,
    unlocked = 1U << 3U,
    range_crossed = 1U << 4U,
    time_constant_changed = 1U << 5U,
};

constexpr std::array rules{
    Rule{"FMOD", 1, 0, 1},
    Rule{"FREQ", 1000, 0.001, 102e3, 1e-4, -1},
    Rule{"SLVL", 1.0, 0.004, 5.0, 0.002, 3},
    Rule{"PHAS", 0, -360.0, 729.99, 0.01, 2},
    Rule{"HARM", 1, 1, 19999},
    Rule{"RSLP", 0, 0, 2},
    Rule{"ISRC", 0, 0, 3},
    Rule{"IGND", 0, 0, 1},
    Rule{"ICPL", 0, 0, 1},
    Rule{"ILIN", 0, 0, 3},
    Rule{"SENS", 26, 0, 26},
    Rule{"RMOD", 1, 0, 2},
    Rule{"OFLT", 8, 0, 19},
    Rule{"OFSL", 1, 0, 3},
    Rule{"SYNC", 0, 0, 1},
    Rule{"OUTX", 0, 0, 1},
};

const Rule* find_rule(std::string_view mnemonic) {
    const auto* const found = std::ranges::find(rules, mnemonic, &Rule::mnemonic);
    return found == rules.end() ? nullptr : found;
}

constexpr double enters_low_Hz = 199.21;
constexpr double leaves_low_Hz = 203.12;
constexpr double longest_in_high = 13.0;  ///< OFLT 13: 30 s

/// 1, 3, 10 … from 10 us.
double time_constant_s(double place) {
    const double decade = std::floor(place / 2.0);
    const bool is_three = place - 2.0 * decade > 0.5;
    return (is_three ? 3.0 : 1.0) * std::pow(10.0, decade - 5.0);
}

/// 2, 5, 10 … from 2 nV.
double full_scale_V(double place) {
    constexpr std::array steps{2.0, 5.0, 10.0};
    const auto whole = static_cast<std::size_t>(place);
    const std::size_t decade = whole / 3;
    return steps.at(whole % 3) * std::pow(10.0, static_cast<double>(decade) - 9.0);
}

/// One integer argument.
std::optional<int> place_in(std::string_view text) {
    const auto number = to_double(text);
    if (!number || *number != std::floor(*number) || std::abs(*number) > 1e6) {
        return std::nullopt;
    }
    return static_cast<int>(*number);
}

std::string decimal(double value, int decimals) {
    return decimals < 0 ? general_text(value, 6) : decimal_text(value, decimals);
}

}  // namespace

Sr830Device::Sr830Device(
    PendulumRig& rig, LockInInput input, bool is_source, std::string serial_number
)
    : unit_(rig, input, is_source), serial_number_(std::move(serial_number)) {
    reboot();
    // What its last user left in its memory: nothing moves.
    settings_["FREQ"] = 1.0;
    settings_["SLVL"] = 0.004;
    settings_["ICPL"] = 1.0;
    is_low_range_ = true;
    lias_ = 0;
    apply();
}

void Sr830Device::reboot() {
    for (const Rule& rule : rules) {
        settings_[std::string(rule.mnemonic)] = rule.standard;
    }
    is_low_range_ = false;
    offsets_.clear();
    received_.clear();
    esr_ = power_on;
    lias_ = 0;
    apply();
}

void Sr830Device::turn(const std::string& mnemonic, double value) {
    put(mnemonic, value);
}

void Sr830Device::connect() {
    is_connected_ = true;
    received_.clear();
    output_.clear();
}

SteadyTime Sr830Device::next_wake() const {
    return SteadyTime{std::numeric_limits<std::int64_t>::max()};  // it only answers
}

void Sr830Device::advance_to(SteadyTime now) {
    unit_.rig().follow(now);
    look();
}

std::string Sr830Device::take_output() {
    return std::exchange(output_, {});
}

void Sr830Device::receive(std::string_view bytes, SteadyTime now) {
    advance_to(now);
    for (const char c : bytes) {
        if (c == '\r' || c == '\n') {
            const std::string line = std::exchange(received_, {});
            for (const std::string_view command : split(line, ';')) {
                obey(command);
            }
        } else if (received_.size() == queue_bytes) {
            received_.clear();
            esr_ |= input_queue;
        } else {
            received_.push_back(c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
        }
    }
}

void Sr830Device::obey(std::string_view command) {
    if (command.empty()) {
        return;
    }
    const std::size_t end = command.find_first_of(" ?0123456789.+-");
    const std::string_view mnemonic = command.substr(0, end);
    std::string_view rest =
        end == std::string_view::npos ? std::string_view() : command.substr(end);
    if (rest.starts_with('?')) {
        answer(mnemonic, trimmed(rest.substr(1)));
    } else {
        set(mnemonic, trimmed(rest));
    }
}

/// Status bits stay set until they are read.
void Sr830Device::look() {
    view_ = unit_.look();
    const double scale_V = full_scale_V(settings_.at("SENS"));
    const double largest_V =
        std::max(std::abs(view_.value_V.real()), std::abs(view_.value_V.imag()));
    lias_ |= view_.is_overloaded ? overload : 0U;
    lias_ |= view_.is_unlocked ? unlocked : 0U;
    lias_ |= largest_V > scale_V ? output_overload : 0U;
}

void Sr830Device::answer(std::string_view mnemonic, std::string_view arguments) {
    if (mnemonic == "*IDN") {
        say("Stanford_Research_Systems,SR830,s/n" + serial_number_ + ",ver1.07");
    } else if (mnemonic == "*ESR") {
        say(std::to_string(std::exchange(esr_, 0U)));
    } else if (mnemonic == "LIAS") {
        say(std::to_string(std::exchange(lias_, 0U)));
    } else if (mnemonic == "ERRS") {
        say("0");
    } else if (mnemonic == "SNAP") {
        const std::string text = snap(arguments);
        if (text.empty()) {
            esr_ |= not_executed;
        } else {
            say(text);
        }
    } else if (mnemonic == "OUTP") {
        const std::string text = output_of(place_in(arguments).value_or(0));
        if (text.empty()) {
            esr_ |= not_executed;
        } else {
            say(text);
        }
    } else if (mnemonic == "OEXP") {
        const auto [offset, place] = offsets_[place_in(arguments).value_or(1)];
        say(decimal(offset, 2) + "," + decimal(place, 0));
    } else if (const Rule* rule = find_rule(mnemonic); rule != nullptr && arguments.empty()) {
        const bool is_external = mnemonic == "FREQ" && settings_.at("FMOD") == 0.0;
        const double held = settings_.find(mnemonic)->second;
        say(decimal(is_external ? view_.frequency_Hz : held, rule->decimals));
    } else {
        esr_ |= illegal;
    }
}

void Sr830Device::set(std::string_view mnemonic, std::string_view arguments) {
    if (mnemonic == "*CLS") {
        esr_ = 0;
        lias_ = 0;
        return;
    }
    if (mnemonic == "*RST") {
        const unsigned kept = esr_;
        reboot();
        esr_ = kept;
        return;
    }
    if (mnemonic == "OEXP") {
        const auto parts = split(arguments, ',');
        const auto which = place_in(parts.front());
        const auto offset = parts.size() == 3 ? to_double(parts[1]) : std::nullopt;
        const auto place = parts.size() == 3 ? place_in(parts[2]) : std::nullopt;
        if (!which || !offset || !place || std::abs(*offset) > 105.0 || *place < 0 || *place > 2) {
            esr_ |= not_executed;
        } else {
            offsets_[*which] = {*offset, *place};
        }
        return;
    }
    const Rule* rule = find_rule(mnemonic);
    if (rule == nullptr) {
        esr_ |= illegal;
        return;
    }
    const auto value = to_double(arguments);
    const bool is_allowed = value && *value >= rule->lowest && *value <= rule->highest;
    const bool is_foreign = mnemonic == "FREQ" && settings_.at("FMOD") == 0.0;
    if (!is_allowed || is_foreign) {
        esr_ |= not_executed;
        return;
    }
    put(mnemonic, *value);
}

void Sr830Device::put(std::string_view mnemonic, double value) {
    double step = find_rule(mnemonic)->step;
    if (mnemonic == "FREQ") {  // five digits, or 0.1 mHz
        step = std::max(step, std::pow(10.0, std::floor(std::log10(value)) - 4.0));
    }
    value = step * std::round(value / step);
    if (mnemonic == "PHAS") {
        value = std::remainder(value, 360.0);
    }
    if (mnemonic == "OFLT" && !is_low_range_) {
        value = std::min(value, longest_in_high);
    }
    settings_.find(mnemonic)->second = value;
    const double detected_Hz = settings_["HARM"] * settings_["FREQ"];
    const bool was_low = is_low_range_;
    is_low_range_ = was_low ? detected_Hz <= leaves_low_Hz : detected_Hz < enters_low_Hz;
    if (is_low_range_ != was_low) {
        lias_ |= range_crossed;
        settings_["SYNC"] = is_low_range_ ? settings_["SYNC"] : 0.0;
        if (!is_low_range_ && settings_["OFLT"] > longest_in_high) {
            settings_["OFLT"] = longest_in_high;
            lias_ |= time_constant_changed;
        }
    }
    apply();
}

void Sr830Device::apply() {
    LockInPanel panel;
    panel.is_internal = settings_.at("FMOD") != 0.0;
    panel.frequency_Hz = settings_.at("FREQ");
    panel.amplitude_V = settings_.at("SLVL");
    panel.time_constant_s = time_constant_s(settings_.at("OFLT"));
    panel.slope_dB_per_octave = 6 * (1 + static_cast<int>(settings_.at("OFSL")));
    panel.phase_degree = settings_.at("PHAS");
    unit_.turn(panel);
}

/// X, Y, R, theta and the reference's frequency; the others are plugged to nothing.
std::string Sr830Device::output_of(int which) {
    const double scale_V = full_scale_V(settings_.at("SENS"));
    const auto shown = [&](double value_V, int output) {
        const auto offset = offsets_.find(output);
        const double percent = offset == offsets_.end() ? 0.0 : offset->second.first;
        return std::clamp(value_V - 0.01 * percent * scale_V, -scale_V, scale_V);
    };
    const double x_V = shown(view_.value_V.real(), 1);
    const double y_V = shown(view_.value_V.imag(), 2);
    switch (which) {
        case 1: return general_text(x_V, 6);
        case 2: return general_text(y_V, 6);
        case 3: return general_text(std::hypot(x_V, y_V), 6);
        case 4: return general_text(180.0 / std::numbers::pi * std::atan2(y_V, x_V), 6);
        case 9: return general_text(view_.frequency_Hz, 6);
        default: return {};
    }
}

std::string Sr830Device::snap(std::string_view arguments) {
    const auto places = split(arguments, ',');
    if (places.size() < 2 || places.size() > 6) {
        return {};
    }
    std::string text;
    for (const std::string_view place : places) {
        const std::string value = output_of(place_in(place).value_or(0));
        if (value.empty()) {
            return {};
        }
        text += (text.empty() ? "" : ",") + value;
    }
    return text;
}

/// Wherever the query came from, replies go to the interface that OUTX names.
void Sr830Device::say(const std::string& text) {
    if (settings_.at("OUTX") == 0.0) {
        output_ += text + "\r";
    }
}

}  // namespace relaxd::simulator
