// SPDX-License-Identifier: MIT
//
// Lake Shore 336, its heater on: safe() switches it off and leaves the set point.
#include "drivers/parts/lake_shore/dialect.hpp"
#include "drivers/simulator/parts/lake_shore_device.hpp"
#include "schema/base/number.hpp"
#include "tests/conformance/kit/own_rig.hpp"
#include "tests/conformance/kit/part_subject.hpp"

#include <utility>

namespace relaxd::test::kit {

namespace {

PartUnit lake_shore_unit(const std::string& serial, bool says_blank) {
    simulator::LakeShoreOptions options;
    options.serial_number = serial;
    options.says_blank = says_blank;
    auto held = std::make_unique<OnOwnRig<simulator::LakeShoreDevice>>(options);
    simulator::LakeShoreDevice* seen = &held->device;
    seen->press_range(2);
    PartUnit unit;
    unit.shows = [seen](double temperature_K) { seen->show(temperature_K); };
    unit.set_point = [seen] { return seen->set_point_K(); };
    unit.is_safe = [seen] { return seen->range() == 0; };
    unit.reboots = [seen] { seen->reboot(); };
    unit.is_turned = [seen](double set_K) { seen->turn_set_point(set_K); };
    unit.says_bad = [seen] { seen->say_status(1); };
    unit.device = std::move(held);
    return unit;
}

PartSubject subject(const char* name, bool says_blank) {
    PartSubject s;
    s.name = name;
    s.unit = [says_blank](const std::string& serial) {
        return lake_shore_unit(serial, says_blank);
    };
    s.make = polled_part(&drivers::parts::lake_shore::make_dialect, {{"range", "2"}}, "UNIT-A");
    s.serial_query = "?baudrate=57600&data_bits=7&parity=odd";
    s.polled = "temperature_K";
    for (int i = 0; i < 997; ++i) {
        s.shown.push_back(290.0 + 0.137 * i);
    }
    s.told_within = 5.1e-4;
    s.settable = "set_temperature_K";
    s.set_to = {310.0, 350.5, 700.0};
    s.too_far = {-1.0, 900.0, 1e9};
    s.detects.terminator = "\r\n";
    s.detects.command_terminator = "\n";
    s.longest_call = 20s;
    s.is_command = [](std::string_view line) {
        return line.starts_with("SETP ") || line.starts_with("RAMP ") || line.starts_with("RANGE ");
    };
    s.naive_question = [](std::uint64_t) { return std::string("KRDG? A\n"); };
    s.naive_answer = [](std::string_view line) { return to_double(line); };
    return s;
}

}  // namespace

std::vector<PartSubject> subjects_of_lake_shore() {
    return {subject("lake_shore", false), subject("lake_shore, blank lines after commands", true)};
}

}  // namespace relaxd::test::kit
