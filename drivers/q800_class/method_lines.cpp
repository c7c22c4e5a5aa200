// SPDX-License-Identifier: MIT
#include "drivers/q800_class/method_lines.hpp"

#include "drivers/q800_class/protocol.hpp"
#include "schema/base/number.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string_view>
#include <utility>

namespace relaxd::drivers::q800_class {
namespace {

using method::Executed;
using method::Mode;
using method::Segment;
using method::SegmentKind;

constexpr std::size_t max_lines = 20'000;  // section 2, `method begin`
constexpr double slack = 1e-9;             // a bound given in K/min must not fail by rounding

constexpr std::array<std::string_view, 6> clamps{
    "single-cantilever",
    "dual-cantilever",
    "3-point-bending",
    "tension",
    "compression",
    "shear-sandwich"
};

std::string clamp_of(const method::Method& method, const record::Specimen& specimen) {
    return method.clamp.empty() ? specimen.clamp : method.clamp;
}

bool is_oscillation(Mode mode) {
    return mode == Mode::multi_frequency_strain || mode == Mode::frequency_sweep ||
           mode == Mode::aging;
}

tl::unexpected<Error> refused(std::string message, std::string where, std::string hint = {}) {
    return fail(Errc::refused, std::move(message), std::move(where), std::move(hint));
}

/// The part of a sentence that names it in a message.
std::string named(const Executed& executed) {
    return "segment " + std::to_string(executed.method_segment) + " \"" + executed.segment.text +
           "\"";
}

/// One quantity between its bounds, or a refusal that says which, where and the bound.
Result<void> within(
    double value,
    double low,
    double high,
    std::string_view what,
    std::string_view unit,
    const std::string& where
) {
    if (std::isfinite(value) && value >= low * (1.0 - slack) && value <= high * (1.0 + slack)) {
        return {};
    }
    const std::string shown = std::isfinite(value) ? to_text(value) : std::string("unknown");
    return refused(
        std::string(what) + " " + shown + " " + std::string(unit) + " is outside " + to_text(low) +
            " to " + to_text(high) + " " + std::string(unit) + ", what a Q800 can do",
        where
    );
}

Result<void> check_head(
    const method::Method& method, const record::Specimen& specimen, const Limits& limits
) {
    if (!is_oscillation(method.mode) && method.mode != Mode::creep) {
        return refused(
            "mode " + std::string(to_word(method.mode)) + " is not one that a q800_class executes",
            "key 'mode'",
            "multi-frequency-strain, frequency-sweep, aging or creep"
        );
    }
    const std::string clamp = clamp_of(method, specimen);
    if (std::find(clamps.begin(), clamps.end(), clamp) == clamps.end()) {
        return refused(
            clamp.empty() ? "neither the method nor the specimen names a clamp"
                          : "clamp " + clamp + " is not one of a Q800",
            "key 'clamp'",
            "single-cantilever, dual-cantilever, 3-point-bending, tension, compression or "
            "shear-sandwich"
        );
    }
    if (!method.clamp.empty() && !specimen.clamp.empty() && method.clamp != specimen.clamp) {
        return refused(
            "the method is for clamp " + method.clamp + ", the specimen is mounted in " +
                specimen.clamp,
            "key 'clamp'"
        );
    }
    if (is_oscillation(method.mode)) {
        if (method.amplitude_m == 0.0) {
            return refused(
                "an oscillation needs a displacement amplitude",
                "key 'amplitude'",
                "for example amplitude = \"15 um\""
            );
        }
        if (auto ok = within(
                method.amplitude_m,
                limits.smallest_amplitude_m,
                limits.largest_amplitude_m,
                "amplitude",
                "m",
                "key 'amplitude'"
            );
            !ok) {
            return ok;
        }
    }
    const bool needs_frequencies =
        method.mode == Mode::multi_frequency_strain || method.mode == Mode::aging;
    if (needs_frequencies && method.frequencies_Hz.empty()) {
        return refused(
            "mode " + std::string(to_word(method.mode)) + " measures at given frequencies",
            "key 'frequencies'",
            "for example frequencies = [\"1 Hz\", \"2 Hz\"]"
        );
    }
    for (const double frequency_Hz : method.frequencies_Hz) {
        if (auto ok = within(
                frequency_Hz,
                limits.lowest_frequency_Hz,
                limits.highest_frequency_Hz,
                "frequency",
                "Hz",
                "key 'frequencies'"
            );
            !ok) {
            return ok;
        }
    }
    return {};
}

Result<void> check_ramp(
    const Executed& executed, std::optional<double> from_K, const Limits& limits
) {
    const Segment& s = executed.segment;
    const bool cools = from_K && s.temperature_K < *from_K;
    const double bound = cools ? limits.fastest_cooling_K_per_s : limits.fastest_heating_K_per_s;
    if (s.rate_K_per_s > 0.0 && s.rate_K_per_s <= bound * (1.0 + slack)) {
        return {};
    }
    return refused(
        std::string(cools ? "cooling" : "heating") + " at " + to_text(s.rate_K_per_s * 60.0) +
            " K/min is faster than " + to_text(std::round(bound * 60.0)) +
            " K/min, the bound of a Q800",
        named(executed)
    );
}

Result<void> check_sweep(const method::Method& method, const Executed& executed, const Limits& l) {
    const Segment& s = executed.segment;
    if (!is_oscillation(method.mode)) {
        return refused("a frequency sweep needs an oscillating mode", named(executed));
    }
    for (const double frequency_Hz : {s.frequency_first_Hz, s.frequency_last_Hz}) {
        if (auto ok = within(
                frequency_Hz,
                l.lowest_frequency_Hz,
                l.highest_frequency_Hz,
                "frequency",
                "Hz",
                named(executed)
            );
            !ok) {
            return ok;
        }
    }
    if (s.frequency_last_Hz < s.frequency_first_Hz) {
        return refused(
            "this instrument sweeps from low to high frequency only",
            named(executed),
            "write the lower frequency first"
        );
    }
    return {};
}

Result<void> check_creep(
    const method::Method& method,
    const record::Specimen& specimen,
    const Executed& executed,
    const Limits& limits
) {
    if (method.mode != Mode::creep) {
        return refused("this sentence needs mode = \"creep\"", named(executed));
    }
    if (executed.segment.kind == SegmentKind::recover) {
        return {};
    }
    const double force_N =
        force_for_stress_N(clamp_of(method, specimen), specimen, executed.segment.stress_Pa);
    if (std::isfinite(force_N) && std::abs(force_N) > limits.force_N * (1.0 + slack)) {
        return refused(
            "a stress of " + to_text(executed.segment.stress_Pa) +
                " Pa on this specimen takes about " + to_text(std::abs(force_N)) +
                " N, more than the " + to_text(limits.force_N) + " N of a Q800",
            named(executed)
        );
    }
    return {};
}

Result<void> check_segment(
    const method::Method& method,
    const record::Specimen& specimen,
    const Executed& executed,
    std::optional<double>& set_K,
    const Limits& limits
) {
    const Segment& s = executed.segment;
    switch (s.kind) {
        case SegmentKind::ramp:
            if (auto ok = check_ramp(executed, set_K, limits); !ok) {
                return ok;
            }
            [[fallthrough]];
        case SegmentKind::equilibrate:
        case SegmentKind::jump:
            set_K = s.temperature_K;
            return within(
                s.temperature_K,
                limits.lowest_temperature_K,
                limits.highest_temperature_K,
                "temperature",
                "K",
                named(executed)
            );
        case SegmentKind::frequency_sweep: return check_sweep(method, executed, limits);
        case SegmentKind::displace:
        case SegmentKind::recover: return check_creep(method, specimen, executed, limits);
        case SegmentKind::isothermal:
        case SegmentKind::isothermal_until:
        case SegmentKind::sampling_interval:
        case SegmentKind::sampling_log:
        case SegmentKind::data_storage: return {};
        case SegmentKind::strain_rate:
        case SegmentKind::hold_strain:
        case SegmentKind::increment:
        case SegmentKind::repeat_until:
        case SegmentKind::repeat_times: break;
    }
    return refused("a q800_class cannot execute this sentence", named(executed));
}

/// The driver invents no dimension: an unknown one is left to the instrument.
std::string geometry_line(const record::Specimen& specimen) {
    const std::array<std::pair<std::string_view, double>, 4> dimensions{
        std::pair("length_m", specimen.length_m),
        std::pair("width_m", specimen.width_m),
        std::pair("thickness_m", specimen.thickness_m),
        std::pair("poisson_ratio", specimen.poisson_ratio)
    };
    std::string line = "geometry";
    for (const auto& [name, value] : dimensions) {
        line += " " + std::string(name) + "=" + (std::isfinite(value) ? to_text(value) : "-");
    }
    return line;
}

std::string segment_line(const Segment& s) {
    const auto with = [](std::string_view name, double value) {
        return " " + std::string(name) + "=" + to_text(value);
    };
    switch (s.kind) {
        case SegmentKind::equilibrate:
            return "segment equilibrate" + with("temperature_K", s.temperature_K);
        case SegmentKind::isothermal:
            return "segment isothermal" + with("duration_s", s.duration_s);
        case SegmentKind::ramp:
            return "segment ramp" + with("rate_K_per_s", s.rate_K_per_s) +
                   with("temperature_K", s.temperature_K);
        case SegmentKind::jump: return "segment jump" + with("temperature_K", s.temperature_K);
        case SegmentKind::frequency_sweep:
            return "segment sweep" + with("first_Hz", s.frequency_first_Hz) +
                   with("last_Hz", s.frequency_last_Hz) +
                   " points_per_decade=" + std::to_string(s.points_per_decade);
        case SegmentKind::displace:
            return "segment displace" + with("stress_Pa", s.stress_Pa) +
                   with("duration_s", s.duration_s);
        case SegmentKind::recover: return "segment recover" + with("duration_s", s.duration_s);
        case SegmentKind::sampling_interval:
            return "segment sampling" + with("interval_s", s.interval_s);
        case SegmentKind::sampling_log:
            return "segment sampling_log points_per_decade=" + std::to_string(s.points_per_decade) +
                   with("start_s", s.start_s);
        case SegmentKind::data_storage:
            return std::string("segment storage on=") + (s.on ? "1" : "0");
        case SegmentKind::isothermal_until:
            return "segment isothermal_until" + with("duration_s", s.duration_s);
        case SegmentKind::strain_rate:
        case SegmentKind::hold_strain:
        case SegmentKind::increment:
        case SegmentKind::repeat_until:
        case SegmentKind::repeat_times: break;
    }
    return {};
}

Result<MethodLines> build_lines(const method::Method& method, const record::Specimen& specimen) {
    auto unrolled = method::expand(method);
    if (!unrolled) {
        return fail(unrolled.error());
    }
    MethodLines result;
    result.lines.push_back("mode " + std::string(to_word(method.mode)));
    result.lines.push_back("clamp " + clamp_of(method, specimen));
    result.lines.push_back(geometry_line(specimen));
    if (is_oscillation(method.mode)) {
        result.lines.push_back("amplitude displacement_m=" + to_text(method.amplitude_m));
        if (!method.frequencies_Hz.empty()) {
            std::string line = "frequencies";
            for (const double frequency_Hz : method.frequencies_Hz) {
                line += " " + to_text(frequency_Hz);
            }
            result.lines.push_back(std::move(line));
        }
    }
    for (const Executed& executed : *unrolled) {
        std::string line = segment_line(executed.segment);
        if (line.empty()) {
            return refused("a q800_class cannot execute this sentence", named(executed));
        }
        result.lines.push_back(std::move(line));
        ++result.segments;
    }
    if (result.lines.size() > max_lines) {
        return refused(
            "the method takes " + std::to_string(result.lines.size()) +
                " lines, the instrument keeps 20000",
            "key 'segments'"
        );
    }
    for (const std::string& line : result.lines) {
        // "999999999 method line 20000 " goes before it
        if (line.size() + 28 > max_payload) {
            return refused(
                "a line of the method is longer than the instrument takes: " + line.substr(0, 40) +
                    " …",
                "key 'frequencies'"
            );
        }
    }
    return result;
}

}  // namespace

double force_for_stress_N(
    const std::string& clamp, const record::Specimen& specimen, double stress_Pa
) {
    const double l = specimen.length_m;
    const double w = specimen.width_m;
    const double t = specimen.thickness_m;
    if (clamp == "single-cantilever" || clamp == "3-point-bending") {
        return stress_Pa * w * t * t / (3.0 * l);  // outer fibre, moment F L / 2
    }
    if (clamp == "dual-cantilever") {
        return 2.0 * stress_Pa * w * t * t / (3.0 * l);
    }
    if (clamp == "tension") {
        return stress_Pa * w * t;
    }
    if (clamp == "shear-sandwich") {
        return 2.0 * stress_Pa * w * l;
    }
    return record::unknown;
}

Result<void> check_limits(
    const method::Method& method, const record::Specimen& specimen, const Limits& limits
) {
    if (auto ok = check_head(method, specimen, limits); !ok) {
        return ok;
    }
    auto unrolled = method::expand(method);
    if (!unrolled) {
        return fail(unrolled.error());
    }
    if (unrolled->empty()) {
        return refused("the method has no segment", "key 'segments'");
    }
    std::optional<double> set_K;
    for (const Executed& executed : *unrolled) {
        if (auto ok = check_segment(method, specimen, executed, set_K, limits); !ok) {
            return ok;
        }
    }
    auto lines = build_lines(method, specimen);
    return lines ? Result<void>() : fail(lines.error());
}

Result<MethodLines> method_lines(const method::Method& method, const record::Specimen& specimen) {
    return build_lines(method, specimen);
}

}  // namespace relaxd::drivers::q800_class
