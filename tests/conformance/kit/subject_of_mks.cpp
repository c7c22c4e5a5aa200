// SPDX-License-Identifier: MIT
//
// MKS 937B: nothing to set.
#include "drivers/parts/mks/dialect.hpp"
#include "drivers/simulator/parts/mks_device.hpp"
#include "schema/base/number.hpp"
#include "tests/conformance/kit/own_rig.hpp"
#include "tests/conformance/kit/part_subject.hpp"

#include <utility>

namespace relaxd::test::kit {

namespace {

constexpr double pascals_per_torr = 101325.0 / 760.0;

PartUnit mks_unit(const std::string& serial) {
    simulator::MksOptions options;
    options.serial_number = serial;
    auto held = std::make_unique<OnOwnRig<simulator::MksDevice>>(options);
    simulator::MksDevice* seen = &held->device;
    PartUnit unit;
    unit.shows = [seen](double pressure_Pa) { seen->show(pressure_Pa); };
    unit.is_safe = [] { return true; };
    unit.says_bad = [seen] { seen->say_word("OFF"); };
    unit.device = std::move(held);
    return unit;
}

}  // namespace

std::vector<PartSubject> subjects_of_mks() {
    PartSubject s;
    s.name = "mks";
    s.unit = &mks_unit;
    s.make = polled_part(&drivers::parts::mks::make_dialect, {}, "UNIT-A");
    s.serial_query = "?baudrate=9600";
    s.polled = "pressure_Pa";
    for (int i = 100; i < 1000; ++i) {  // three digits in Torr
        s.shown.push_back(1e-5 * i * pascals_per_torr);
    }
    s.told_within = 1e-6;
    s.detects.terminator = ";FF";
    s.longest_call = 20s;
    s.is_command = [](std::string_view line) { return line.find('!') != std::string_view::npos; };
    s.naive_question = [](std::uint64_t) { return std::string("@253PR1?;FF"); };
    s.naive_answer = [](std::string_view line) -> std::optional<double> {
        const std::size_t head = line.find("ACK");
        const auto number =
            head == std::string_view::npos ? std::nullopt : to_double(line.substr(head + 3));
        return number ? std::optional(pascals_per_torr * *number) : std::nullopt;
    };
    return {std::move(s)};
}

}  // namespace relaxd::test::kit
