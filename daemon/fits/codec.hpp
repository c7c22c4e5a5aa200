// SPDX-License-Identifier: MIT
//
// The frames between the daemon and its fit worker: a length of four bytes (little endian, of what
// follows), one kind byte, the body. Pure: bytes in, values out; garbage is an error, never a
// value. Both ends are the same binary on the same machine, so doubles travel as their eight bytes.

#pragma once

#include "schema/base/result.hpp"
#include "schema/record/fit.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relaxd::daemon {

/// One fit of one snapshot. The worker keeps the points of one data set; a job says how many of
/// them are still valid and brings the rest.
struct FitJob {
    std::int64_t data_set = 0;  ///< Run id; another one empties the worker.
    std::uint64_t keep = 0;     ///< Points the worker has and shall keep.
    std::vector<record::DynamicPoint> appended;
    record::FitOptions options;
    std::vector<int> segments;                 ///< Use points of these only; empty = all.
    std::optional<record::FitResult> dynamic;  ///< Last usable dynamic result, for chi and peaks.
    std::optional<record::SeriesData> series;  ///< A test in time, instead of the points.
};

/// A frame longer than this is refused on both ends.
inline constexpr std::uint32_t frame_bytes_max = 32U * 1024U * 1024U;
/// Bytes before the body's length is known.
inline constexpr std::size_t frame_head_bytes = 4;

[[nodiscard]] std::string encode(const FitJob& job);
[[nodiscard]] std::string encode(const record::FitResult& result);

/// Length of the rest of the frame; `corrupt` when it is 0 or above frame_bytes_max.
[[nodiscard]] Result<std::uint32_t> decode_head(std::string_view head);
/// `body` is everything after the four bytes of length. `corrupt` unless it is exactly one job.
[[nodiscard]] Result<FitJob> decode_job(std::string_view body);
/// `corrupt` unless it is exactly one result.
[[nodiscard]] Result<record::FitResult> decode_result(std::string_view body);

}  // namespace relaxd::daemon
