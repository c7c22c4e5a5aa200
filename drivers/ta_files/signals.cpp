// SPDX-License-Identifier: MIT
#include "drivers/ta_files/signals.hpp"

#include "drivers/ta_files/text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numbers>
#include <optional>
#include <set>
#include <utility>

namespace relaxd::ta_files {

namespace {

using record::Channel;

enum class Measure : std::uint8_t {
    none,
    time,
    temperature,
    pressure,
    force,
    length,
    fraction,
    frequency,
    angular_frequency,
    angle,
    torque,
    compliance,
    stiffness,
};

struct Unit {
    std::string_view text;
    Measure measure;
    double factor;
    double offset = 0.0;
};

constexpr double zero_degC_K = 273.15;
constexpr double N_m_per_g_cm = 9.80665e-5;
constexpr double rad_per_deg = std::numbers::pi / 180.0;

constexpr std::array units{
    Unit{"", Measure::none, 1.0},
    Unit{"s", Measure::time, 1.0},
    Unit{"min", Measure::time, 60.0},
    Unit{"h", Measure::time, 3600.0},
    Unit{"hr", Measure::time, 3600.0},
    Unit{"ms", Measure::time, 1e-3},
    Unit{"°C", Measure::temperature, 1.0, zero_degC_K},
    Unit{"degC", Measure::temperature, 1.0, zero_degC_K},
    Unit{"C", Measure::temperature, 1.0, zero_degC_K},
    Unit{"K", Measure::temperature, 1.0},
    Unit{"Pa", Measure::pressure, 1.0},
    Unit{"kPa", Measure::pressure, 1e3},
    Unit{"MPa", Measure::pressure, 1e6},
    Unit{"GPa", Measure::pressure, 1e9},
    Unit{"N", Measure::force, 1.0},
    Unit{"mN", Measure::force, 1e-3},
    Unit{"m", Measure::length, 1.0},
    Unit{"mm", Measure::length, 1e-3},
    Unit{"um", Measure::length, 1e-6},
    Unit{"nm", Measure::length, 1e-9},
    Unit{"", Measure::fraction, 1.0},
    Unit{"%", Measure::fraction, 0.01},
    Unit{"Hz", Measure::frequency, 1.0},
    Unit{"rad/s", Measure::angular_frequency, 1.0},
    Unit{"rad", Measure::angle, 1.0},
    Unit{"mrad", Measure::angle, 1e-3},
    Unit{"°", Measure::angle, rad_per_deg},
    Unit{"N.m", Measure::torque, 1.0},
    Unit{"mN.m", Measure::torque, 1e-3},
    Unit{"uN.m", Measure::torque, 1e-6},
    Unit{"g.cm", Measure::torque, N_m_per_g_cm},
    Unit{"1/Pa", Measure::compliance, 1.0},
    Unit{"1/kPa", Measure::compliance, 1e-3},
    Unit{"1/MPa", Measure::compliance, 1e-6},
    Unit{"1/GPa", Measure::compliance, 1e-9},
    Unit{"N/m", Measure::stiffness, 1.0},
    Unit{"kN/m", Measure::stiffness, 1e3},
};

/// A signal the house knows. `rank`: of several that want one column the lowest gets it.
struct Known {
    std::string_view name;
    Measure measure;
    std::optional<Channel> tensile;  ///< Nothing: time.
    std::optional<Channel> shear;
    int rank = 0;
};

constexpr Known same(std::string_view name, Measure measure, Channel channel, int rank = 0) {
    return Known{name, measure, channel, channel, rank};
}

constexpr std::array known_signals{
    Known{"run time", Measure::time, std::nullopt, std::nullopt, 0},
    Known{"time", Measure::time, std::nullopt, std::nullopt, 1},
    Known{"step time", Measure::time, std::nullopt, std::nullopt, 2},
    Known{"decay time", Measure::time, std::nullopt, std::nullopt, 3},
    same("temperature", Measure::temperature, Channel::temperature_K),
    same("sample temperature", Measure::temperature, Channel::temperature_K, 1),
    same("set point temperature", Measure::temperature, Channel::set_temperature_K),
    same("frequency", Measure::frequency, Channel::frequency_Hz),
    same("angular frequency", Measure::angular_frequency, Channel::omega_rad_s),
    Known{
        "storage modulus",
        Measure::pressure,
        Channel::storage_modulus_Pa,
        Channel::shear_storage_modulus_Pa,
        0,
    },
    Known{
        "loss modulus",
        Measure::pressure,
        Channel::loss_modulus_Pa,
        Channel::shear_loss_modulus_Pa,
        0,
    },
    same("tan delta", Measure::none, Channel::tan_delta),
    same("tan(delta)", Measure::none, Channel::tan_delta),
    same("tan(δ)", Measure::none, Channel::tan_delta),
    Known{
        "oscillation stress",
        Measure::pressure,
        Channel::stress_Pa,
        Channel::shear_stress_Pa,
        0,
    },
    Known{"stress", Measure::pressure, Channel::stress_Pa, Channel::shear_stress_Pa, 1},
    Known{"oscillation strain", Measure::fraction, Channel::strain, Channel::shear_strain, 0},
    Known{"strain", Measure::fraction, Channel::strain, Channel::shear_strain, 1},
    same("amplitude", Measure::length, Channel::displacement_m),
    same("oscillation displacement", Measure::length, Channel::displacement_m, 1),
    same("displacement", Measure::length, Channel::displacement_m, 2),
    same("oscillation displacement", Measure::angle, Channel::angle_rad),
    same("displacement", Measure::angle, Channel::angle_rad, 1),
    same("oscillation torque", Measure::torque, Channel::torque_N_m),
    same("torque", Measure::torque, Channel::torque_N_m, 1),
    same("phase angle", Measure::angle, Channel::phase_rad),
    same("delta", Measure::angle, Channel::phase_rad, 1),
    same("static force", Measure::force, Channel::static_force_N),
    same("dynamic force", Measure::force, Channel::dynamic_force_N),
    same("oscillation force", Measure::force, Channel::dynamic_force_N, 1),
    same("drive force", Measure::force, Channel::drive_force_N),
    same("force", Measure::force, Channel::force_N),
    same("position", Measure::length, Channel::position_m),
    same("length", Measure::length, Channel::length_m),
    same("stiffness", Measure::stiffness, Channel::stiffness_N_per_m),
    same("creep compliance", Measure::compliance, Channel::compliance_per_Pa),
    same("compliance", Measure::compliance, Channel::compliance_per_Pa, 1),
    same("relaxation modulus", Measure::pressure, Channel::relaxation_modulus_Pa),
    // Short names of other programs; which quantity a letter means is said by its unit.
    Known{"t", Measure::time, std::nullopt, std::nullopt, 1},
    same("t", Measure::temperature, Channel::temperature_K, 2),
    same("ts", Measure::temperature, Channel::temperature_K, 1),
    same("f", Measure::frequency, Channel::frequency_Hz),
    same("omega", Measure::angular_frequency, Channel::omega_rad_s),
    same("f", Measure::force, Channel::dynamic_force_N, 2),
    same("f0", Measure::force, Channel::static_force_N, 1),
    same("x", Measure::length, Channel::displacement_m, 3),
    same("phase", Measure::angle, Channel::phase_rad, 2),
    same("e'", Measure::pressure, Channel::storage_modulus_Pa, 1),
    same("e_stor", Measure::pressure, Channel::storage_modulus_Pa, 1),
    same("e\"", Measure::pressure, Channel::loss_modulus_Pa, 1),
    same("e''", Measure::pressure, Channel::loss_modulus_Pa, 1),
    same("e_loss", Measure::pressure, Channel::loss_modulus_Pa, 1),
    same("g'", Measure::pressure, Channel::shear_storage_modulus_Pa, 1),
    same("g_stor", Measure::pressure, Channel::shear_storage_modulus_Pa, 1),
    same("g\"", Measure::pressure, Channel::shear_loss_modulus_Pa, 1),
    same("g''", Measure::pressure, Channel::shear_loss_modulus_Pa, 1),
    same("g_loss", Measure::pressure, Channel::shear_loss_modulus_Pa, 1),
    same("tan_delta", Measure::none, Channel::tan_delta, 1),
    same("e_relax", Measure::pressure, Channel::relaxation_modulus_Pa, 1),
};

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    for (std::size_t at = text.find(from); at != std::string::npos;
         at = text.find(from, at + to.size())) {
        text.replace(at, from.size(), to);
    }
    return text;
}

/// Both letters mu as u, blanks trimmed; the text that the table of units is written in.
std::string plain_unit(std::string_view unit) {
    std::string text(trimmed(unit));
    text = replaced(std::move(text), "\u00B5", "u");
    text = replaced(std::move(text), "\u03BC", "u");
    text = replaced(std::move(text), "\u00B7", ".");
    return text;
}

std::optional<Unit> unit_of(const std::string& plain, Measure measure) {
    for (const Unit& unit : units) {
        if (unit.measure == measure && unit.text == plain) {
            return unit;
        }
    }
    return std::nullopt;
}

bool is_known_unit(const std::string& plain) {
    for (const Unit& unit : units) {
        if (unit.text == plain) {
            return true;
        }
    }
    return false;
}

/// Letters, digits and single underscores; signs that carry meaning become words.
std::string identifier(std::string text) {
    const std::array<std::pair<std::string_view, std::string_view>, 13> words{{
        {"°C", "degC"},
        {"°", "deg"},
        {"%", "percent"},
        {"\u03B7", "eta"},
        {"\u03B4", "delta"},
        {"\u0394", "delta"},
        {"\u03C9", "omega"},
        {"²", "2"},
        {"³", "3"},
        {"*", "_star"},
        {"1/", "per_"},
        {"/", "_per_"},
        {"\u00B5", "u"},
    }};
    for (const auto& [sign, word] : words) {
        text = replaced(std::move(text), sign, word);
    }
    std::string name;
    for (const char c : text) {
        const bool plain =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (plain) {
            name += c;
        } else if (!name.empty() && name.back() != '_') {
            name += '_';
        }
    }
    while (!name.empty() && name.back() == '_') {
        name.pop_back();
    }
    return name;
}

std::string extra_name(const Signal& signal) {
    std::string name = identifier(lower_case(signal.name));
    const std::string unit = identifier(plain_unit(signal.unit));
    if (name.empty()) {
        name = "signal";
    }
    if (name[0] >= '0' && name[0] <= '9') {
        name.insert(0, "signal_");
    }
    return unit.empty() ? name : name + "_" + unit;
}

struct Match {
    Target target;
    int rank = 0;
};

std::optional<Match> match(const Signal& signal, Loading loading) {
    const std::string name = lower_case(trimmed(signal.name));
    const std::string plain = plain_unit(signal.unit);
    for (const Known& known : known_signals) {
        const std::optional<Unit> unit =
            known.name == name ? unit_of(plain, known.measure) : std::nullopt;
        if (!unit) {
            continue;
        }
        Match found;
        found.rank = known.rank;
        found.target.factor = unit->factor;
        found.target.offset = unit->offset;
        const std::optional<Channel> channel =
            loading == Loading::shear ? known.shear : known.tensile;
        found.target.kind = channel ? Target::Kind::channel : Target::Kind::time;
        found.target.channel = channel.value_or(Channel::temperature_K);
        found.target.column = channel ? std::string(to_name(*channel)) : "time_s";
        return found;
    }
    return std::nullopt;
}

}  // namespace

std::string unit_text(std::string_view cell) {
    cell = trimmed(cell);
    if (cell.size() >= 2 && cell.front() == '[' && cell.back() == ']') {
        cell = trimmed(cell.substr(1, cell.size() - 2));
    }
    return cell == "-" ? std::string() : std::string(cell);
}

bool is_unit(std::string_view cell) {
    const std::string plain = plain_unit(unit_text(cell));
    return !plain.empty() && is_known_unit(plain);
}

bool is_known_name(std::string_view name) {
    const std::string lower = lower_case(trimmed(name));
    return std::any_of(known_signals.begin(), known_signals.end(), [&](const Known& known) {
        return known.name == lower;
    });
}

Signal signal_from(std::string_view text) {
    text = trimmed(text);
    const std::size_t open = text.rfind('(');
    const bool bracketed = open != std::string_view::npos && open > 0 && text.back() == ')';
    if (!bracketed || text[open - 1] != ' ') {
        return Signal{std::string(text), ""};
    }
    const std::string_view unit = text.substr(open + 1, text.size() - open - 2);
    const bool comment = unit == "cmd" || unit == "step" || unit == "torque";
    if (comment && !is_known_unit(plain_unit(unit))) {
        return Signal{std::string(text), ""};
    }
    return Signal{std::string(trimmed(text.substr(0, open))), std::string(trimmed(unit))};
}

std::vector<Target> targets_of(const std::vector<Signal>& signals, Loading loading) {
    std::map<std::string, std::pair<int, std::size_t>> best;  // Column: rank, signal.
    std::vector<std::optional<Match>> matches;
    for (std::size_t i = 0; i < signals.size(); ++i) {
        matches.push_back(match(signals[i], loading));
        if (matches[i]) {
            const std::pair<int, std::size_t> mine{matches[i]->rank, i};
            const auto [place, is_new] = best.try_emplace(matches[i]->target.column, mine);
            if (!is_new && mine < place->second) {
                place->second = mine;
            }
        }
    }
    std::vector<Target> targets;
    std::set<std::string> used;
    for (const auto& [column, owner] : best) {
        used.insert(column);
    }
    for (std::size_t i = 0; i < signals.size(); ++i) {
        if (matches[i] && best[matches[i]->target.column].second == i) {
            targets.push_back(matches[i]->target);
            continue;
        }
        Target target;
        const std::string name = extra_name(signals[i]);
        target.column = name;
        const bool taken_by_house = record::channel_from(name).has_value() || name == "segment" ||
                                    name == "flags" || name == "time_s";
        if (taken_by_house) {
            target.column = name + "_2";
        }
        for (int n = 2; !used.insert(target.column).second; ++n) {
            target.column = name + "_" + std::to_string(n);
        }
        targets.push_back(target);
    }
    return targets;
}

void put(record::Reading& reading, const Target& target, double value) {
    const double si = (value * target.factor) + target.offset;
    if (!std::isfinite(si)) {
        return;
    }
    switch (target.kind) {
        case Target::Kind::time: reading.time_s = si; break;
        case Target::Kind::channel: reading.values[target.channel] = si; break;
        case Target::Kind::extra: reading.extra[target.column] = si; break;
    }
}

}  // namespace relaxd::ta_files
