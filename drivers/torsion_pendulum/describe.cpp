// SPDX-License-Identifier: MIT
//
// A composition as lines for people, and as the facts of a run.
#include "drivers/torsion_pendulum/composition.hpp"
#include "schema/base/number.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace relaxd::drivers::torsion_pendulum {

namespace {

std::string with_sigma(const Number& number) {
    return to_text(number.value) +
           (std::isnan(number.sigma) ? std::string() : " ± " + to_text(number.sigma));
}

std::string part_line(const ComposedPart& part) {
    std::string line = "  part " + part.config.name + ": ";
    const auto& known = parts::devices();
    const auto found = std::ranges::find(known, part.config.device, &parts::Device::name);
    line += found == known.end() ? part.config.device : found->title;
    line += " at " + part.config.uri;
    if (!part.config.serial_number.empty()) {
        line += ", serial " + part.config.serial_number;
    }
    line += ";";
    for (const auto& [role, terminal] : part.roles) {
        line += " " + role + " = " + terminal;
    }
    for (const auto& [key, value] : part.config.options) {
        line += ", " + key + " = " + value;
    }
    line += "\n";
    if (found != known.end()) {
        for (const std::string& fact : found->unproven) {
            line += "    unproven: " + fact + "\n";
        }
    }
    return line;
}

record::RunFact fact(const char* name, const Number& number, const char* unit) {
    record::RunFact out;
    out.name = name;
    out.value = number.is_said() ? number.value : 0.0;
    out.sigma = number.sigma;
    out.unit = unit;
    out.source = number.is_said() ? "instrument" : "assumed";
    out.text = number.is_said() ? "" : "not said in the configuration: taken as none";
    return out;
}

/// Of a quotient, its relative deviations added in squares; unknown where neither is said.
double sigma_of_quotient(const Number& above, const Number& below) {
    if (std::isnan(above.sigma) && std::isnan(below.sigma)) {
        return record::unknown;
    }
    const double a = std::isnan(above.sigma) ? 0.0 : above.sigma / above.value;
    const double b = std::isnan(below.sigma) ? 0.0 : below.sigma / below.value;
    return std::hypot(a, b) * above.value / below.value;
}

}  // namespace

parts::PartConfig config_of(const ComposedPart& part) {
    parts::PartConfig config = part.config;
    const auto& known = parts::devices();
    const auto found = std::ranges::find(known, config.device, &parts::Device::name);
    if (found == known.end()) {
        return config;
    }
    // The input or channel that a role names is the device's option of that name, where it has one.
    const Kind kind = kind_of(config.device);
    for (const auto& [role, terminal] : part.roles) {
        for (const char* key : {"channel", "input"}) {
            const bool has = std::ranges::find(found->options, key) != found->options.end();
            const bool is_one = kind == Kind::other || kind == Kind::lock_in;
            if (has && is_one && role != "excitation" && !config.options.contains(key)) {
                config.options[key] = terminal;
            }
        }
    }
    return config;
}

std::string describe(const Composition& composition) {
    std::string text =
        "a torsion pendulum of " + std::to_string(composition.parts.size()) + " parts\n";
    for (const ComposedPart& part : composition.parts) {
        text += part_line(part);
    }
    for (const NumberKey& key : number_keys()) {
        const Number number =
            key.number == nullptr ? Number(composition.*key.plain) : composition.*key.number;
        if (number.is_said()) {
            text += "  " + std::string(key.key) + " = " + with_sigma(number) + "\n";
        } else {
            text += "  " + std::string(key.key) + " is not said: taken as none\n";
        }
    }
    const double largest = composition.torque_N_m_per_drive_V() * composition.drive_limit_V;
    text += "  the largest torque is " + to_text(largest) + " N m\n";
    return text;
}

std::vector<record::RunFact> facts_of(const Composition& c) {
    std::vector<record::RunFact> out;
    out.push_back(fact("angle_V_per_rad", c.angle_V_per_rad, "V/rad"));
    Number torque;
    torque.value = c.torque_N_m_per_A.value / c.sense_V_per_A.value;
    torque.sigma = sigma_of_quotient(c.torque_N_m_per_A, c.sense_V_per_A);
    out.push_back(fact("torque_N_m_per_V", torque, "N m/V"));
    out.push_back(fact("inertia_kg_m2", c.inertia_kg_m2, "kg m2"));
    out.push_back(fact("wire_N_m", c.wire_N_m, "N m"));
    out.push_back(fact("wire_tan_phi", c.wire_tan_phi, ""));
    out.push_back(fact("damping_N_m_s", c.damping_N_m_s, "N m s"));
    out.push_back(fact("clamp_rad_per_N_m", c.clamp_rad_per_N_m, "rad/(N m)"));
    return out;
}

}  // namespace relaxd::drivers::torsion_pendulum
