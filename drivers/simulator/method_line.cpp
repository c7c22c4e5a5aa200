// SPDX-License-Identifier: MIT
#include "drivers/simulator/method_line.hpp"

#include "schema/base/number.hpp"

#include <array>
#include <utility>

namespace relaxd::simulator {
namespace {

// Q800 brochure (section 3, "Limits"); what a bench can lower is in MethodLimits.
constexpr double frequency_min_Hz = 0.01;
constexpr double frequency_max_Hz = 200.0;
constexpr double slack = 1.0 + 1e-9;  // a bound written in other units may round above itself

}  // namespace

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

std::optional<Refusal> frequency_fits(double frequency_Hz) {
    return within(frequency_Hz, frequency_min_Hz, frequency_max_Hz, "a frequency", "Hz");
}

double LineReader::number(std::string_view key) {
    const auto found = pairs_.find(key);
    const auto value = found == pairs_.end() ? std::nullopt : to_double(found->second);
    if (!value && !refusal_) {
        refusal_ = bad("the line needs " + std::string(key) + "=NUMBER");
    }
    return value.value_or(0.0);
}

double LineReader::positive(std::string_view key) {
    const double value = number(key);
    if (!refusal_ && !(value > 0.0)) {
        refusal_ = bad(std::string(key) + " must be above 0");
    }
    return value;
}

double LineReader::nonzero(std::string_view key) {
    const double value = number(key);
    if (!refusal_ && value == 0.0) {
        refusal_ = bad(std::string(key) + " must not be 0: the target is never reached");
    }
    return value;
}

double LineReader::limited(std::string_view key, double low, double high, std::string_view unit) {
    const double value = number(key);
    if (!refusal_) {
        refusal_ = within(value, low, high, key, unit);
    }
    return value;
}

double LineReader::temperature_K() {
    return limited("temperature_K", limits_.temperature_min_K, limits_.temperature_max_K, "K");
}

bool LineReader::is_absent(std::string_view key) const {
    const auto found = pairs_.find(key);
    return found != pairs_.end() && found->second == "-";
}

void LineReader::length_if_given(std::string_view key, double low_m, double& length_m) {
    if (!is_absent(key)) {
        length_m = limited(key, low_m, 1.0, "m");
    }
}

std::optional<StepKind> step_from(std::string_view word) {
    constexpr std::array<std::pair<std::string_view, StepKind>, 15> words{{
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
        {"hold_strain", StepKind::hold_strain},
        {"strain_rate", StepKind::strain_rate},
        {"force_ramp", StepKind::force_ramp},
        {"measure_length", StepKind::measure_length},
    }};
    for (const auto& [name, kind] : words) {
        if (name == word) {
            return kind;
        }
    }
    return std::nullopt;
}

void read_step(LineReader& read, Step& step) {
    const auto frequency_Hz = [&read](std::string_view key) {
        return read.limited(key, frequency_min_Hz, frequency_max_Hz, "Hz");
    };
    switch (step.kind) {
        case StepKind::equilibrate:
        case StepKind::jump: step.temperature_K = read.temperature_K(); break;
        case StepKind::isothermal:
        case StepKind::isothermal_until:
        case StepKind::recover: step.duration_s = read.positive("duration_s"); break;
        case StepKind::ramp:
            step.rate_K_per_s = read.positive("rate_K_per_s");
            step.temperature_K = read.temperature_K();
            break;
        case StepKind::sweep:
            step.first_Hz = frequency_Hz("first_Hz");
            step.last_Hz = frequency_Hz("last_Hz");
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
        case StepKind::hold_strain:
            step.strain = read.number("strain");
            step.duration_s = read.positive("duration_s");
            break;
        case StepKind::strain_rate:
            step.rate_per_s = read.nonzero("rate_per_s");
            step.strain = read.number("strain");
            break;
        case StepKind::force_ramp:
            step.rate_per_s = read.positive("rate_N_per_s");  // the target says which way
            step.force_N = read.number("force_N");
            break;
        case StepKind::measure_length: step.duration_s = measure_length_s; break;
    }
}

}  // namespace relaxd::simulator
