// SPDX-License-Identifier: MIT
#include "drivers/torsion_pendulum/composition.hpp"

#include "schema/base/nearest.hpp"
#include "schema/base/number.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace relaxd::drivers::torsion_pendulum {

namespace {

/// docs/pendulum.md, the table of roles.
struct Can {
    std::string_view device;
    Kind kind;
    std::string_view roles;  ///< Words between blanks.
};
constexpr std::array can{
    Can{"eurotherm", Kind::other, " temperature "},
    Can{"keysight_33500", Kind::other, " excitation "},
    Can{"labjack_t7", Kind::digitiser, " angle torque "},
    Can{"lake_shore", Kind::other, " temperature "},
    Can{"mks", Kind::other, " vacuum "},
    Can{"pfeiffer_tpg", Kind::other, " vacuum "},
    Can{"solartron", Kind::analyser, " angle torque excitation "},
    Can{"sr830", Kind::lock_in, " angle torque excitation "},
    Can{"sr86x", Kind::lock_in, " angle torque excitation "},
};

bool can_do(const Can& one, std::string_view role) {
    return one.roles.find(" " + std::string(role) + " ") != std::string_view::npos;
}

const Can* find(std::string_view device) {
    const auto* const found = std::ranges::find(can, device, &Can::device);
    return found == can.end() ? nullptr : found;
}

Fault fault(std::string key, std::string message, std::string hint) {
    Fault out;
    out.key = std::move(key);
    out.message = std::move(message);
    out.hint = std::move(hint);
    return out;
}

Fault fault_of(std::size_t part, std::string key, std::string message, std::string hint) {
    Fault out = fault(std::move(key), std::move(message), std::move(hint));
    out.part = part;
    return out;
}

std::string shown(const ComposedPart& part) {
    return "part '" + part.config.name + "'";
}

void check_number(const NumberKey& key, const Composition& composition, std::vector<Fault>& out) {
    const std::string name(key.key);
    const Number number =
        key.number == nullptr ? Number(composition.*key.plain) : composition.*key.number;
    const std::string example = "for example " + std::string(key.example);
    if (!number.is_said()) {
        if (key.is_needed) {
            out.push_back(fault({}, "[instrument.pendulum] has no \"" + name + "\"", example));
        }
        return;
    }
    if (!(number.value >= key.lowest && number.value <= key.highest)) {
        out.push_back(fault(
            name,
            "\"" + name + "\" = " + to_text(number.value) + " is not from " + to_text(key.lowest) +
                " to " + to_text(key.highest),
            example
        ));
    }
    if (!std::isnan(number.sigma) && !(number.sigma >= 0.0 && std::isfinite(number.sigma))) {
        out.push_back(fault(
            name + "_sigma",
            "\"" + name + "_sigma\" = " + to_text(number.sigma) +
                " is negative: it is one standard deviation",
            "leave it out where it is not known"
        ));
    }
}

void check_device(const Composition& composition, std::size_t i, std::vector<Fault>& out) {
    const ComposedPart& part = composition.parts[i];
    if (const Result<void> good = parts::check_part(config_of(part)); !good) {
        const Error& error = good.error();
        const auto& known = parts::devices();
        const bool is_device = std::ranges::none_of(known, [&part](const parts::Device& one) {
            return one.name == part.config.device;
        });
        const bool is_uri = error.where.find("uri") != std::string::npos;
        const char* const key = is_device ? "device" : (is_uri ? "uri" : "options");
        out.push_back(fault_of(i, key, shown(part) + ": " + error.message, error.hint));
        return;
    }
    for (const auto& [role, terminal] : part.roles) {
        const Can* const able = find(part.config.device);
        const std::vector<std::string_view> known = role_names();
        if (std::ranges::find(known, role) == known.end()) {
            out.push_back(fault_of(
                i,
                "roles",
                shown(part) + ": there is no role \"" + role + "\"",
                "did you mean \"" + std::string(nearest(role, known)) +
                    "\"? known: " + joined(known)
            ));
        } else if (able == nullptr || !can_do(*able, role)) {
            out.push_back(fault_of(
                i,
                "roles",
                shown(part) + ": a " + part.config.device + " cannot be the " + role,
                "devices for it: " + joined(devices_for(role))
            ));
        } else if (terminal.empty()) {
            out.push_back(fault_of(
                i,
                "roles",
                shown(part) + ": the role \"" + role + "\" says no input, output or channel",
                "for example " + role + " = \"1\""
            ));
        }
    }
    if (part.roles.empty()) {
        out.push_back(fault_of(
            i,
            {},
            shown(part) + " has no role",
            "write roles = { temperature = \"A\" }, or leave the part out"
        ));
    }
}

void check_names(const Composition& composition, std::vector<Fault>& out) {
    std::set<std::string> names;
    std::set<std::string> uris;
    for (std::size_t i = 0; i < composition.parts.size(); ++i) {
        const parts::PartConfig& config = composition.parts[i].config;
        if (!config.name.empty() && !names.insert(config.name).second) {
            out.push_back(fault_of(
                i, "name", "two parts are called \"" + config.name + "\"", "give each its own name"
            ));
        }
        if (!config.uri.empty() && !uris.insert(config.uri).second &&
            config.options.find("address") == config.options.end()) {
            out.push_back(fault_of(
                i,
                "uri",
                "two parts have the address " + config.uri,
                "a device has one link; one part may have several roles"
            ));
        }
    }
}

/// Roles of which there is one, whatever the device.
void check_single(const Composition& composition, std::string_view role, std::vector<Fault>& out) {
    std::optional<std::size_t> first;
    for (std::size_t i = 0; i < composition.parts.size(); ++i) {
        if (composition.parts[i].roles.find(std::string(role)) ==
            composition.parts[i].roles.end()) {
            continue;
        }
        if (first) {
            out.push_back(fault_of(
                i,
                "roles",
                "parts '" + composition.parts[*first].config.name + "' and '" +
                    composition.parts[i].config.name + "' both have the role \"" +
                    std::string(role) + "\"",
                "one part has it"
            ));
        }
        first = first ? first : i;
    }
    if (!first && role != "vacuum") {
        out.push_back(fault(
            {},
            "no part has the role \"" + std::string(role) + "\"",
            "devices for it: " + joined(devices_for(role))
        ));
    }
}

/// Angle and torque of one kind of device must be on one clock.
void check_pair(const Composition& composition, Kind kind, std::vector<Fault>& out) {
    std::vector<std::size_t> angle;
    std::vector<std::size_t> torque;
    for (std::size_t i = 0; i < composition.parts.size(); ++i) {
        const ComposedPart& part = composition.parts[i];
        if (kind_of(part.config.device) != kind) {
            continue;
        }
        if (part.roles.contains("angle")) {
            angle.push_back(i);
        }
        if (part.roles.contains("torque")) {
            torque.push_back(i);
        }
    }
    for (const auto& [role, found] : {std::pair("angle", angle), std::pair("torque", torque)}) {
        if (found.size() > 1) {
            out.push_back(fault_of(
                found[1],
                "roles",
                "parts '" + composition.parts[found[0]].config.name + "' and '" +
                    composition.parts[found[1]].config.name + "' both have the role \"" + role +
                    "\"",
                "beside a digitiser a lock-in may have it too; two of a kind may not"
            ));
        }
    }
    if (angle.size() > 1 || torque.size() > 1 || (angle.empty() && torque.empty())) {
        return;
    }
    if (kind == Kind::analyser && !angle.empty() &&
        composition.parts[angle.front()].roles.at("angle") != "2") {
        out.push_back(fault_of(
            angle.front(),
            "roles",
            "an analyser tells channel 2 over channel 1, and the angle is not on channel 2",
            "write torque = \"1\", angle = \"2\", and connect them so"
        ));
    }
    const bool is_half = angle.empty() || torque.empty();
    const bool is_one = !is_half && angle.front() == torque.front();
    const bool is_right = kind == Kind::lock_in ? !is_half && !is_one : is_one;
    if (is_right) {
        return;
    }
    const std::size_t at = angle.empty() ? torque.front() : angle.front();
    const char* const hint =
        kind == Kind::lock_in
            ? "two lock-ins on the excitation's reference, one of them each: a phase between two "
              "clocks means nothing"
            : "give both roles to this device: a phase between two clocks means nothing";
    out.push_back(fault_of(
        at,
        "roles",
        kind == Kind::lock_in && is_one
            ? "part '" + composition.parts[at].config.name +
                  "' cannot show angle and torque at once"
            : "angle and torque are on different clocks: part '" +
                  composition.parts[at].config.name + "' has only one of them",
        hint
    ));
}

void check_signals(const Composition& composition, std::vector<Fault>& out) {
    bool has_any = false;
    for (const Kind kind : {Kind::digitiser, Kind::lock_in, Kind::analyser}) {
        check_pair(composition, kind, out);
        has_any = has_any || part_with(composition, "angle", kind).has_value() ||
                  part_with(composition, "torque", kind).has_value();
    }
    if (part_with(composition, "angle", Kind::lock_in) &&
        part_with(composition, "angle", Kind::analyser)) {
        out.push_back(fault_of(
            *part_with(composition, "angle", Kind::analyser),
            "roles",
            "a lock-in and an analyser both have the role \"angle\"",
            "keep the one that is to be believed above lock_in_above_Hz"
        ));
    }
    for (const char* role : {"angle", "torque"}) {
        if (!has_any) {
            out.push_back(fault(
                {},
                std::string("no part has the role \"") + role + "\"",
                "devices for it: " + joined(devices_for(role))
            ));
        }
    }
}

}  // namespace

Kind kind_of(std::string_view device) {
    const Can* const found = find(device);
    return found == nullptr ? Kind::other : found->kind;
}

const std::vector<NumberKey>& number_keys() {
    // Ranges are those of mistakes in a unit, wide beyond any pendulum.
    using C = Composition;
    static const std::vector<NumberKey> table{
        {"angle_V_per_rad", &C::angle_V_per_rad, nullptr, 1e-3, 1e9, true, "2000.0"},
        {"sense_V_per_A", &C::sense_V_per_A, nullptr, 1e-6, 1e9, true, "100.0"},
        {"torque_N_m_per_A", &C::torque_N_m_per_A, nullptr, 1e-12, 1e3, true, "1e-3"},
        {"drive_A_per_V", &C::drive_A_per_V, nullptr, 1e-9, 1e3, true, "0.01"},
        {"drive_limit_V", nullptr, &C::drive_limit_V, 1e-3, 100.0, true, "5.0"},
        {"sample_rate_Hz", nullptr, &C::sample_rate_Hz, 1.0, 1e5, false, "200.0"},
        {"lock_in_above_Hz", nullptr, &C::lock_in_above_Hz, 1e-4, 1e5, false, "1.0"},
        {"angle_noise_V_per_sqrtHz", nullptr, &C::angle_noise_V_per_sqrtHz, 0.0, 10.0, false, "4e-5"
        },
        {"equilibrate_within_K", nullptr, &C::equilibrate_within_K, 1e-3, 50.0, false, "0.5"},
        {"equilibrate_for_s", nullptr, &C::equilibrate_for_s, 0.0, 86400.0, false, "60.0"},
        {"inertia_kg_m2", &C::inertia_kg_m2, nullptr, 1e-12, 1e3, true, "5e-5"},
        {"wire_N_m", &C::wire_N_m, nullptr, -1e3, 1e3, false, "1.2e-4"},
        {"wire_tan_phi", &C::wire_tan_phi, nullptr, 0.0, 10.0, false, "2e-3"},
        {"damping_N_m_s", &C::damping_N_m_s, nullptr, 0.0, 1e3, false, "1e-7"},
        {"clamp_rad_per_N_m", &C::clamp_rad_per_N_m, nullptr, 0.0, 1e6, false, "0.02"},
    };
    return table;
}

const std::vector<std::string_view>& role_names() {
    static const std::vector<std::string_view> names{
        "angle", "torque", "excitation", "temperature", "vacuum"
    };
    return names;
}

std::vector<std::string_view> devices_for(std::string_view role) {
    std::vector<std::string_view> out;
    for (const Can& one : can) {
        if (can_do(one, role)) {
            out.push_back(one.device);
        }
    }
    return out;
}

std::vector<Fault> check(const Composition& composition) {
    std::vector<Fault> out;
    for (const NumberKey& key : number_keys()) {
        check_number(key, composition, out);
    }
    for (std::size_t i = 0; i < composition.parts.size(); ++i) {
        check_device(composition, i, out);
    }
    check_names(composition, out);
    check_signals(composition, out);
    for (const char* role : {"excitation", "temperature", "vacuum"}) {
        check_single(composition, role, out);
    }
    return out;
}

std::optional<std::size_t> part_with(const Composition& composition, std::string_view role) {
    for (std::size_t i = 0; i < composition.parts.size(); ++i) {
        if (composition.parts[i].roles.contains(std::string(role))) {
            return i;
        }
    }
    return std::nullopt;
}

std::optional<std::size_t> part_with(
    const Composition& composition, std::string_view role, Kind kind
) {
    for (std::size_t i = 0; i < composition.parts.size(); ++i) {
        const ComposedPart& part = composition.parts[i];
        if (kind_of(part.config.device) == kind && part.roles.contains(std::string(role))) {
            return i;
        }
    }
    return std::nullopt;
}

std::string uris_of(const Composition& composition) {
    std::string text;
    for (const ComposedPart& part : composition.parts) {
        text += (text.empty() ? "" : ", ") + part.config.uri;
    }
    return text;
}

}  // namespace relaxd::drivers::torsion_pendulum
