// SPDX-License-Identifier: MIT
//
// The lines of a method between geometry and the first segment.
#include "drivers/simulator/frame.hpp"
#include "drivers/simulator/method_line.hpp"
#include "drivers/simulator/sim_method.hpp"
#include "schema/base/number.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace relaxd::simulator {
namespace {

constexpr std::size_t amplitudes_max = 100;
constexpr double track_max_percent = 500.0;

}  // namespace

std::optional<Refusal> MethodReader::take_setting(const Words& words) {
    struct Entry {
        std::string_view head;
        std::optional<Refusal> (MethodReader::*take)(const Words&);
        bool oscillation;  ///< Belongs to the oscillating modes only.
    };
    static constexpr std::array<Entry, 8> entries{{
        {"amplitude", &MethodReader::take_amplitude, true},
        {"amplitudes", &MethodReader::take_amplitudes, true},
        {"frequencies", &MethodReader::take_frequencies, true},
        {"force_track", &MethodReader::take_force_track, true},
        {"dynamic_force", &MethodReader::take_dynamic_force, true},
        {"columns", &MethodReader::take_columns, false},
        {"preload", &MethodReader::take_preload, false},
        {"strain", &MethodReader::take_level, false},
    }};
    for (const Entry& entry : entries) {
        if (entry.head != words.front()) {
            continue;
        }
        const std::string name = "'" + std::string(entry.head) + "'";
        if (!method_.steps.empty()) {
            return bad(name + " stands before the first segment");
        }
        if (entry.oscillation && !method_.oscillates()) {
            return bad(name + " belongs to the oscillating modes");
        }
        return (this->*entry.take)(words);
    }
    return bad("'" + std::string(words.front()) + "' begins no method line");
}

// A displacement in m, or the displacement that belongs to a strain.
std::optional<Refusal> MethodReader::amplitude_fits(double value, bool is_strain) const {
    const double amplitude_m =
        is_strain ? value / method_.mounting.strain_per_displacement() : value;
    const std::string what =
        is_strain ? "the displacement of strain " + to_text(value) : std::string("displacement_m");
    return within(amplitude_m, amplitude_min_m, displacement_limit_m, what, "m");
}

std::optional<Refusal> MethodReader::take_amplitude(const Words& words) {
    const auto pairs = key_values(words, 1);
    if (!method_.amplitudes.empty() || !pairs ||
        (pairs->contains("strain") && pairs->contains("displacement_m"))) {
        return bad("'amplitude displacement_m=NUMBER' or 'amplitude strain=NUMBER' stands once");
    }
    if (method_.mode == SimMode::multi_strain) {
        return bad("mode multi-strain has 'amplitudes'");
    }
    LineReader read(*pairs, limits_);
    const bool is_strain = read.has("strain");
    const double value = read.number(is_strain ? "strain" : "displacement_m");
    if (read.refusal()) {
        return read.refusal();
    }
    if (auto refusal = amplitude_fits(value, is_strain)) {
        return refusal;
    }
    method_.amplitudes.assign(1, value);
    method_.amplitude_is_strain = is_strain;
    return std::nullopt;
}

std::optional<Refusal> MethodReader::take_amplitudes(const Words& words) {
    if (method_.mode != SimMode::multi_strain) {
        return bad("'amplitudes' belongs to mode multi-strain");
    }
    const auto pairs = key_values(words, 1);
    const bool is_strain = pairs && pairs->contains("strain");
    const bool is_displacement = pairs && pairs->contains("displacement_m");
    if (!method_.amplitudes.empty() || is_strain == is_displacement) {
        return bad("'amplitudes displacement_m=A,B,...' or 'amplitudes strain=A,B,...' stands once"
        );
    }
    std::string_view rest = pairs->find(is_strain ? "strain" : "displacement_m")->second;
    std::vector<double> values;
    for (bool more = true; more;) {
        const std::size_t comma = rest.find(',');
        const auto value = to_double(rest.substr(0, comma));
        if (!value) {
            return bad("amplitudes are numbers with commas between");
        }
        if (!values.empty() && *value <= values.back()) {
            return bad("amplitudes ascend");
        }
        if (auto refusal = amplitude_fits(*value, is_strain)) {
            return refusal;
        }
        values.push_back(*value);
        more = comma != std::string_view::npos;
        rest.remove_prefix(more ? comma + 1 : 0);
    }
    if (values.size() > amplitudes_max) {
        return bad("there are 1 to 100 amplitudes");
    }
    method_.amplitudes = std::move(values);
    method_.amplitude_is_strain = is_strain;
    return std::nullopt;
}

std::optional<Refusal> MethodReader::take_frequencies(const Words& words) {
    if (!method_.frequencies_Hz.empty() || words.size() < 2) {
        return bad("'frequencies F1 F2 ...' stands once");
    }
    std::vector<double> list;
    for (std::size_t i = 1; i < words.size(); ++i) {
        const auto value = to_double(words[i]);
        if (!value) {
            return bad("'" + std::string(words[i]) + "' is not a frequency in Hz");
        }
        if (auto refusal = frequency_fits(*value)) {
            return refusal;
        }
        list.push_back(*value);
    }
    std::sort(list.begin(), list.end());
    method_.frequencies_Hz = std::move(list);
    return std::nullopt;
}

std::optional<Refusal> MethodReader::take_columns(const Words& words) {
    if (has_columns_ || words.size() < 2) {
        return bad("'columns NAME ...' stands once");
    }
    ColumnList list;
    for (std::size_t i = 1; i < words.size(); ++i) {
        const auto found =
            std::ranges::find(further_columns, words[i], [](const auto& one) { return one.first; });
        if (found == further_columns.end()) {
            return Refusal(
                "unsupported", "column '" + std::string(words[i]) + "' is not among those offered"
            );
        }
        if (list.has(found->second)) {
            return bad("column " + std::string(words[i]) + " is asked for twice");
        }
        list.add(found->second);
    }
    method_.columns = list;
    has_columns_ = true;
    return std::nullopt;
}

std::optional<Refusal> MethodReader::take_preload(const Words& words) {
    const auto pairs = key_values(words, 1);
    if (method_.preload_N || !pairs) {
        return bad("'preload force_N=NUMBER' stands once");
    }
    LineReader read(*pairs, limits_);
    const double preload_N = read.limited("force_N", 0.0, limits_.force_max_N, "N");
    if (!read.refusal()) {
        method_.preload_N = preload_N;
    }
    return read.refusal();
}

std::optional<Refusal> MethodReader::take_force_track(const Words& words) {
    const auto pairs = key_values(words, 1);
    if (method_.force_track || !pairs) {
        return bad("'force_track percent=NUMBER' stands once");
    }
    LineReader read(*pairs, limits_);
    const double percent = read.limited("percent", 0.0, track_max_percent, "per cent");
    if (!read.refusal()) {
        method_.force_track = percent / 100.0;
    }
    return read.refusal();
}

std::optional<Refusal> MethodReader::take_dynamic_force(const Words& words) {
    const auto pairs = key_values(words, 1);
    if (method_.dynamic_force_N || !pairs) {
        return bad("'dynamic_force min_N=NUMBER max_N=NUMBER' stands once");
    }
    LineReader read(*pairs, limits_);
    const double min_N = read.limited("min_N", 0.0, limits_.force_max_N, "N");
    const double max_N = read.limited("max_N", 0.0, limits_.force_max_N, "N");
    if (read.refusal()) {
        return read.refusal();
    }
    if (!(max_N > 0.0) || min_N > max_N) {
        return bad("max_N is above 0 and not below min_N");
    }
    method_.dynamic_force_N.emplace(min_N, max_N);
    return std::nullopt;
}

std::optional<Refusal> MethodReader::take_level(const Words& words) {
    const auto pairs = key_values(words, 1);
    if (method_.mode != SimMode::isostrain) {
        return bad("'strain level=NUMBER' belongs to mode isostrain");
    }
    if (method_.strain_level || !pairs) {
        return bad("'strain level=NUMBER' stands once");
    }
    LineReader read(*pairs, limits_);
    const double level = read.number("level");
    if (read.refusal()) {
        return read.refusal();
    }
    if (auto refusal = strain_fits(level)) {
        return refusal;
    }
    method_.strain_level = level;
    return std::nullopt;
}

}  // namespace relaxd::simulator
