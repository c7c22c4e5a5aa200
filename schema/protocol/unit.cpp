// SPDX-License-Identifier: MIT
#include "schema/protocol/unit.hpp"

#include <array>
#include <numbers>

namespace relaxd::protocol {

namespace {

struct Unit {
    std::string_view name;
    std::string_view si;
    double factor;
    double offset;
};

// SI Brochure, 9th edition: prefixes and sections 2.3.4 (derived units) and 4 (accepted units); one
// torr is 101325/760 Pa; ITS-90: 0 degC is 273.15 K.
constexpr std::array<Unit, 40> units{{
    {"degC", "K", 1.0, 273.15},
    {"K", "K", 1.0, 0.0},
    {"mK", "K", 1e-3, 0.0},
    {"K_per_min", "K_per_s", 1.0 / 60.0, 0.0},
    {"K_per_s", "K_per_s", 1.0, 0.0},
    {"rad", "rad", 1.0, 0.0},
    {"mrad", "rad", 1e-3, 0.0},
    {"urad", "rad", 1e-6, 0.0},
    {"deg", "rad", std::numbers::pi / 180.0, 0.0},
    {"N_m", "N_m", 1.0, 0.0},
    {"mN_m", "N_m", 1e-3, 0.0},
    {"uN_m", "N_m", 1e-6, 0.0},
    {"A", "A", 1.0, 0.0},
    {"mA", "A", 1e-3, 0.0},
    {"uA", "A", 1e-6, 0.0},
    {"V", "V", 1.0, 0.0},
    {"mV", "V", 1e-3, 0.0},
    {"uV", "V", 1e-6, 0.0},
    {"W", "W", 1.0, 0.0},
    {"Ohm", "Ohm", 1.0, 0.0},
    {"Hz", "Hz", 1.0, 0.0},
    {"mHz", "Hz", 1e-3, 0.0},
    {"kHz", "Hz", 1e3, 0.0},
    {"s", "s", 1.0, 0.0},
    {"ms", "s", 1e-3, 0.0},
    {"min", "s", 60.0, 0.0},
    {"m", "m", 1.0, 0.0},
    {"mm", "m", 1e-3, 0.0},
    {"um", "m", 1e-6, 0.0},
    {"nm", "m", 1e-9, 0.0},
    {"N", "N", 1.0, 0.0},
    {"mN", "N", 1e-3, 0.0},
    {"Pa", "Pa", 1.0, 0.0},
    {"hPa", "Pa", 100.0, 0.0},
    {"kPa", "Pa", 1e3, 0.0},
    {"MPa", "Pa", 1e6, 0.0},
    {"mbar", "Pa", 100.0, 0.0},
    {"bar", "Pa", 1e5, 0.0},
    {"Torr", "Pa", 101325.0 / 760.0, 0.0},
    {"percent", "", 0.01, 0.0},
}};

}  // namespace

Named named(std::string_view device_name) {
    Named out;
    out.device_name = device_name;
    out.name = device_name;
    const Unit* best = nullptr;
    for (const Unit& unit : units) {
        const std::size_t size = unit.name.size();
        const bool ends_so = device_name.size() > size + 1 && device_name.ends_with(unit.name) &&
                             device_name[device_name.size() - size - 1] == '_';
        if (ends_so && (best == nullptr || size > best->name.size())) {
            best = &unit;
        }
    }
    if (best != nullptr) {
        const std::string_view base =
            device_name.substr(0, device_name.size() - best->name.size() - 1);
        out.unit = best->si;
        out.name = std::string(base) + (best->si.empty() ? "" : "_") + std::string(best->si);
        out.factor = best->factor;
        out.offset = best->offset;
    }
    return out;
}

std::string known_units() {
    std::string out;
    for (const Unit& unit : units) {
        out += (out.empty() ? "" : ", ") + std::string(unit.name);
    }
    return out;
}

}  // namespace relaxd::protocol
