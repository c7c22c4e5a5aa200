// SPDX-License-Identifier: MIT
#include "drivers/simulator/parts/sr86x_device.hpp"

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

constexpr std::size_t line_bytes = 4096;

enum Esr : unsigned {
    input_queue = 1U << 1U,
    not_executed = 1U << 4U,
    illegal = 1U << 5U,
    power_on = 1U << 7U,
};
enum Lias : unsigned {
    channel_1 = 1U << 0U,
    channel_2 = 1U << 1U,
    unlocked = 1U << 3U,
    input_range = 1U << 4U,
};

struct Rule {
    std::string_view mnemonic;  ///< With its index where it has one: "COFA 0".
    double standard = 0.0;
    double lowest = 0.0;
    double highest = 0.0;
    bool is_place = true;  ///< A whole number.
};

constexpr std::array rules{
    Rule{"RSRC", 0, 0, 3},
    Rule{"RTRG", 0, 0, 2},
    Rule{"FREQ", 100e3, 0.001, 500e3, false},
    Rule{"SLVL", 0.0, 0.0, 2.0, false},
    Rule{"SOFF", 0.0, -5.0, 5.0, false},
    Rule{"PHAS", 0.0, -360e3, 360e3, false},
    Rule{"HARM", 1, 1, 99},
    Rule{"IVMD", 0, 0, 1},
    Rule{"ISRC", 0, 0, 1},
    Rule{"ICPL", 0, 0, 1},
    Rule{"IGND", 0, 0, 1},
    Rule{"IRNG", 0, 0, 4},
    Rule{"SCAL", 0, 0, 27},
    Rule{"OFLT", 10, 0, 21},
    Rule{"OFSL", 1, 0, 3},
    Rule{"SYNC", 0, 0, 1},
    Rule{"ADVFILT", 1, 0, 1},
    Rule{"COFA 0", 0, 0, 1},
    Rule{"COFA 1", 0, 0, 1},
    Rule{"CRAT 0", 0, 0, 1},
    Rule{"CRAT 1", 0, 0, 1},
};

const Rule* find_rule(std::string_view mnemonic) {
    const auto* const found = std::ranges::find(rules, mnemonic, &Rule::mnemonic);
    return found == rules.end() ? nullptr : found;
}

/// 1, 3, 10 … from 1 us.
double time_constant_s(double place) {
    const double decade = std::floor(place / 2.0);
    return (place - 2.0 * decade > 0.5 ? 3.0 : 1.0) * std::pow(10.0, decade - 6.0);
}

/// 1, 0.5, 0.2, 0.1 … V
double full_scale_V(double place) {
    constexpr std::array steps{1.0, 0.5, 0.2};
    const auto whole = static_cast<std::size_t>(place);
    const std::size_t decade = whole / 3;
    return steps.at(whole % 3) * std::pow(10.0, -static_cast<double>(decade));
}

}  // namespace

Sr86xDevice::Sr86xDevice(
    PendulumRig& rig, LockInInput input, bool is_source, std::string serial_number
)
    : unit_(rig, input, is_source), serial_number_(std::move(serial_number)) {
    reboot();
    settings_["FREQ"] = 1.0;  // what its last user left in its memory
    settings_["ICPL"] = 1.0;
    apply();
}

void Sr86xDevice::reboot() {
    for (const Rule& rule : rules) {
        settings_[std::string(rule.mnemonic)] = rule.standard;
    }
    received_.clear();
    esr_ = power_on;
    lias_ = 0;
    apply();
}

void Sr86xDevice::turn(const std::string& mnemonic, double value) {
    settings_.at(mnemonic) = value;
    apply();
}

void Sr86xDevice::connect() {
    is_connected_ = true;
    received_.clear();
    output_.clear();
}

SteadyTime Sr86xDevice::next_wake() const {
    return SteadyTime{std::numeric_limits<std::int64_t>::max()};  // it only answers
}

void Sr86xDevice::advance_to(SteadyTime now) {
    unit_.rig().follow(now);
    look();
}

std::string Sr86xDevice::take_output() {
    return std::exchange(output_, {});
}

void Sr86xDevice::receive(std::string_view bytes, SteadyTime now) {
    advance_to(now);
    for (const char c : bytes) {
        if (c == '\n') {
            obey_line(std::exchange(received_, {}));
        } else if (received_.size() == line_bytes) {
            received_.clear();
            esr_ |= input_queue;
        } else if (c != '\r') {
            received_.push_back(c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
        }
    }
}

/// Replies of one line are joined by semicolons.
void Sr86xDevice::obey_line(std::string_view line) {
    std::string said;
    for (const std::string_view command : split(line, ';')) {
        if (command.empty()) {
            continue;
        }
        const std::size_t end = command.find_first_of(" ?");
        const std::string_view mnemonic = command.substr(0, end);
        const bool is_query = end != std::string_view::npos && command[end] == '?';
        const std::string_view rest =
            end == std::string_view::npos ? std::string_view() : trimmed(command.substr(end + 1));
        if (!is_query) {
            set(mnemonic, rest);
        } else if (const Answer text = answer(mnemonic, rest)) {
            said += (said.empty() ? "" : ";") + *text;
        }
    }
    if (!said.empty()) {
        output_ += said + "\n";
    }
}

void Sr86xDevice::look() {
    view_ = unit_.look();
    const double scale_V = full_scale_V(settings_.at("SCAL"));
    lias_ |= view_.is_overloaded ? input_range : 0U;
    lias_ |= view_.is_unlocked ? unlocked : 0U;
    lias_ |= std::abs(view_.value_V.real()) > scale_V ? channel_1 : 0U;
    lias_ |= std::abs(view_.value_V.imag()) > scale_V ? channel_2 : 0U;
}

Sr86xDevice::Answer Sr86xDevice::answer(std::string_view mnemonic, std::string_view arguments) {
    if (mnemonic == "*IDN") {
        return "Stanford_Research_Systems,SR860," + serial_number_ + ",v1.51";
    }
    if (mnemonic == "*ESR") {
        return std::to_string(std::exchange(esr_, 0U));
    }
    if (mnemonic == "LIAS") {
        return std::to_string(std::exchange(lias_, 0U));
    }
    if (mnemonic == "ERRS") {
        return "0";
    }
    if (mnemonic == "SNAP" || mnemonic == "OUTP") {
        Answer text = mnemonic == "SNAP" ? snap(arguments) : output_of(arguments);
        esr_ |= text ? 0U : not_executed;
        return text;
    }
    const std::string key =
        std::string(mnemonic) + (arguments.empty() ? "" : " " + std::string(arguments));
    const Rule* rule = find_rule(key);
    if (rule == nullptr) {
        esr_ |= illegal;
        return std::nullopt;
    }
    if (mnemonic == "FREQ" && settings_.at("RSRC") == 1.0) {
        return general_text(view_.frequency_Hz, 10);
    }
    return general_text(settings_.at(key), 10);
}

void Sr86xDevice::set(std::string_view mnemonic, std::string_view arguments) {
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
    std::string key(mnemonic);
    const auto parts = split(arguments, ',');
    if (parts.size() == 2) {
        key += " " + std::string(parts.front());
    }
    const Rule* rule = find_rule(key);
    if (rule == nullptr) {
        esr_ |= illegal;
        return;
    }
    const auto value = to_double(parts.back());
    const bool is_allowed = value && *value >= rule->lowest && *value <= rule->highest &&
                            (!rule->is_place || *value == std::floor(*value));
    if (!is_allowed) {
        esr_ |= not_executed;
        return;
    }
    settings_.at(key) = *value;
    apply();
}

void Sr86xDevice::apply() {
    LockInPanel panel;
    panel.is_internal = settings_.at("RSRC") != 1.0;
    panel.frequency_Hz = settings_.at("FREQ");
    panel.amplitude_V = settings_.at("SLVL");
    panel.offset_V = settings_.at("SOFF");
    panel.time_constant_s = time_constant_s(settings_.at("OFLT"));
    panel.slope_dB_per_octave = 6 * (1 + static_cast<int>(settings_.at("OFSL")));
    panel.phase_degree = settings_.at("PHAS");
    unit_.turn(panel);
}

/// Outputs count from 0. The sensitivity scales the sockets, not these numbers.
Sr86xDevice::Answer Sr86xDevice::output_of(std::string_view place) const {
    const auto number = to_double(place);
    if (!number) {
        return std::nullopt;
    }
    const double x_V = view_.value_V.real();
    const double y_V = view_.value_V.imag();
    if (*number == 0.0) {
        return general_text(x_V, 8);
    }
    if (*number == 1.0) {
        return general_text(y_V, 8);
    }
    if (*number == 2.0) {
        return general_text(std::hypot(x_V, y_V), 8);
    }
    if (*number == 3.0) {
        return general_text(180.0 / std::numbers::pi * std::atan2(y_V, x_V), 8);
    }
    if (*number == 15.0) {
        return general_text(settings_.at("FREQ"), 10);
    }
    if (*number == 16.0) {
        return general_text(settings_.at("RSRC") == 1.0 ? view_.frequency_Hz : 0.0, 10);
    }
    return std::nullopt;
}

Sr86xDevice::Answer Sr86xDevice::snap(std::string_view arguments) const {
    const auto places = split(arguments, ',');
    if (places.size() < 2 || places.size() > 3) {
        return std::nullopt;
    }
    std::string text;
    for (const std::string_view place : places) {
        const Answer value = output_of(place);
        if (!value) {
            return std::nullopt;
        }
        text += (text.empty() ? "" : ",") + *value;
    }
    return text;
}

}  // namespace relaxd::simulator
