// SPDX-License-Identifier: MIT
#include "drivers/q800_class/method_lines.hpp"

#include "drivers/q800_class/protocol.hpp"
#include "schema/base/number.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>

namespace relaxd::drivers::q800_class {
namespace {

using method::Executed;
using method::Method;
using method::Mode;
using method::Segment;
using method::SegmentKind;

constexpr std::size_t max_lines = 20'000;  // section 2, `method begin`
constexpr double lowest_force_N = Limits().lowest_force_N;
constexpr double default_preload_N = 0.01;  // 3.1, clamps that cannot push and pull
constexpr double default_track = 1.25;      // 3.1, the same

tl::unexpected<Error> refused(std::string message, std::string where) {
    return fail(Errc::refused, std::move(message), std::move(where), {});
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

std::string with(std::string_view name, double value) {
    return " " + std::string(name) + "=" + to_text(value);
}

/// `strain`: what the segments before reached; its rate has the sign of the way to go (3.3).
std::string strain_line(const Segment& s, double& strain) {
    const double before = std::exchange(strain, s.strain);
    if (s.kind == SegmentKind::hold_strain) {
        return "segment hold_strain" + with("strain", s.strain) + with("duration_s", s.duration_s);
    }
    const double rate_per_s = s.strain < before ? -s.rate_per_s : s.rate_per_s;
    return "segment strain_rate" + with("rate_per_s", rate_per_s) + with("strain", s.strain);
}

std::string segment_line(const Segment& s, double& strain) {
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
        case SegmentKind::strain_rate:
        case SegmentKind::hold_strain: return strain_line(s, strain);
        case SegmentKind::force_ramp:
            return "segment force_ramp" + with("rate_N_per_s", s.force_rate_N_per_s) +
                   with("force_N", s.force_N);
        case SegmentKind::measure_length:
            strain = 0.0;  // at the preload, which is where strain counts from
            return "segment measure_length";
        case SegmentKind::sampling_interval:
            return "segment sampling" + with("interval_s", s.interval_s);
        case SegmentKind::sampling_log:
            return "segment sampling_log points_per_decade=" + std::to_string(s.points_per_decade) +
                   with("start_s", s.start_s);
        case SegmentKind::data_storage:
            return std::string("segment storage on=") + (s.on ? "1" : "0");
        case SegmentKind::isothermal_until:
            return "segment isothermal_until" + with("duration_s", s.duration_s);
        case SegmentKind::increment:
        case SegmentKind::repeat_until:
        case SegmentKind::repeat_times:
        case SegmentKind::twist: break;
    }
    return {};
}

std::string listed(std::string line, const std::vector<double>& values, char separator) {
    for (const double value : values) {
        if (line.back() != '=') {
            line += separator;
        }
        line += to_text(value);
    }
    return line;
}

/// Amplitude, frequencies and what steers the forces of an oscillation (3.1).
void add_oscillation(const Method& method, const std::string& clamp, MethodLines& result) {
    std::vector<std::string>& lines = result.lines;
    if (!method.amplitudes_m.empty()) {
        lines.push_back(listed("amplitudes displacement_m=", method.amplitudes_m, ','));
    } else if (!method.strain_amplitudes.empty()) {
        lines.push_back(listed("amplitudes strain=", method.strain_amplitudes, ','));
    } else if (method.strain_amplitude != 0.0) {
        lines.push_back("amplitude strain=" + to_text(method.strain_amplitude));
    } else {
        lines.push_back("amplitude displacement_m=" + to_text(method.amplitude_m));
    }
    if (!method.frequencies_Hz.empty()) {
        lines.push_back(listed("frequencies", method.frequencies_Hz, ' '));
    }
    if (method.force_track_percent) {
        lines.push_back("force_track percent=" + to_text(*method.force_track_percent));
    }
    if (method.minimum_dynamic_force_N || method.maximum_dynamic_force_N) {
        const double greatest_N = greatest_dynamic_force_N(method, clamp, Limits().force_N);
        lines.push_back(
            "dynamic_force min_N=" +
            to_text(method.minimum_dynamic_force_N.value_or(lowest_force_N)) +
            " max_N=" + to_text(method.maximum_dynamic_force_N.value_or(greatest_N))
        );
    }
}

void add_head(
    const Method& method,
    const record::Specimen& specimen,
    const std::vector<std::string>& columns,
    MethodLines& result
) {
    const std::string clamp = clamp_of(method, specimen);
    result.lines.push_back("mode " + std::string(to_word(method.mode)));
    result.lines.push_back("clamp " + clamp);
    result.lines.push_back(geometry_line(specimen));
    if (!columns.empty()) {
        std::string line = "columns";
        for (const std::string& column : columns) {
            line += " " + column;
        }
        result.lines.push_back(std::move(line));
    }
    if (is_oscillation(method.mode)) {
        add_oscillation(method, clamp, result);
    }
    if (method.preload_N) {
        result.lines.push_back("preload force_N=" + to_text(*method.preload_N));
    }
    if (method.mode == Mode::isostrain) {
        result.lines.push_back("strain level=" + to_text(method.strain));
    }
}

/// The key that made a line too long.
std::string key_of(const std::string& line) {
    const std::string word = line.substr(0, line.find(' '));
    return word == "amplitudes" && line.find("strain=") != std::string::npos
               ? "key 'strain_amplitudes'"
               : "key '" + word + "'";
}

}  // namespace

std::string clamp_of(const Method& method, const record::Specimen& specimen) {
    return method.clamp.empty() ? specimen.clamp : method.clamp;
}

double greatest_dynamic_force_N(const Method& method, const std::string& clamp, double force_N) {
    const bool one_way = is_one_way(clamp);
    const double preload_N = method.preload_N.value_or(one_way ? default_preload_N : 0.0);
    const double track = method.force_track_percent ? *method.force_track_percent / 100.0
                         : one_way                  ? default_track
                                                    : 0.0;
    return std::max(0.0, std::min(force_N / (1.0 + track), force_N - preload_N));
}

Result<MethodLines> method_lines(
    const Method& method, const record::Specimen& specimen, const std::vector<std::string>& columns
) {
    auto unrolled = method::expand(method);
    if (!unrolled) {
        return fail(unrolled.error());
    }
    MethodLines result;
    add_head(method, specimen, columns, result);
    double strain = 0.0;
    for (const Executed& executed : *unrolled) {
        std::string line = segment_line(executed.segment, strain);
        if (line.empty()) {
            return refused(
                "a q800_class cannot execute this sentence",
                "segment " + std::to_string(executed.method_segment)
            );
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
                key_of(line)
            );
        }
    }
    return result;
}

}  // namespace relaxd::drivers::q800_class
