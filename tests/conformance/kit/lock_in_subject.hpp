// SPDX-License-Identifier: MIT
//
// Subjects that are lock-ins of Stanford Research Systems: what SR830 and SR86x have in common.
#pragma once

#include "drivers/simulator/parts/lock_in_unit.hpp"
#include "schema/base/number.hpp"
#include "tests/conformance/kit/own_rig.hpp"
#include "tests/conformance/kit/part_subject.hpp"

#include <complex>
#include <memory>
#include <numbers>
#include <string>
#include <utility>

namespace relaxd::test::kit {

template <typename Device>
PartUnit lock_in_unit(const std::string& serial, double quiet_V) {
    auto made = std::make_unique<OnOwnRig<Device>>(simulator::LockInInput::angle, true, serial);
    Device* seen = &made->device;
    PartUnit unit;
    unit.shows = [seen](double x_V) { seen->unit().pretend(std::complex<double>(x_V, 1e-3)); };
    unit.set_point = [seen] { return std::numbers::sqrt2 * seen->held("SLVL"); };
    unit.is_safe = [seen, quiet_V] { return seen->held("SLVL") <= quiet_V; };
    unit.reboots = [seen] { seen->reboot(); };
    unit.is_turned = [seen](double peak_V) { seen->turn("SLVL", peak_V / std::numbers::sqrt2); };
    unit.says_bad = [seen] { seen->unit().overload(true); };
    unit.device = std::move(made);
    return unit;
}

inline std::vector<double> some_volts() {
    std::vector<double> shown;
    for (int i = 0; i < 997; ++i) {
        shown.push_back(1e-6 * (1000.0 + 7.0 * i));
    }
    return shown;
}

/// All but the name, `unit`, `make` and the limits.
inline PartSubject lock_in_subject(const std::string& terminator, const std::string& snap) {
    PartSubject s;
    s.serial_query = "?baudrate=9600";
    s.polled = "x_V";
    s.shown = some_volts();
    s.told_within = 1e-9;
    s.settable = "amplitude_V";
    s.set_to = {0.5, 1.0, 2.0};
    s.prepares = true;
    s.detects.terminator = terminator;
    s.is_command = [](std::string_view line) {
        return line.find('?') == std::string_view::npos && line.size() > 2;
    };
    s.naive_question = [snap, terminator](std::uint64_t) { return snap + terminator; };
    s.naive_answer = [](std::string_view line) {
        return to_double(line.substr(0, line.find(',')));
    };
    return s;
}

}  // namespace relaxd::test::kit
