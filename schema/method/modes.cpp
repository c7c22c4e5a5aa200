// SPDX-License-Identifier: MIT
#include "schema/method/modes.hpp"

#include "schema/base/number.hpp"

#include <optional>

namespace relaxd::method {

namespace {

/// The static modes of the analyser that execute a sentence which not all of them do.
bool is_static_sentence(Mode mode, SegmentKind kind) {
    switch (kind) {
        case SegmentKind::displace: return mode == Mode::creep;
        case SegmentKind::recover: return mode == Mode::creep || mode == Mode::stress_relaxation;
        case SegmentKind::hold_strain:
            return mode == Mode::stress_relaxation || mode == Mode::strain_rate;
        case SegmentKind::strain_rate: return mode == Mode::strain_rate;
        case SegmentKind::force_ramp: return mode == Mode::controlled_force;
        case SegmentKind::twist: return false;
        default: return true;
    }
}

bool is_transient(SegmentKind kind) {
    return kind == SegmentKind::displace || kind == SegmentKind::recover ||
           kind == SegmentKind::strain_rate || kind == SegmentKind::hold_strain ||
           kind == SegmentKind::twist;
}

/// What a pendulum is asked for, and the defaults that count for its mode.
template <typename Put, typename PutNumber>
void put_torsion(const Method& method, const Put& put, const PutNumber& put_number) {
    const TorsionSettings& asked = method.torsion;
    const auto unless_zero = [](double value) {
        return value == 0.0 ? std::nullopt : std::optional<double>(value);
    };
    put_number("reference_frequency_Hz", unless_zero(asked.reference_frequency_Hz));
    put_number("reference_every", unless_zero(asked.reference_every));
    put_number("torque_amplitude_N_m", unless_zero(asked.torque_amplitude_N_m));
    put_number("drive_amplitude_V", unless_zero(asked.drive_amplitude_V));
    put_number("deflection_rad", unless_zero(asked.deflection_rad));
    put_number("torque_N_m", unless_zero(asked.torque_N_m));
    if (method.mode == Mode::torsion_forced) {
        put_number("cycles", asked.cycles);
        put_number("windows_at_most", asked.windows_at_most);
        put("check_isotherm", asked.checks_isotherm ? "on" : "off");
    }
}

std::string listed(const std::vector<double>& values) {
    std::string text;
    for (const double value : values) {
        text += (text.empty() ? "" : ", ") + to_text(value);
    }
    return text;
}

}  // namespace

std::string_view to_word(Mode mode) {
    return mode_words[static_cast<std::size_t>(mode)];
}

std::string_view to_word(ReferenceLength reference) {
    return reference_words[static_cast<std::size_t>(reference)];
}

bool is_oscillation(Mode mode) {
    return mode == Mode::multi_frequency_strain || mode == Mode::multi_strain ||
           mode == Mode::frequency_sweep || mode == Mode::aging || mode == Mode::torsion_forced;
}

bool is_torsion(Mode mode) {
    return mode == Mode::torsion_forced || mode == Mode::torsion_free_decay ||
           mode == Mode::torsion_creep;
}

bool is_static(Mode mode) {
    return !is_oscillation(mode) && !is_torsion(mode);
}

bool is_possible(Mode mode, SegmentKind kind) {
    if (kind == SegmentKind::frequency_sweep) {  // of which amplitude, in multi-strain?
        return is_oscillation(mode) && mode != Mode::multi_strain;
    }
    if (is_oscillation(mode)) {
        return !is_transient(kind) && kind != SegmentKind::force_ramp &&
               (kind != SegmentKind::measure_length || !is_torsion(mode));
    }
    if (is_torsion(mode)) {
        return kind != SegmentKind::force_ramp && kind != SegmentKind::measure_length &&
               (kind != SegmentKind::twist || mode == Mode::torsion_creep);
    }
    return is_static_sentence(mode, kind);
}

std::string where_possible(SegmentKind kind) {
    switch (kind) {
        case SegmentKind::frequency_sweep: return "use mode 'frequency-sweep'";
        case SegmentKind::displace: return "use mode 'creep'";
        case SegmentKind::recover: return "use mode 'creep' or 'stress-relaxation'";
        case SegmentKind::hold_strain: return "use mode 'stress-relaxation' or 'strain-rate'";
        case SegmentKind::strain_rate: return "use mode 'strain-rate'";
        case SegmentKind::force_ramp: return "use mode 'controlled-force'";
        case SegmentKind::twist: return "use mode 'torsion-creep'";
        default: return "use a mode of the analyser";
    }
}

bool has_readings(const Method& method, SegmentKind kind) {
    const bool is_thermal = kind == SegmentKind::isothermal ||
                            kind == SegmentKind::isothermal_until || kind == SegmentKind::ramp;
    if (is_oscillation(method.mode)) {
        return kind == SegmentKind::frequency_sweep ||
               (is_thermal && !method.frequencies_Hz.empty());
    }
    if (method.mode == Mode::controlled_force || method.mode == Mode::isostrain) {
        return is_thermal || kind == SegmentKind::force_ramp;
    }
    return is_transient(kind) || (is_torsion(method.mode) && is_thermal);
}

std::vector<std::pair<std::string, std::string>> understood(const Method& method) {
    std::vector<std::pair<std::string, std::string>> out;
    const auto put = [&out](const char* name, const std::string& value) {
        if (!value.empty()) {
            out.emplace_back(name, value);
        }
    };
    const auto put_number = [&put](const char* name, std::optional<double> value) {
        put(name, value ? to_text(*value) : std::string());
    };
    const auto unless_zero = [](double value) {
        return value == 0.0 ? std::nullopt : std::optional<double>(value);
    };
    put("mode", std::string(to_word(method.mode)));
    put("clamp", method.clamp);
    put_number("amplitude_m", unless_zero(method.amplitude_m));
    put_number("strain_amplitude", unless_zero(method.strain_amplitude));
    put("amplitudes_m", listed(method.amplitudes_m));
    put("strain_amplitudes", listed(method.strain_amplitudes));
    put("frequencies_Hz", listed(method.frequencies_Hz));
    put_number("preload_N", method.preload_N);
    put_number("force_track_percent", method.force_track_percent);
    put_number("minimum_dynamic_force_N", method.minimum_dynamic_force_N);
    put_number("maximum_dynamic_force_N", method.maximum_dynamic_force_N);
    put_number("strain", unless_zero(method.strain));
    if (!is_torsion(method.mode)) {
        put("reference_length", std::string(to_word(method.reference_length)));
        if (is_oscillation(method.mode)) {
            put_number("static_elongation_alarm", method.static_elongation_alarm);
        }
    }
    if (is_torsion(method.mode)) {
        put_torsion(method, put, put_number);
    }
    put_number("clamp_torque_N_m", method.clamp_torque_N_m);
    put("purge_gas", method.purge_gas);
    return out;
}

}  // namespace relaxd::method
