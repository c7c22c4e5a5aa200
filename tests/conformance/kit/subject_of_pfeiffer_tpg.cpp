// SPDX-License-Identifier: MIT
//
// Pfeiffer TPG 262: nothing to set, no serial number, four exchanges a value. ENQ has no
// terminator, so what goes to the device has none for the chaos.
#include "drivers/parts/pfeiffer_tpg/dialect.hpp"
#include "drivers/simulator/parts/pfeiffer_tpg_device.hpp"
#include "schema/base/number.hpp"
#include "tests/conformance/kit/own_rig.hpp"
#include "tests/conformance/kit/part_subject.hpp"

#include <utility>

namespace relaxd::test::kit {

namespace {

constexpr double pascals_per_mbar = 100.0;

PartUnit tpg_unit(double stream_s) {
    simulator::PfeifferTpgOptions options;
    options.stream_s = stream_s;
    auto held = std::make_unique<OnOwnRig<simulator::PfeifferTpgDevice>>(options);
    simulator::PfeifferTpgDevice* seen = &held->device;
    PartUnit unit;
    unit.shows = [seen](double pressure_Pa) { seen->show(pressure_Pa); };
    unit.is_safe = [] { return true; };
    unit.says_bad = [seen] { seen->say_status(5); };
    unit.device = std::move(held);
    return unit;
}

PartSubject subject(const char* name, double stream_s) {
    PartSubject s;
    s.name = name;
    s.unit = [stream_s](const std::string&) { return tpg_unit(stream_s); };
    s.make = polled_part(&drivers::parts::pfeiffer_tpg::make_dialect, {}, "");
    s.serial_query = "?baudrate=9600";
    s.polled = "pressure_Pa";
    for (int i = 0; i < 997; ++i) {  // five digits in mbar
        s.shown.push_back(1e-3 * pascals_per_mbar * (1.0 + 7e-4 * i));
    }
    s.told_within = 6e-6;
    s.detects.serial = false;
    s.detects.terminator = "\r\n";
    s.detects.command_terminator = "";
    s.right_when_late = 7'000;
    s.longest_call = 30s;
    s.is_command = [](std::string_view line) { return line.find(',') != std::string_view::npos; };
    s.naive_question = [](std::uint64_t) { return std::string("PR1\r\n\x05"); };
    s.naive_answer = [](std::string_view line) -> std::optional<double> {
        const std::size_t comma = line.find(',');
        const auto number =
            comma == std::string_view::npos ? std::nullopt : to_double(line.substr(comma + 1));
        return number ? std::optional(pascals_per_mbar * *number) : std::nullopt;
    };
    return s;
}

}  // namespace

std::vector<PartSubject> subjects_of_pfeiffer_tpg() {
    return {subject("pfeiffer_tpg", 0.0), subject("pfeiffer_tpg, streaming when it starts", 1.0)};
}

}  // namespace relaxd::test::kit
