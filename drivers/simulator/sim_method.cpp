// SPDX-License-Identifier: MIT
#include "drivers/simulator/sim_method.hpp"

#include "drivers/simulator/frame.hpp"
#include "drivers/simulator/furnace.hpp"
#include "drivers/simulator/method_line.hpp"
#include "schema/base/number.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace relaxd::simulator {
namespace {

bool holds(StepKind kind) {
    return kind == StepKind::isothermal || kind == StepKind::isothermal_until ||
           kind == StepKind::ramp;
}

// Segments that belong to some modes only (3.2).
bool belongs(StepKind kind, const SimMethod& method) {
    const SimMode mode = method.mode;
    switch (kind) {
        case StepKind::sweep: return method.oscillates();
        case StepKind::displace: return mode == SimMode::creep;
        case StepKind::recover: return mode == SimMode::creep || mode == SimMode::stress_relaxation;
        case StepKind::hold_strain:
            return mode == SimMode::stress_relaxation || mode == SimMode::strain_rate;
        case StepKind::strain_rate: return mode == SimMode::strain_rate;
        case StepKind::force_ramp: return mode == SimMode::controlled_force;
        default: return true;
    }
}

std::string_view home_of(StepKind kind) {
    switch (kind) {
        case StepKind::sweep: return "sweep belongs to the oscillating modes";
        case StepKind::displace: return "displace belongs to mode creep";
        case StepKind::recover: return "recover belongs to the modes creep and stress-relaxation";
        case StepKind::hold_strain:
            return "hold_strain belongs to the modes stress-relaxation and strain-rate";
        case StepKind::strain_rate: return "strain_rate belongs to mode strain-rate";
        default: return "force_ramp belongs to mode controlled-force";
    }
}

}  // namespace

bool takes_time(StepKind kind) {
    return kind != StepKind::sampling && kind != StepKind::sampling_log &&
           kind != StepKind::storage && kind != StepKind::jump;
}

bool SimMethod::samples(StepKind kind) const {
    switch (mode) {
        case SimMode::creep: return kind == StepKind::displace || kind == StepKind::recover;
        case SimMode::stress_relaxation:
            return kind == StepKind::hold_strain || kind == StepKind::recover;
        case SimMode::strain_rate:
            return kind == StepKind::strain_rate || kind == StepKind::hold_strain;
        case SimMode::controlled_force: return holds(kind) || kind == StepKind::force_ramp;
        case SimMode::isostrain: return holds(kind);
        default: return false;
    }
}

double SimMethod::static_preload_N() const {
    return preload_N.value_or(mounting.needs_preload() ? default_preload_N : 0.0);
}

ForceControl SimMethod::forces() const {
    ForceControl forces(mounting);
    const bool says_anything = preload_N || force_track || dynamic_force_N || amplitude_is_strain ||
                               mode == SimMode::multi_strain;
    forces.preload_N = says_anything ? static_preload_N() : 0.0;
    forces.track = force_track.value_or(forces.track);
    if (dynamic_force_N) {
        forces.dynamic_min_N = dynamic_force_N->first;
        forces.dynamic_max_N = dynamic_force_N->second;
    }
    return forces;
}

double SimMethod::highest_K() const {
    double highest = ambient_K;
    for (const Step& step : steps) {
        highest = std::max(highest, step.temperature_K);
    }
    return highest;
}

std::vector<double> sweep_list_Hz(double first_Hz, double last_Hz, double per_decade) {
    std::vector<double> list;
    const double sign = last_Hz < first_Hz ? -1.0 : 1.0;
    for (int k = 0; k < 100000; ++k) {
        const double f = first_Hz * std::pow(10.0, sign * k / per_decade);
        // A step that ends on f_2 up to rounding is f_2 itself.
        if (sign * std::log(last_Hz / f) <= 1e-9) {
            break;
        }
        list.push_back(f);
    }
    list.push_back(last_Hz);
    return list;
}

MethodLimits::MethodLimits(const Bench& bench)
    : heating_max_K_per_s(bench.furnace.heating_max_K_per_min / 60.0),
      cooling_max_K_per_s(bench.furnace.cooling_max_K_per_min / 60.0),
      force_max_N(bench.force.max),
      displacement_max_m(bench.displacement.max) {
    if (bench.furnace.heater && bench.furnace.cooling_max_W == 0.0) {
        temperature_min_K = ambient_K;
    }
}

MethodReader::MethodReader(const MethodLimits& limits) : limits_(limits), set_K_(ambient_K) {}

std::optional<Refusal> MethodReader::take(std::string_view line) {
    const auto words = split_words(line);
    if (!words) {
        return bad("words are separated by exactly one blank");
    }
    const std::string_view head = words->front();
    if (head == "mode") {
        return take_mode(*words);
    }
    if (!has_mode_) {
        return bad("the first line is 'mode'");
    }
    if (head == "clamp") {
        return take_clamp(*words);
    }
    if (!has_clamp_) {
        return bad("the line after 'mode' is 'clamp'");
    }
    if (head == "geometry") {
        return take_geometry(*words);
    }
    if (!has_geometry_) {
        return bad("the line after 'clamp' is 'geometry'");
    }
    return head == "segment" ? take_segment(*words) : take_setting(*words);
}

std::optional<Refusal> MethodReader::take_mode(const Words& words) {
    constexpr std::array<std::pair<std::string_view, SimMode>, 9> modes{{
        {"multi-frequency-strain", SimMode::multi_frequency},
        {"aging", SimMode::multi_frequency},
        {"frequency-sweep", SimMode::frequency_sweep},
        {"multi-strain", SimMode::multi_strain},
        {"creep", SimMode::creep},
        {"stress-relaxation", SimMode::stress_relaxation},
        {"strain-rate", SimMode::strain_rate},
        {"controlled-force", SimMode::controlled_force},
        {"isostrain", SimMode::isostrain},
    }};
    if (has_mode_ || words.size() != 2) {
        return bad("'mode NAME' stands once, as the first line");
    }
    for (const auto& [name, mode] : modes) {
        if (name == words[1]) {
            method_.mode = mode;
            method_.needs_frequencies =
                mode == SimMode::multi_frequency || mode == SimMode::multi_strain;
            has_mode_ = true;
            return std::nullopt;
        }
    }
    return Refusal(
        "unsupported",
        "the modes are multi-frequency-strain, frequency-sweep, aging, multi-strain, creep, "
        "stress-relaxation, strain-rate, controlled-force and isostrain"
    );
}

std::optional<Refusal> MethodReader::take_clamp(const Words& words) {
    const auto kind = words.size() == 2 ? clamp_from(words[1]) : std::nullopt;
    if (has_clamp_ || !kind) {
        return bad(
            "'clamp NAME' stands once; names are single-cantilever, dual-cantilever, "
            "3-point-bending, tension, compression, shear-sandwich"
        );
    }
    method_.mounting = set_mounting(*kind);
    has_clamp_ = true;
    return std::nullopt;
}

std::optional<Refusal> MethodReader::take_geometry(const Words& words) {
    const auto pairs = key_values(words, 1);
    if (has_geometry_ || !pairs) {
        return bad("'geometry KEY=VALUE ...' stands once");
    }
    LineReader read(*pairs, limits_);
    Mounting mounting = method_.mounting;  // what is set at the instrument
    read.length_if_given("length_m", 1e-5, mounting.length_m);
    read.length_if_given("width_m", 1e-6, mounting.width_m);
    read.length_if_given("thickness_m", 1e-7, mounting.thickness_m);
    if (!read.is_absent("poisson_ratio")) {
        mounting.poisson_ratio = read.number("poisson_ratio");
    }
    if (read.refusal()) {
        return read.refusal();
    }
    if (!(mounting.poisson_ratio > -1.0 && mounting.poisson_ratio <= 0.5)) {
        return bad("poisson_ratio is above -1 and at most 0.5");
    }
    method_.mounting = mounting;
    has_geometry_ = true;
    return std::nullopt;
}

std::optional<Refusal> MethodReader::fits_mode(StepKind kind) const {
    if (!belongs(kind, method_)) {
        return bad(std::string(home_of(kind)));
    }
    if (method_.mode == SimMode::isostrain && !method_.strain_level) {
        return bad("mode isostrain needs 'strain level=NUMBER' before its segments");
    }
    const bool cycles = method_.oscillates() && holds(kind);
    if ((kind == StepKind::sweep || cycles) && method_.amplitudes.empty()) {
        return bad(
            method_.mode == SimMode::multi_strain
                ? "mode multi-strain needs 'amplitudes' before its segments"
                : "an oscillating mode needs 'amplitude' before its segments"
        );
    }
    if (method_.needs_frequencies && cycles && method_.frequencies_Hz.empty()) {
        return bad("this mode needs 'frequencies' before its segments");
    }
    return std::nullopt;
}

// What is beyond the drive's travel for certain; the clamp's give only makes the travel longer.
std::optional<Refusal> MethodReader::strain_fits(double strain) const {
    const double travel_m = std::abs(strain) / method_.mounting.strain_per_displacement();
    const std::string what = "the displacement of strain " + to_text(strain);
    return within(travel_m, 0.0, limits_.displacement_max_m, what, "m");
}

// A rate of the other sign never reaches the target.
std::optional<Refusal> MethodReader::rate_fits(const Step& step) const {
    if (strain_ && (step.strain - *strain_) * step.rate_per_s < 0.0) {
        return bad(
            "a rate of " + to_text(step.rate_per_s) + " 1/s does not lead from strain " +
            to_text(*strain_) + " to " + to_text(step.strain)
        );
    }
    return std::nullopt;
}

std::optional<Refusal> MethodReader::fits_limits(const Step& step) const {
    switch (step.kind) {
        case StepKind::displace: {
            const double bound_Pa = limits_.force_max_N * method_.mounting.stress_per_force();
            const std::string what = "stress at " + to_text(limits_.force_max_N) + " N";
            return within(std::abs(step.stress_Pa), 0.0, bound_Pa, what, "Pa");
        }
        case StepKind::ramp: {
            const bool up = step.temperature_K >= set_K_;
            const double bound = up ? limits_.heating_max_K_per_s : limits_.cooling_max_K_per_s;
            const std::string_view what = up ? "heating rate" : "cooling rate";
            return within(step.rate_K_per_s, 0.0, bound, what, "K/s");
        }
        case StepKind::hold_strain: return strain_fits(step.strain);
        case StepKind::strain_rate: {
            auto refusal = strain_fits(step.strain);
            return refusal ? refusal : rate_fits(step);
        }
        case StepKind::force_ramp: {
            return within(
                std::abs(step.force_N), 0.0, limits_.force_max_N, "the size of force_N", "N"
            );
        }
        default: return std::nullopt;
    }
}

std::optional<Refusal> MethodReader::take_segment(const Words& words) {
    const auto kind = words.size() < 2 ? std::nullopt : step_from(words[1]);
    if (!kind) {
        return bad("'segment' is followed by a kind that this instrument knows");
    }
    const auto pairs = key_values(words, 2);
    if (!pairs) {
        return bad("a segment's values are KEY=VALUE, each once");
    }
    if (auto refusal = fits_mode(*kind)) {
        return refusal;
    }
    Step step;
    step.kind = *kind;
    LineReader read(*pairs, limits_);
    read_step(read, step);
    if (read.refusal()) {
        return read.refusal();
    }
    if (auto refusal = fits_limits(step)) {
        return refusal;
    }
    follow_programme(step);
    method_.steps.push_back(step);
    return std::nullopt;
}

// Where the programme stands after the segment.
void MethodReader::follow_programme(const Step& step) {
    if (step.temperature_K > 0.0) {
        set_K_ = step.temperature_K;
    }
    switch (step.kind) {
        case StepKind::hold_strain:
        case StepKind::strain_rate: strain_ = step.strain; break;
        case StepKind::measure_length: strain_.reset(); break;
        default: break;
    }
}

std::optional<Refusal> MethodReader::check_whole() const {
    if (!has_geometry_) {
        return bad("the method lacks mode, clamp or geometry");
    }
    // A jump counts as a segment here, as it always did.
    const bool timed = std::any_of(method_.steps.begin(), method_.steps.end(), [](const Step& s) {
        return takes_time(s.kind) || s.kind == StepKind::jump;
    });
    if (!timed) {
        return bad("the method has no segment that takes time");
    }
    return std::nullopt;
}

}  // namespace relaxd::simulator
