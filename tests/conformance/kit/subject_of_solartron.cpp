// SPDX-License-Identifier: MIT
#include "drivers/parts/solartron/dialect.hpp"
#include "drivers/simulator/parts/solartron_device.hpp"
#include "tests/conformance/kit/lock_in_subject.hpp"

namespace relaxd::test::kit {
namespace {

/// As fast as it can: a whole cycle of the rig, that hardly moves, is 31 ms of the host.
void hurry(simulator::SolartronDevice& device) {
    device.turn("FR", 32e6);
    device.turn("IS", 1e-8);
}

PartUnit unit_of(const std::string& serial) {
    using simulator::SolartronDevice;
    auto made =
        std::make_unique<OnOwnRig<SolartronDevice>>(simulator::SolartronModel::m1260, true, serial);
    SolartronDevice* seen = &made->device;
    hurry(*seen);
    PartUnit unit;
    unit.shows = [seen](double ratio) { seen->pretend(std::complex<double>(ratio, 0.5)); };
    unit.set_point = [seen] { return std::numbers::sqrt2 * seen->held("VA"); };
    unit.is_safe = [seen] { return seen->held("VA") == 0.0; };
    unit.reboots = [seen] {
        seen->reboot();
        hurry(*seen);
    };
    unit.is_turned = [seen](double peak_V) { seen->turn("VA", peak_V / std::numbers::sqrt2); };
    unit.says_bad = [seen] { seen->overload(true); };
    unit.device = std::move(made);
    return unit;
}

}  // namespace

std::vector<PartSubject> subjects_of_solartron() {
    PartSubject s = lock_in_subject("\r", "SI");
    s.name = "solartron";
    s.unit = &unit_of;
    s.make = polled_part(&drivers::parts::solartron::make_dialect, {}, "UNIT-A");
    s.polled = "ratio_real";
    for (double& shown : s.shown) {
        shown = 1.0 + 100.0 * (shown - 1e-3);  // five digits
    }
    s.told_within = 1e-9;
    s.too_far = {-0.1, 4.5, 1e6};
    s.is_command = [](std::string_view line) {
        return line.find('?') == std::string_view::npos && line != "SI" && line.size() > 2;
    };
    s.naive_answer = [](std::string_view line) -> std::optional<double> {
        const std::size_t begin = line.find(',');
        if (begin == std::string_view::npos) {
            return std::nullopt;
        }
        line.remove_prefix(begin + 1);
        return to_double(line.substr(0, line.find(',')));
    };
    return {s};
}

}  // namespace relaxd::test::kit
