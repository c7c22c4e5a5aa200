// SPDX-License-Identifier: MIT
#include "drivers/simulator/parts/mks_device.hpp"

#include <algorithm>
#include <utility>

namespace relaxd::simulator {

namespace {

constexpr const char* message_end = ";FF";
constexpr std::size_t end_size = 3;
constexpr double pascals_per_torr = 101325.0 / 760.0;

std::string three_digits(int number) {
    const std::string text = std::to_string(number);
    return std::string(3 - std::min<std::size_t>(3, text.size()), '0') + text;
}

double pascals_of(const std::string& unit) {
    if (unit == "TORR") {
        return pascals_per_torr;
    }
    return unit == "PASCAL" ? 1.0 : unit == "MICRON" ? 1e-3 * pascals_per_torr : 100.0;
}

}  // namespace

MksDevice::MksDevice(PendulumRig& rig, MksOptions options)
    : ThermalDevice(rig), options_(std::move(options)) {}

void MksDevice::reboot() {
    received_.clear();
    output_.clear();
}

void MksDevice::hear() {
    for (std::size_t end = received_.find(message_end); end != std::string::npos;
         end = received_.find(message_end)) {
        const std::string message = received_.substr(0, end);
        received_.erase(0, end + end_size);
        obey(message);
    }
}

/// Whatever stands before the @ is noise; another address is another's.
void MksDevice::obey(const std::string& message) {
    const std::size_t at = message.rfind('@');
    if (at == std::string::npos || message.size() < at + 5) {
        return;
    }
    const std::string to = message.substr(at + 1, 3);
    const std::string own = three_digits(options_.address);
    if (to != own && to != "254") {
        return;
    }
    const std::string said = answer(message.substr(at + 4));
    output_ += "@" + own + (said.empty() ? "NAK160" : "ACK" + said) + message_end;
}

std::string MksDevice::answer(const std::string& command) const {
    if (command == "SN?") {
        return options_.serial_number;
    }
    if (command == "MD?" || command == "FV?") {
        return !options_.knows_model ? "" : command == "MD?" ? "937B" : "1.20";
    }
    if (command == "AD?") {
        return three_digits(options_.address);
    }
    if (command == "U?") {
        return options_.unit;
    }
    if (command.size() == 4 && command.starts_with("PR") && command[3] == '?' &&
        command[2] >= '1' && command[2] <= '6') {
        return command[2] == '1' ? pressure() : "NOGAUGE";
    }
    return {};
}

std::string MksDevice::pressure() const {
    if (!word_.empty()) {
        return word_;
    }
    const GaugeReading read = rig_.gauge();
    if (!shown_Pa_ && !read.pressure_Pa) {
        return read.state == GaugeState::under_range ? "LO<E-09" : ">1.10E+3";
    }
    const double pressure_Pa = shown_Pa_ ? *shown_Pa_ : *read.pressure_Pa;
    return scientific(pressure_Pa / pascals_of(options_.unit), 2, 1);
}

}  // namespace relaxd::simulator
