// SPDX-License-Identifier: MIT
#include "drivers/simulator/parts/solartron_device.hpp"

#include "drivers/simulator/parts/device_text.hpp"
#include "schema/base/number.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

namespace relaxd::simulator {
namespace {

constexpr std::size_t line_bytes = 256;
constexpr double degrees_per_rad = 180.0 / std::numbers::pi;

/// A code with one number.
struct Rule {
    std::string_view code;
    double standard = 0.0;
    double lowest = 0.0;
    double highest = 0.0;
};

constexpr std::array rules{
    Rule{"FR", 100.0, 1e-5, 32e6},
    Rule{"VA", 0.0, 0.0, 3.0},
    Rule{"AM", 0.0, 0.0, 10.0},
    Rule{"VB", 0.0, -40.95, 40.95},
    Rule{"IS", 0.2, 0.01, 1e5},
    Rule{"MS", 0.0, 0.0, 1e5},
    Rule{"CV", 1.0, 0.0, 2.0},
    Rule{"OS", 0.0, 0.0, 1.0},
    Rule{"OT", 0.0, 0.0, 3.0},
};

const Rule* find_rule(std::string_view code) {
    const auto* const found = std::ranges::find(rules, code, &Rule::code);
    return found == rules.end() ? nullptr : found;
}

}  // namespace

SolartronDevice::SolartronDevice(
    PendulumRig& rig, SolartronModel model, bool is_source, std::string serial_number
)
    : rig_(rig), model_(model), is_source_(is_source), serial_number_(std::move(serial_number)) {
    reboot();
}

void SolartronDevice::reboot() {
    for (const Rule& rule : rules) {
        settings_[std::string(rule.code)] = rule.standard;
    }
    numerator_ = 1;
    denominator_ = 0;
    ends_s_.reset();
    received_.clear();
    apply();
}

void SolartronDevice::turn(const std::string& code, double value) {
    settings_.at(code) = value;
    apply();
}

void SolartronDevice::connect() {
    is_connected_ = true;
    received_.clear();
    output_.clear();
}

SteadyTime SolartronDevice::next_wake() const {
    return ends_s_ ? rig_.host_time_of(*ends_s_)
                   : SteadyTime{std::numeric_limits<std::int64_t>::max()};
}

void SolartronDevice::advance_to(SteadyTime now) {
    rig_.follow(now);
    if (ends_s_ && rig_.time_s() >= *ends_s_) {
        finish();
    }
}

std::string SolartronDevice::take_output() {
    return std::exchange(output_, {});
}

void SolartronDevice::receive(std::string_view bytes, SteadyTime now) {
    advance_to(now);
    for (const char c : bytes) {
        if (c == '\r' || c == '\n' || c == ';') {
            const std::string command = std::exchange(received_, {});
            obey(trimmed(command));
        } else if (received_.size() == line_bytes) {
            received_.clear();
        } else {
            received_.push_back(c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
        }
    }
}

/// The 1250 is asked with the mark in front, the others with it behind.
void SolartronDevice::obey(std::string_view command) {
    const bool is_1250 = model_ == SolartronModel::m1250;
    if (!is_1250 && command == "*IDN?") {
        const bool is_1260 = model_ == SolartronModel::m1260;
        say(std::string(is_1260 ? "1260 IMPEDANCE ANALYZER" : "1255B FREQUENCY RESPONSE ANALYZER") +
            ", SOLARTRON, " + serial_number_ + ", 0");
    } else if (is_1250 && command.starts_with('?')) {
        ask(trimmed(command.substr(1)));
    } else if (!is_1250 && command.ends_with('?')) {
        ask(trimmed(command.substr(0, command.size() - 1)));
    } else if (command == "SI") {
        begin();
    } else if (command.size() > 2) {
        set(command.substr(0, 2), trimmed(command.substr(2)));
    }
}

void SolartronDevice::ask(std::string_view code) {
    if (code == "VN" && model_ == SolartronModel::m1250) {
        say(serial_number_);
    } else if (code == "SO") {
        say(std::to_string(numerator_) + "," + std::to_string(denominator_));
    } else if (find_rule(code) != nullptr) {
        say(signed_exponent_text(settings_.find(code)->second, code == "FR" ? 7 : 4));
    }
}

void SolartronDevice::set(std::string_view code, std::string_view arguments) {
    if (code == "SO") {
        const auto parts = split(arguments, ',');
        const auto over = to_double(parts.front());
        const auto under = parts.size() == 2 ? to_double(parts.back()) : std::nullopt;
        if (over && under && *over >= 0.0 && *over <= 2.0 && *under >= 0.0 && *under <= 2.0) {
            numerator_ = static_cast<int>(*over);
            denominator_ = static_cast<int>(*under);
        }
        return;
    }
    const Rule* rule = find_rule(code);
    const auto value = to_double(arguments);
    if (rule == nullptr || !value || *value < rule->lowest || *value > rule->highest) {
        return;  // an error code on its display; nothing on the wire
    }
    settings_.find(code)->second = *value;
    apply();
}

void SolartronDevice::apply() {
    if (!is_source_) {
        return;
    }
    const bool is_1250 = model_ == SolartronModel::m1250;
    RigExcitation excitation;
    excitation.offset_V = is_1250 ? 0.0 : settings_.at("VB");
    excitation.amplitude_V = std::numbers::sqrt2 * settings_.at(is_1250 ? "AM" : "VA");
    excitation.frequency_Hz = settings_.at("FR");
    excitation.is_on = true;
    rig_.excite(excitation);
}

/// Whole cycles, at least one; a measurement under way is given up.
void SolartronDevice::begin() {
    const double frequency_Hz = settings_.at("FR");
    const double cycles = std::max(1.0, std::ceil(settings_.at("IS") * frequency_Hz - 1e-6));
    began_s_ = rig_.time_s();
    ends_s_ = began_s_ + settings_.at("MS") + cycles / frequency_Hz;
}

std::complex<double> SolartronDevice::shown_ratio() const {
    const std::complex<double> ratio = pretended_.value_or(rig_.settled_ratio());
    const bool is_inverse = numerator_ == 1 && denominator_ == 2;
    if (numerator_ == 2 && denominator_ == 1) {
        return ratio;
    }
    return is_inverse && ratio != 0.0 ? 1.0 / ratio : 0.0;
}

void SolartronDevice::finish() {
    ends_s_.reset();
    const bool is_clipped = rig_.lock_in().clipped_s >= began_s_ || is_forced_;
    const std::complex<double> ratio = shown_ratio();
    const bool is_polar = settings_.at("CV") != 0.0;
    const double first = is_polar ? std::abs(ratio) : ratio.real();
    const double second = is_polar ? degrees_per_rad * std::arg(ratio) : ratio.imag();
    const bool is_1250 = model_ == SolartronModel::m1250;
    std::string text = signed_exponent_text(settings_.at("FR"), is_1250 ? 4 : 7) + "," +
                       signed_exponent_text(first, 4) + "," + signed_exponent_text(second, 4) +
                       "," + (is_clipped ? "2" : "0");
    say(is_1250 ? text : text + ",00");
}

}  // namespace relaxd::simulator
