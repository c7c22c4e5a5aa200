// SPDX-License-Identifier: MIT
#include "schema/record/series_window.hpp"

#include "schema/record/estimate_rows.hpp"
#include "schema/record/fit_inputs.hpp"
#include "schema/record/series_thinning.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <utility>

namespace relaxd::record {

namespace {

constexpr std::string_view segments_word = "segments ";
constexpr std::array<std::string_view, 3> kind_words{"creep", "aging", "relaxation"};

SeriesPoint copy_of(const Reading& reading) {
    const Channels& values = reading.values;
    SeriesPoint out;
    out.segment = reading.segment;
    out.time_s = reading.time_s;
    out.temperature_K = values[Channel::temperature_K];
    out.omega_rad_s = 2.0 * std::numbers::pi * values[Channel::frequency_Hz];
    out.stress_Pa = values[Channel::stress_Pa];
    out.stress_sigma_Pa = values[Channel::stress_sigma_Pa];
    out.strain = values[Channel::strain];
    out.strain_sigma = values[Channel::strain_sigma];
    out.storage_modulus = values[Channel::storage_modulus_Pa];
    out.loss_modulus = values[Channel::loss_modulus_Pa];
    out.storage_modulus_sigma = values[Channel::storage_modulus_sigma_Pa];
    out.loss_modulus_sigma = values[Channel::loss_modulus_sigma_Pa];
    out.tan_delta = values[Channel::tan_delta];
    out.tan_delta_sigma = values[Channel::tan_delta_sigma];
    return out;
}

/// A static test has no business with moduli, and an oscillation none with stress and strain.
void keep_what_belongs(SeriesPoint& point, SeriesKind kind) {
    if (kind != SeriesKind::aging) {
        point.omega_rad_s = point.storage_modulus = point.loss_modulus = unknown;
        point.storage_modulus_sigma = point.loss_modulus_sigma = unknown;
        point.tan_delta = point.tan_delta_sigma = unknown;
    } else {
        point.stress_Pa = point.stress_sigma_Pa = point.strain = point.strain_sigma = unknown;
        if (!std::isfinite(point.tan_delta) && point.storage_modulus > 0.0) {
            point.tan_delta = point.loss_modulus / point.storage_modulus;
        }
    }
}

}  // namespace

std::string_view to_word(SeriesKind kind) {
    return kind_words[static_cast<std::size_t>(kind)];
}

std::string series_text(const SeriesWindow& window) {
    std::string text(to_word(window.kind));
    text += "\n";
    text += segments_word;
    text += segments_text(window.segments) + "\n";
    return text + start_text({
                      {"load_time_s", window.load_time_s},
                      {"start_time_s", window.start_time_s},
                      {"strain_before", window.strain_before},
                  });
}

Result<SeriesWindow> series_from(std::string_view text) {
    const std::size_t first = text.find('\n');
    const std::size_t second = text.find('\n', first + 1);
    SeriesWindow window;
    const std::string_view kind = text.substr(0, first);
    const auto* found = std::find(kind_words.begin(), kind_words.end(), kind);
    const bool is_whole = first != std::string_view::npos && second != std::string_view::npos &&
                          found != kind_words.end() &&
                          text.substr(first + 1).starts_with(segments_word);
    if (!is_whole) {
        return fail(
            Errc::corrupt,
            "the stored window of a fit begins with \"" + std::string(kind) +
                "\", which this relaxd cannot read",
            "fit",
            "read it with the relaxd that wrote it"
        );
    }
    window.kind = static_cast<SeriesKind>(found - kind_words.begin());
    const std::size_t from = first + 1 + segments_word.size();
    auto segments = segments_from(text.substr(from, second - from));
    const auto numbers = start_from(text.substr(second + 1));
    if (!segments || !numbers) {
        return fail(!segments ? segments.error() : numbers.error());
    }
    window.segments = std::move(*segments);
    for (const auto& [name, value] : *numbers) {
        if (name == "start_time_s") {
            window.start_time_s = value;
        } else if (name == "load_time_s") {
            window.load_time_s = value;
        } else if (name == "strain_before") {
            window.strain_before = value;
        }
    }
    return window;
}

std::optional<SeriesPoint> series_point(const Point& point, SeriesKind kind) {
    if (is_unfit(point.reading.flags)) {
        return std::nullopt;
    }
    SeriesPoint out = copy_of(point.reading);
    out.seq = point.seq;
    keep_what_belongs(out, kind);
    double needed = kind == SeriesKind::aging ? out.tan_delta : out.strain;
    if (kind == SeriesKind::relaxation) {
        needed = out.stress_Pa / out.strain;
    }
    const bool is_usable = std::isfinite(needed) && std::isfinite(out.time_s);
    return is_usable ? std::optional<SeriesPoint>(out) : std::nullopt;
}

SeriesData series_data(
    std::span<const SeriesPoint> points, const SeriesWindow& window, std::uint64_t up_to_seq
) {
    SeriesData data;
    data.inputs.emplace_back();
    data.inputs.back().name = "segment " + std::to_string(window.segment());
    data.inputs.back().load_time_s = window.load_time_s;
    SeriesThinning thinning;
    for (const SeriesPoint& point : points) {
        const bool is_there =
            point.seq <= up_to_seq &&
            std::find(window.segments.begin(), window.segments.end(), point.segment) !=
                window.segments.end();
        const double time_s = point.time_s - window.start_time_s;
        if (is_there && (window.kind != SeriesKind::aging || time_s >= 0.0) &&
            thinning.add(point)) {
            data.points.push_back(point);
            data.points.back().time_s = time_s;
            data.points.back().strain -= window.strain_before;
        }
    }
    return data;
}

double mean_temperature_K(const SeriesData& data) {
    double sum = 0.0;
    double count = 0.0;
    for (const SeriesPoint& point : data.points) {
        if (std::isfinite(point.temperature_K)) {
            sum += point.temperature_K;
            count += 1.0;
        }
    }
    return count > 0.0 ? sum / count : unknown;
}

void note_window(FitResult& result, const SeriesData& data) {
    if (result.first_seq == 0 && !data.points.empty()) {
        result.first_seq = data.points.front().seq;
        result.last_seq = data.points.back().seq;
    }
}

}  // namespace relaxd::record
