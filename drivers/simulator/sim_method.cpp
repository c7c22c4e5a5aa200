// SPDX-License-Identifier: MIT
#include "drivers/simulator/sim_method.hpp"

#include "drivers/simulator/frame.hpp"
#include "drivers/simulator/furnace.hpp"
#include "schema/base/number.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <utility>

namespace relaxd::simulator {
namespace {

// Q800 brochure (section 3, "Limits"); what a bench can lower is in MethodLimits.
constexpr double frequency_min_Hz = 0.01;
constexpr double frequency_max_Hz = 200.0;
constexpr double amplitude_min_m = 0.5e-6;
constexpr double amplitude_max_m = 10000e-6;
constexpr double slack = 1.0 + 1e-9;  // a bound written in other units may round above itself

using Pairs = std::map<std::string, std::string, std::less<>>;

Refusal bad(std::string text) {
    return Refusal("method", std::move(text));
}

std::optional<Refusal> within(
    double value, double low, double high, std::string_view what, std::string_view unit
) {
    if (value * slack >= low && value <= high * slack) {
        return std::nullopt;
    }
    return Refusal(
        "limit",
        std::string(what) + " is " + to_text(low) + " to " + to_text(high) + " " +
            std::string(unit) + " and not " + to_text(value)
    );
}

// Reads the keys that a segment needs.
class Reader {
  public:
    Reader(const Pairs& pairs, const MethodLimits& limits) : pairs_(pairs), limits_(limits) {}

    double number(std::string_view key) {
        const auto found = pairs_.find(key);
        const auto value = found == pairs_.end() ? std::nullopt : to_double(found->second);
        if (!value && !refusal_) {
            refusal_ = bad("the line needs " + std::string(key) + "=NUMBER");
        }
        return value.value_or(0.0);
    }

    double positive(std::string_view key) {
        const double value = number(key);
        if (!refusal_ && !(value > 0.0)) {
            refusal_ = bad(std::string(key) + " must be above 0");
        }
        return value;
    }

    double limited(std::string_view key, double low, double high, std::string_view unit) {
        const double value = number(key);
        if (!refusal_) {
            refusal_ = within(value, low, high, key, unit);
        }
        return value;
    }

    double temperature() {
        return limited("temperature_K", limits_.temperature_min_K, limits_.temperature_max_K, "K");
    }

    // `-`: the host does not know it.
    [[nodiscard]] bool is_absent(std::string_view key) const {
        const auto found = pairs_.find(key);
        return found != pairs_.end() && found->second == "-";
    }

    void length_if_given(std::string_view key, double low_m, double& length_m) {
        if (!is_absent(key)) {
            length_m = limited(key, low_m, 1.0, "m");
        }
    }

    [[nodiscard]] const std::optional<Refusal>& refusal() const { return refusal_; }

  private:
    const Pairs& pairs_;
    const MethodLimits& limits_;
    std::optional<Refusal> refusal_;
};

std::optional<StepKind> step_from(std::string_view word) {
    constexpr std::array<std::pair<std::string_view, StepKind>, 11> words{{
        {"equilibrate", StepKind::equilibrate},
        {"isothermal", StepKind::isothermal},
        {"isothermal_until", StepKind::isothermal_until},
        {"ramp", StepKind::ramp},
        {"jump", StepKind::jump},
        {"sweep", StepKind::sweep},
        {"displace", StepKind::displace},
        {"recover", StepKind::recover},
        {"sampling", StepKind::sampling},
        {"sampling_log", StepKind::sampling_log},
        {"storage", StepKind::storage},
    }};
    for (const auto& [name, kind] : words) {
        if (name == word) {
            return kind;
        }
    }
    return std::nullopt;
}

// Fills `step` from the line's keys.
void read_step(Reader& read, Step& step) {
    switch (step.kind) {
        case StepKind::equilibrate:
        case StepKind::jump: step.temperature_K = read.temperature(); break;
        case StepKind::isothermal:
        case StepKind::isothermal_until:
        case StepKind::recover: step.duration_s = read.positive("duration_s"); break;
        case StepKind::ramp:
            step.rate_K_per_s = read.positive("rate_K_per_s");
            step.temperature_K = read.temperature();
            break;
        case StepKind::sweep:
            step.first_Hz = read.limited("first_Hz", frequency_min_Hz, frequency_max_Hz, "Hz");
            step.last_Hz = read.limited("last_Hz", frequency_min_Hz, frequency_max_Hz, "Hz");
            step.points_per_decade = read.limited("points_per_decade", 0.1, 1000.0, "per decade");
            break;
        case StepKind::displace:
            step.stress_Pa = read.number("stress_Pa");
            step.duration_s = read.positive("duration_s");
            break;
        case StepKind::sampling:
            step.interval_s = read.limited("interval_s", 0.001, 1e6, "s");
            break;
        case StepKind::sampling_log:
            step.points_per_decade = read.limited("points_per_decade", 0.1, 1000.0, "per decade");
            step.start_s = read.limited("start_s", 0.001, 1e6, "s");
            break;
        case StepKind::storage: step.storage_on = read.number("on") != 0.0; break;
    }
}

}  // namespace

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
      force_max_N(bench.force.max) {
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
    if (head == "amplitude") {
        return take_amplitude(*words);
    }
    if (head == "frequencies") {
        return take_frequencies(*words);
    }
    if (head == "segment") {
        return take_segment(*words);
    }
    return bad("'" + std::string(head) + "' begins no method line");
}

std::optional<Refusal> MethodReader::take_mode(const Words& words) {
    if (has_mode_ || words.size() != 2) {
        return bad("'mode NAME' stands once, as the first line");
    }
    const std::string_view mode = words[1];
    const bool multi = mode == "multi-frequency-strain" || mode == "aging";
    if (!multi && mode != "frequency-sweep" && mode != "creep") {
        return Refusal(
            "unsupported", "the modes are multi-frequency-strain, frequency-sweep, aging and creep"
        );
    }
    method_.creep = mode == "creep";
    method_.needs_frequencies = multi;
    has_mode_ = true;
    return std::nullopt;
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
    Reader read(*pairs, limits_);
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

std::optional<Refusal> MethodReader::take_amplitude(const Words& words) {
    const auto pairs = key_values(words, 1);
    if (has_amplitude_ || !method_.steps.empty() || !pairs) {
        return bad("'amplitude displacement_m=NUMBER' stands once, before the segments");
    }
    Reader read(*pairs, limits_);
    const double amplitude_m =
        read.limited("displacement_m", amplitude_min_m, amplitude_max_m, "m");
    if (read.refusal()) {
        return read.refusal();
    }
    method_.amplitude_m = amplitude_m;
    has_amplitude_ = true;
    return std::nullopt;
}

std::optional<Refusal> MethodReader::take_frequencies(const Words& words) {
    if (!method_.frequencies_Hz.empty() || !method_.steps.empty() || words.size() < 2) {
        return bad("'frequencies F1 F2 ...' stands once, before the segments");
    }
    std::vector<double> list;
    for (std::size_t i = 1; i < words.size(); ++i) {
        const auto value = to_double(words[i]);
        if (!value) {
            return bad("'" + std::string(words[i]) + "' is not a frequency in Hz");
        }
        if (auto refusal =
                within(*value, frequency_min_Hz, frequency_max_Hz, "a frequency", "Hz")) {
            return refusal;
        }
        list.push_back(*value);
    }
    std::sort(list.begin(), list.end());
    method_.frequencies_Hz = std::move(list);
    return std::nullopt;
}

std::optional<Refusal> MethodReader::fits_mode(StepKind kind) const {
    if (!method_.creep && (kind == StepKind::displace || kind == StepKind::recover)) {
        return bad("displace and recover belong to mode creep");
    }
    if (method_.creep && kind == StepKind::sweep) {
        return bad("a frequency sweep does not belong to mode creep");
    }
    const bool cycles = kind == StepKind::isothermal || kind == StepKind::isothermal_until ||
                        kind == StepKind::ramp;
    if (!method_.creep && (kind == StepKind::sweep || cycles) && !has_amplitude_) {
        return bad("an oscillating mode needs 'amplitude' before its segments");
    }
    if (method_.needs_frequencies && cycles && method_.frequencies_Hz.empty()) {
        return bad("this mode needs 'frequencies' before its segments");
    }
    return std::nullopt;
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
    Reader read(*pairs, limits_);
    read_step(read, step);
    if (read.refusal()) {
        return read.refusal();
    }
    if (step.kind == StepKind::displace) {
        const double bound_Pa = limits_.force_max_N * method_.mounting.stress_per_force();
        const std::string what = "stress at " + to_text(limits_.force_max_N) + " N";
        if (auto refusal = within(std::abs(step.stress_Pa), 0.0, bound_Pa, what, "Pa")) {
            return refusal;
        }
    }
    if (step.kind == StepKind::ramp) {
        const bool up = step.temperature_K >= set_K_;
        const double bound = up ? limits_.heating_max_K_per_s : limits_.cooling_max_K_per_s;
        if (auto refusal = within(
                step.rate_K_per_s, 0.0, bound, up ? "heating rate" : "cooling rate", "K/s"
            )) {
            return refusal;
        }
    }
    if (step.temperature_K > 0.0) {
        set_K_ = step.temperature_K;
    }
    method_.steps.push_back(step);
    return std::nullopt;
}

std::optional<Refusal> MethodReader::check_whole() const {
    if (!has_geometry_) {
        return bad("the method lacks mode, clamp or geometry");
    }
    const bool timed = std::any_of(method_.steps.begin(), method_.steps.end(), [](const Step& s) {
        return s.kind != StepKind::sampling && s.kind != StepKind::sampling_log &&
               s.kind != StepKind::storage;
    });
    if (!timed) {
        return bad("the method has no segment that takes time");
    }
    return std::nullopt;
}

}  // namespace relaxd::simulator
