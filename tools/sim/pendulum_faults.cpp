// SPDX-License-Identifier: MIT
#include "tools/sim/pendulum_faults.hpp"

#include <functional>
#include <utility>

namespace relaxd::tools::sim {
namespace {

using simulator::Fault;
using simulator::FaultKind;
using simulator::PendulumEndpoint;

tl::unexpected<Error> refused(const Fault& fault, std::string what, const std::string& where) {
    return fail(
        Errc::invalid,
        "'" + std::string(simulator::to_word(fault.kind)) + "' " + std::move(what),
        where + ", line " + std::to_string(fault.line),
        "a pendulum has specimen_breaks, reboot, thermocouple_opens and overload, with `at`"
    );
}

void repeat(PendulumEndpoint& endpoint, double at_s, double every_s, std::function<void()> call) {
    endpoint.at(at_s, [&endpoint, at_s, every_s, call] {
        call();
        if (every_s > 0.0) {
            repeat(endpoint, at_s + every_s, every_s, call);
        }
    });
}

/// On from `at` for the duration, or to the end.
void switch_on(
    PendulumEndpoint& endpoint, const Fault& fault, const std::function<void(bool)>& switched
) {
    const double duration_s = fault.duration_s.value_or(0.0);
    const double every_s = fault.every_s.value_or(0.0);
    repeat(endpoint, *fault.at_s, every_s, [switched] { switched(true); });
    if (duration_s > 0.0) {
        repeat(endpoint, *fault.at_s + duration_s, every_s, [switched] { switched(false); });
    }
}

}  // namespace

Result<std::vector<Fault>> device_faults(
    const simulator::FaultScript& script, const std::string& where, std::vector<double>& breaks_s
) {
    std::vector<Fault> out;
    for (const Fault& fault : script.physics().faults) {
        const bool is_devices = fault.kind == FaultKind::reboot ||
                                fault.kind == FaultKind::thermocouple_opens ||
                                fault.kind == FaultKind::overload;
        if (!is_devices && fault.kind != FaultKind::specimen_breaks) {
            return refused(fault, "does not happen to a simulated pendulum", where);
        }
        if (!fault.at_s) {
            return refused(fault, "has no `at`", where);
        }
        if (is_devices) {
            out.push_back(fault);
        } else {
            breaks_s.push_back(*fault.at_s);
        }
    }
    return out;
}

std::set<std::size_t> plan_faults(
    const std::vector<Fault>& faults,
    const simulator::MadeDevice& made,
    simulator::PendulumEndpoint& endpoint
) {
    std::set<std::size_t> planned;
    for (const Fault& fault : faults) {
        if (fault.kind == FaultKind::reboot && made.reboot) {
            const auto call = [&endpoint, reboot = made.reboot, away_s = fault.delay_s] {
                reboot();
                endpoint.go_away(away_s);
            };
            repeat(endpoint, *fault.at_s, fault.every_s.value_or(0.0), call);
        } else if (fault.kind == FaultKind::thermocouple_opens && made.open_thermocouple) {
            switch_on(endpoint, fault, made.open_thermocouple);
        } else if (fault.kind == FaultKind::overload && made.overload) {
            switch_on(endpoint, fault, made.overload);
        } else {
            continue;
        }
        planned.insert(fault.line);
    }
    return planned;
}

Result<void> check_planned(
    const std::vector<Fault>& faults, const std::set<std::size_t>& planned, const std::string& where
) {
    for (const Fault& fault : faults) {
        if (!planned.contains(fault.line)) {
            return refused(fault, "can happen to none of the devices", where);
        }
    }
    return {};
}

}  // namespace relaxd::tools::sim
