// SPDX-License-Identifier: MIT
//
// Fewer points of the same picture: per frequency, time is cut into stretches of equally many rows,
// and each keeps its first, smallest, greatest and last. Pure. Private to schema/store.

#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace relaxd::store {

/// What decimation needs of a point.
struct Mark {
    std::uint64_t seq = 0;
    double frequency_Hz = 0.0;  ///< NaN = none: one group of its own.
    double value = 0.0;         ///< NaN = unknown: never an extreme.
};

/// The seqs to keep, ascending, at most `max_points`; all if they fit. Needs
/// `max_points` ≥ 4 × frequencies, else nothing is kept.
[[nodiscard]] std::vector<std::uint64_t> decimate(
    const std::vector<Mark>& marks, std::size_t max_points
);

}  // namespace relaxd::store
