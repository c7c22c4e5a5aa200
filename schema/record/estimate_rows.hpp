// SPDX-License-Identifier: MIT
//
// Between readings, fits and rows: which readings a fit may see, and one fit's result as the rows
// that are recorded, one row a parameter (CONTRACT 6). Pure; the same live and in a replay.

#pragma once

#include "schema/record/fit.hpp"
#include "schema/record/records.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace relaxd::record {

/// What the result does not know about itself.
struct FitContext {
    std::uint64_t fit_number = 0;
    std::string options_sha256;
    double last_temperature_K = unknown;  ///< Of the newest point used.
    bool simulated = false;
    UtcTime time_utc;
    int segment = 0;                      ///< Of a test in time: the one that names it.
    double test_temperature_K = unknown;  ///< … and its temperature, which all its numbers hold at.
};

/// Rows of a usable result, all with the same fit_number. Infinite or NaN numbers stay unknown.
[[nodiscard]] std::vector<Row> estimate_rows(const FitResult& result, const FitContext& context);

/// Is it one of the words?
[[nodiscard]] bool has_flag(std::string_view flags, std::string_view flag);

/// Overload, clipped, not settled or invalid: no fit may see it. `flags` are words.
[[nodiscard]] bool is_unfit(std::string_view flags);

/// A committed reading as the fits see it; nothing where it holds no complex modulus or is flagged
/// as overload, clipped, not_settled or invalid.
[[nodiscard]] std::optional<DynamicPoint> dynamic_point(const Point& point);

/// Those of the wanted segments, in order; all when none is named. What a fit of a snapshot sees,
/// live and replayed.
[[nodiscard]] std::vector<DynamicPoint> select_segments(
    std::span<const DynamicPoint> points, const std::vector<int>& segments
);

/// Of the point `seq` of points in seq order; unknown where it is none of them. The newest one used
/// need not be the newest one measured (T_x mask).
[[nodiscard]] double temperature_at(std::span<const DynamicPoint> points, std::uint64_t seq);

/// Fills the window of a result that names none with that of the points it was given.
void note_window(FitResult& result, std::span<const DynamicPoint> points);

}  // namespace relaxd::record
