// SPDX-License-Identifier: MIT
#include "drivers/simulator/parts/keysight_33500_device.hpp"

#include "drivers/simulator/parts/keysight_33500_scpi.hpp"
#include "schema/base/number.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <numbers>
#include <optional>
#include <utility>

namespace relaxd::simulator {
namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double source_ohm = 50.0;
constexpr double frequency_min_Hz = 1e-6;
constexpr double frequency_max_Hz = 2e7;
constexpr double amplitude_min_Vpp = 1e-3;
constexpr std::size_t line_max = 10'000;
constexpr std::size_t errors_max = 20;

enum Event : unsigned {
    operation_complete = 1,
    execution_error = 16,
    command_error = 32,
    power_on = 128,
};

}  // namespace

Keysight33500Device::Keysight33500Device(PendulumRig& rig, std::string serial, int channel)
    : rig_(rig), serial_(std::move(serial)), channel_(channel) {
    reboot();
}

void Keysight33500Device::reboot() {
    state_ = State();
    errors_.clear();
    received_.clear();
    answer_.clear();
    output_.clear();
    is_too_long_ = false;
    events_ = power_on;
    events_enabled_ = 0;
    drive();
}

void Keysight33500Device::turn_frequency(double frequency_Hz) {
    state_.frequency_Hz = std::clamp(frequency_Hz, frequency_min_Hz, frequency_max_Hz);
    drive();
}

void Keysight33500Device::turn_output(bool is_on) {
    state_.is_on = is_on;
    drive();
}

void Keysight33500Device::turn_amplitude(double amplitude_Vpp) {
    set_amplitude(amplitude_Vpp);
    drive();
}

void Keysight33500Device::turn_offset(double offset_V) {
    set_offset(offset_V);
    drive();
}

void Keysight33500Device::turn_load(double load_ohm) {
    set_load(to_text(load_ohm));
}

void Keysight33500Device::connect() {
    is_connected_ = true;
    received_.clear();
    output_.clear();
    is_too_long_ = false;
}

SteadyTime Keysight33500Device::next_wake() const {
    return SteadyTime{std::numeric_limits<std::int64_t>::max()};  // it only answers
}

std::string Keysight33500Device::take_output() {
    return std::exchange(output_, std::string());
}

// What the coil's source gets: a divider of 50 ohm and nothing.
void Keysight33500Device::drive() {
    const double open = std::isinf(state_.load_ohm) ? 1.0 : 1.0 + source_ohm / state_.load_ohm;
    RigExcitation excitation;
    excitation.offset_V = open * state_.offset_V;
    excitation.amplitude_V = state_.is_dc ? 0.0 : 0.5 * open * state_.amplitude_Vpp;
    excitation.frequency_Hz = state_.frequency_Hz;
    excitation.is_on = state_.is_on;
    rig_.excite(excitation);
}

void Keysight33500Device::complain(int number, const std::string& sentence) {
    events_ |= number <= -200 ? execution_error : command_error;
    const std::string text = std::to_string(number) + ",\"" + sentence + "\"";
    if (errors_.size() < errors_max) {
        errors_.push_back(text);
    } else {
        errors_.back() = "-350,\"Error queue overflow\"";
    }
}

// What is beyond a limit is set to the limit, and the error says so; MIN and MAX are no errors.
void Keysight33500Device::clipped(const std::string& what, bool is_high) {
    complain(
        -222,
        "Data out of range; " + what + "; value clipped to " + (is_high ? "upper" : "lower") +
            " limit"
    );
}

// Several answers of one line stand in one, with ';' between.
void Keysight33500Device::reply(const std::string& text) {
    answer_ += answer_.empty() ? text : ";" + text;
}

void Keysight33500Device::receive(std::string_view bytes, SteadyTime now) {
    advance_to(now);
    for (const char c : bytes) {
        if (c != '\n') {
            is_too_long_ = is_too_long_ || received_.size() >= line_max;
            if (!is_too_long_) {
                received_ += c;
            }
            continue;
        }
        const std::string text = std::exchange(received_, std::string());
        if (std::exchange(is_too_long_, false)) {
            complain(-363, "Input buffer overrun");
            continue;
        }
        line(text);
    }
}

void Keysight33500Device::line(std::string_view text) {
    Words path;
    for (const std::string& one : scpi::split(text, ';')) {
        const std::string_view said = scpi::trimmed(one);
        if (!said.empty()) {
            command(said, path);
        }
    }
    if (!answer_.empty()) {
        output_ += std::exchange(answer_, std::string()) + "\n";
    }
}

void Keysight33500Device::command(std::string_view text, Words& path) {
    const std::size_t blank = text.find_first_of(" \t");
    std::string head(text.substr(0, blank));
    const std::string argument(
        blank == std::string_view::npos ? std::string_view() : scpi::trimmed(text.substr(blank))
    );
    if (head.starts_with('*')) {
        common(scpi::upper(head), argument);
        return;
    }
    const bool is_query = head.ends_with('?');
    if (is_query) {
        head.pop_back();
    }
    if (head.starts_with(':')) {
        head.erase(0, 1);
        path.clear();
    }
    Words nodes = path;
    for (const std::string& node : scpi::split(head, ':')) {
        nodes.push_back(node);
    }
    const scpi::Header header = scpi::header_of(nodes);
    if (!header.is_known) {
        complain(-113, "Undefined header");
        return;
    }
    if (header.channel != channel_ && !header.name.starts_with("SYST")) {
        complain(-114, "Header suffix out of range");
        return;
    }
    path.assign(nodes.begin(), nodes.end() - 1);
    if (is_query) {
        asked(header.name, argument);
    } else {
        set(header.name, argument);
    }
}

void Keysight33500Device::common(const std::string& name, const std::string& argument) {
    if (name == "*IDN?") {
        reply(
            "Keysight Technologies,3351" + std::to_string(channel_) + "B," + serial_ +
            ",5.03-3.15-2.00-58-00"
        );
    } else if (name == "*ESR?") {
        reply(std::to_string(std::exchange(events_, 0U)));
    } else if (name == "*STB?") {
        const bool is_event = (events_ & events_enabled_) != 0;
        reply(std::to_string((errors_.empty() ? 0 : 4) + (is_event ? 32 : 0)));
    } else if (name == "*ESE?") {
        reply(std::to_string(events_enabled_));
    } else if (name == "*OPC?") {
        reply("1");
    } else if (name == "*TST?") {
        reply("+0");
    } else if (name == "*CLS") {
        errors_.clear();
        events_ = 0;
    } else if (name == "*RST") {
        state_ = State();
        drive();
    } else if (name == "*OPC") {
        events_ |= operation_complete;
    } else if (name == "*ESE") {
        const auto number = to_count(argument);
        if (!number || *number > 255) {
            complain(-222, "Data out of range");
            return;
        }
        events_enabled_ = static_cast<unsigned>(*number);
    } else if (name != "*WAI") {
        complain(-113, "Undefined header");
    }
}

double Keysight33500Device::most_V() const {
    return std::isinf(state_.load_ohm) ? 10.0
                                       : 10.0 * state_.load_ohm / (state_.load_ohm + source_ohm);
}

double Keysight33500Device::unit_per_Vpp() const {
    return state_.is_rms ? 0.5 / std::numbers::sqrt2 : 1.0;
}

void Keysight33500Device::asked(const std::string& header, const std::string& argument) {
    const std::string bound = scpi::upper(argument);
    const bool is_min = bound == "MIN" || bound == "MINIMUM";
    const bool is_max = bound == "MAX" || bound == "MAXIMUM";
    const auto number = [&](double now, double least, double most) {
        reply(scpi::shown(is_min ? least : (is_max ? most : now)));
    };
    if (header == "FREQ") {
        number(state_.frequency_Hz, frequency_min_Hz, frequency_max_Hz);
    } else if (header == "VOLT") {
        const double most_Vpp = 2.0 * (most_V() - std::abs(state_.offset_V));
        const double unit = unit_per_Vpp();
        number(unit * state_.amplitude_Vpp, unit * amplitude_min_Vpp, unit * most_Vpp);
    } else if (header == "VOLT:OFFS") {
        const double most = most_V() - (state_.is_dc ? 0.0 : 0.5 * state_.amplitude_Vpp);
        number(state_.offset_V, -most, most);
    } else if (header == "VOLT:UNIT") {
        reply(state_.is_rms ? "VRMS" : "VPP");
    } else if (header == "PHAS") {
        number(state_.phase_deg, -360.0, 360.0);
    } else if (header == "OUTP:LOAD") {
        number(std::isinf(state_.load_ohm) ? 9.9e37 : state_.load_ohm, 1.0, 1e4);
    } else if (header == "OUTP") {
        reply(state_.is_on ? "1" : "0");
    } else if (header == "OUTP:SYNC") {
        reply("1");
    } else if (header == "FUNC") {
        reply(state_.is_dc ? "DC" : "SIN");
    } else if (header == "SYST:ERR") {
        reply(errors_.empty() ? "+0,\"No error\"" : errors_.front());
        if (!errors_.empty()) {
            errors_.pop_front();
        }
    } else if (header == "SYST:VERS") {
        reply("1994.0");
    } else if (header == "SYST:COMM:TCP:CONT") {
        reply("0");  // "0 if the interface has no control socket"
    } else {
        complain(-113, "Undefined header");
    }
}

void Keysight33500Device::set(const std::string& header, const std::string& argument) {
    const std::string word = scpi::upper(argument);
    if (header == "OUTP" || header == "OUTP:SYNC") {
        const bool is_on = word == "ON" || word == "1";
        if (!is_on && word != "OFF" && word != "0") {
            complain(-224, "Illegal parameter value");
        } else if (header == "OUTP") {
            state_.is_on = is_on;
            drive();
        }
    } else if (header == "FUNC") {
        const bool is_sine = word == "SIN" || word == "SINUSOID";
        if (!is_sine && word != "DC") {
            complain(-224, "Illegal parameter value");
            return;
        }
        state_.is_dc = !is_sine;
        drive();
    } else if (header == "VOLT:UNIT") {
        if (word != "VPP" && word != "VRMS") {
            complain(-224, "Illegal parameter value");
            return;
        }
        state_.is_rms = word == "VRMS";
    } else if (header == "OUTP:LOAD") {
        set_load(word);
    } else if (header == "APPL:SIN") {
        apply_sine(argument);
    } else if (header == "FREQ" || header == "VOLT" || header == "VOLT:OFFS" || header == "PHAS") {
        set_number(header, argument);
    } else if (header != "PHAS:SYNC" && header != "SYST:REM" && header != "SYST:LOC" &&
               header != "SYST:RWL" && header != "SYST:BEEP") {
        complain(-113, "Undefined header");
    }
}

void Keysight33500Device::set_number(const std::string& header, const std::string& argument) {
    const std::string word = scpi::upper(argument);
    std::optional<double> number;
    if (word == "MIN" || word == "MINIMUM") {
        number = -infinite;
    } else if (word == "MAX" || word == "MAXIMUM") {
        number = infinite;
    } else if (header == "FREQ") {
        number = scpi::number_of(argument, "HZ");
    } else if (header == "PHAS") {
        number = scpi::number_of(argument, "DEG");
    } else if (header == "VOLT" && word.ends_with("VPP")) {
        number = scpi::number_of(argument, "VPP");
        number = number ? std::optional(*number * unit_per_Vpp()) : number;
    } else {
        number =
            scpi::number_of(argument, header == "VOLT" && word.ends_with("VRMS") ? "VRMS" : "V");
    }
    if (!number) {
        complain(
            argument.empty() ? -109 : -104,
            argument.empty() ? "Missing parameter" : "Data type error"
        );
        return;
    }
    if (header == "FREQ") {
        set_frequency(*number);
    } else if (header == "VOLT") {
        set_amplitude(*number / unit_per_Vpp());
    } else if (header == "VOLT:OFFS") {
        set_offset(*number);
    } else {
        state_.phase_deg = std::clamp(*number, -360.0, 360.0);
    }
    drive();
}

void Keysight33500Device::set_frequency(double frequency_Hz) {
    state_.frequency_Hz = std::clamp(frequency_Hz, frequency_min_Hz, frequency_max_Hz);
    if (std::isfinite(frequency_Hz) && state_.frequency_Hz != frequency_Hz) {
        const bool is_high = frequency_Hz > frequency_max_Hz;
        clipped("frequency", is_high);
    }
}

void Keysight33500Device::set_amplitude(double amplitude_Vpp) {
    const double most_Vpp = 2.0 * (most_V() - std::abs(state_.offset_V));
    state_.amplitude_Vpp = std::max(std::min(amplitude_Vpp, most_Vpp), amplitude_min_Vpp);
    if (std::isfinite(amplitude_Vpp) && state_.amplitude_Vpp != amplitude_Vpp) {
        const bool is_high = amplitude_Vpp > most_Vpp;
        clipped("amplitude", is_high);
    }
}

void Keysight33500Device::set_offset(double offset_V) {
    const double most = most_V() - (state_.is_dc ? 0.0 : 0.5 * state_.amplitude_Vpp);
    state_.offset_V = std::clamp(offset_V, -most, most);
    if (std::isfinite(offset_V) && state_.offset_V != offset_V) {
        const bool is_high = offset_V > 0.0;
        clipped("offset", is_high);
    }
}

// The output stays as it is; what the display calls it changes with the load.
void Keysight33500Device::set_load(const std::string& argument) {
    double load_ohm = infinite;
    if (argument != "INF" && argument != "INFINITY") {
        const auto number = argument == "MIN"   ? std::optional(1.0)
                            : argument == "MAX" ? std::optional(1e4)
                                                : scpi::number_of(argument, "OHM");
        if (!number) {
            complain(-104, "Data type error");
            return;
        }
        load_ohm = *number >= 9e37 ? infinite : std::clamp(*number, 1.0, 1e4);
        if (std::isfinite(load_ohm) && load_ohm != *number) {
            complain(-222, "Data out of range; load");
        }
    }
    const auto share = [](double ohm) { return std::isinf(ohm) ? 1.0 : ohm / (ohm + source_ohm); };
    const double factor = share(load_ohm) / share(state_.load_ohm);
    state_.load_ohm = load_ohm;
    state_.amplitude_Vpp *= factor;
    state_.offset_V *= factor;
    drive();
}

void Keysight33500Device::apply_sine(const std::string& argument) {
    const std::vector<std::string> parts = scpi::split(argument, ',');
    const std::array<std::string, 3> headers{"FREQ", "VOLT", "VOLT:OFFS"};
    state_.is_dc = false;
    for (std::size_t i = 0; i < std::min(parts.size(), headers.size()); ++i) {
        const std::string value(scpi::trimmed(parts[i]));
        if (!value.empty() && scpi::upper(value) != "DEF") {
            set_number(headers[i], value);
        }
    }
    state_.is_on = true;
    drive();
}

}  // namespace relaxd::simulator
