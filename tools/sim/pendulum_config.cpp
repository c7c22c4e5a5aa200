// SPDX-License-Identifier: MIT
#include "tools/sim/pendulum_config.hpp"

#include "drivers/link/uri.hpp"
#include "drivers/torsion_pendulum/composition_file.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>
#include <string_view>
#include <utility>

namespace relaxd::tools::sim {
namespace {

namespace driver = drivers::torsion_pendulum;

using drivers::parts::PartConfig;

/// An option of a part's driver that says something about the device itself.
struct Told {
    std::string_view device;
    std::string_view key;
    std::string_view only;  ///< The one value that is simulated; empty: handed on as it is.
};

constexpr std::array told{
    Told{"eurotherm", "address", ""},
    Told{"eurotherm", "decimals", ""},
    Told{"eurotherm", "rate_unit", "min"},
    Told{"eurotherm", "series", ""},
    Told{"eurotherm", "unit", ""},
    Told{"eurotherm", "wire", ""},
    Told{"lake_shore", "output", "1"},
    Told{"mks", "address", ""},
    Told{"pfeiffer_tpg", "enquiry", ""},
    Told{"solartron", "model", ""},
    Told{"solartron", "terminator", "cr"},
};

/// Where the simulated device has what a role needs; a role that is not here may be anywhere.
struct Place {
    std::string_view device;
    std::string_view role;
    std::string_view terminal;
};

constexpr std::array places{
    Place{"lake_shore", "temperature", "A"},
    Place{"mks", "vacuum", "1"},
    Place{"pfeiffer_tpg", "vacuum", "1"},
};

tl::unexpected<Error> not_simulated(const PartConfig& part, std::string what, std::string hint) {
    return fail(
        Errc::invalid, std::move(what), "--config, part '" + part.name + "'", std::move(hint)
    );
}

Result<void> hand_on(const PartConfig& part, simulator::DeviceOptions& options) {
    for (const Told& one : told) {
        const auto found = part.options.find(std::string(one.key));
        if (one.device != part.device || found == part.options.end()) {
            continue;
        }
        if (!one.only.empty() && found->second != one.only) {
            return not_simulated(
                part,
                std::string(one.key) + " = \"" + found->second + "\" cannot be simulated",
                "only \"" + std::string(one.only) + "\" can"
            );
        }
        if (one.only.empty()) {
            options[one.key == "series" ? "model" : found->first] = found->second;
        }
    }
    if (!part.serial_number.empty()) {
        if (!simulator::is_simulated_serial(part.serial_number)) {
            return not_simulated(
                part,
                "it expects serial number '" + part.serial_number + "', that of a real device",
                "in a copy of the file give it one that begins with SIM (labjack_t7, mks, "
                "eurotherm: 999), or none"
            );
        }
        options["serial"] = part.serial_number;
    }
    return {};
}

/// What the roles of a part say about the device's wires.
Result<void> wire(const driver::ComposedPart& part, simulator::DeviceOptions& options) {
    const std::string& device = part.config.device;
    const bool is_lock_in = device == "sr830" || device == "sr86x";
    for (const auto& [role, terminal] : part.roles) {
        for (const Place& place : places) {
            if (place.device == device && place.role == role && place.terminal != terminal) {
                return not_simulated(
                    part.config,
                    role + " = \"" + terminal + "\" cannot be simulated",
                    "the simulated one has it at \"" + std::string(place.terminal) + "\""
                );
            }
        }
        if (device == "labjack_t7") {
            options[role] = terminal;
        } else if (device == "keysight_33500") {
            options["channel"] = terminal;
        } else if (role == "excitation") {
            options["source"] = "yes";
        } else if (is_lock_in) {
            options["input"] = role;
        }
    }
    return {};
}

Result<PartPlan> plan_of(const driver::ComposedPart& part) {
    PartPlan plan;
    plan.name = part.config.name;
    plan.device = part.config.device;
    if (auto wired = wire(part, plan.options); !wired) {
        return fail(std::move(wired.error()));
    }
    if (auto known = hand_on(part.config, plan.options); !known) {
        return fail(std::move(known.error()));
    }
    const auto uri = drivers::link::parse_uri(part.config.uri);
    if (!uri) {
        return fail(uri.error());
    }
    if (uri->transport == drivers::link::Transport::tcp) {
        plan.tcp.address = uri->host;
        plan.tcp.port = uri->port;
        return plan;
    }
    plan.pty = uri->serial.path;
    if (uri->transport != drivers::link::Transport::serial || plan.pty.empty()) {
        return not_simulated(
            part.config, part.config.uri + " cannot be simulated", "write serial:///tmp/NAME"
        );
    }
    return plan;
}

void take(const driver::Number& number, double& into) {
    if (number.is_said()) {
        into = number.value;
    }
}

Result<void> take_numbers(
    const driver::Composition& told_of,
    simulator::PendulumSetup& setup,
    simulator::RigWiring& wiring
) {
    take(told_of.drive_A_per_V, wiring.coil_A_per_V);
    take(told_of.torque_N_m_per_A, setup.body.torque_N_m_per_A);
    take(told_of.inertia_kg_m2, setup.body.inertia_kg_m2);
    take(told_of.wire_N_m, setup.body.wire_N_m);
    take(told_of.wire_tan_phi, setup.body.wire_tan_phi);
    take(told_of.damping_N_m_s, setup.body.eddy_N_m_s);
    take(told_of.clamp_rad_per_N_m, setup.body.clamp_rad_per_N_m);
    take(told_of.angle_V_per_rad, setup.sensors.angle_V_per_rad);
    take(told_of.sense_V_per_A, setup.sensors.sense_V_per_A);
    setup.sensors.angle_range_rad = wiring.input_range_V / setup.sensors.angle_V_per_rad;
    setup.sensors.sense_range_A = wiring.input_range_V / setup.sensors.sense_V_per_A;
    setup.body.current_limit_A =
        std::max(setup.body.current_limit_A, wiring.coil_A_per_V * told_of.drive_limit_V);
    const auto body = simulator::PendulumParameters::checked(setup.body);
    if (!body) {
        return fail(body.error());
    }
    const auto sensors = simulator::PendulumSensors::checked(setup.sensors);
    return sensors ? Result<void>() : fail(sensors.error());
}

}  // namespace

Result<ConfiguredPendulum> configured_pendulum(
    const std::string& file, simulator::PendulumSetup& setup
) {
    std::ifstream stream(file, std::ios::binary);
    std::ostringstream text;
    if (!stream || !(text << stream.rdbuf())) {
        return fail(Errc::not_found, "the configuration cannot be read", file);
    }
    auto found = driver::read_compositions(text.str(), file);
    if (!found) {
        return fail(found.error().front());
    }
    if (found->size() != 1) {
        return fail(
            Errc::invalid,
            "there are " + std::to_string(found->size()) +
                " instruments with driver torsion_pendulum, one is simulated at a time",
            file,
            "keep one in a copy of the file"
        );
    }
    const driver::Composition& composition = found->front().composition;
    ConfiguredPendulum made;
    for (const driver::ComposedPart& part : composition.parts) {
        auto plan = plan_of(part);
        if (!plan) {
            return fail(std::move(plan.error()));
        }
        made.plans.push_back(std::move(*plan));
    }
    if (auto taken = take_numbers(composition, setup, made.wiring); !taken) {
        return fail(std::move(taken.error()));
    }
    return made;
}

}  // namespace relaxd::tools::sim
