// SPDX-License-Identifier: MIT
//
// Which readings of a run make one test in time (a load with its recovery, one ageing isotherm, one
// strain that is held) and from when its time counts. Pure; the same live and in a replay. Seconds,
// kelvin.

#pragma once

#include "schema/base/result.hpp"
#include "schema/record/fit.hpp"
#include "schema/record/records.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace relaxd::record {

enum class SeriesKind : std::uint8_t { creep, aging, relaxation };
[[nodiscard]] std::string_view to_word(SeriesKind kind);

/// One test of a run.
struct SeriesWindow {
    SeriesKind kind = SeriesKind::creep;
    std::vector<int> segments;     ///< Executed ones, ascending; the first one names the test.
    double start_time_s = 0.0;     ///< `time_s` of the run at which the test's time is 0.
    double load_time_s = unknown;  ///< Of a single load, in the test's time.
    double strain_before = 0.0;    ///< What the run's test before it left; subtracted.

    [[nodiscard]] int segment() const { return segments.empty() ? 0 : segments.front(); }
};

/// The window as text that loses nothing, and back. Error `corrupt` names the line.
[[nodiscard]] std::string series_text(const SeriesWindow& window);
[[nodiscard]] Result<SeriesWindow> series_from(std::string_view text);

/// A committed reading as a test in time sees it, with the run's time; nothing where it has no
/// strain (creep), no tan delta (ageing), no stress and strain (relaxation), or is flagged as
/// unfit.
[[nodiscard]] std::optional<SeriesPoint> series_point(const Point& point, SeriesKind kind);

/// The test's points up to `up_to_seq`, in its own time and thinned (series_thinning.hpp). Those of
/// an ageing isotherm begin at 0.
[[nodiscard]] SeriesData series_data(
    std::span<const SeriesPoint> points, const SeriesWindow& window, std::uint64_t up_to_seq
);

/// Mean temperature of a test; unknown where no point has one.
[[nodiscard]] double mean_temperature_K(const SeriesData& data);

/// Fills the window of a result that names none with that of the points it was given.
void note_window(FitResult& result, const SeriesData& data);

}  // namespace relaxd::record
