// SPDX-License-Identifier: MIT
//
// From rows of stress to a history of stress: plateaus, jumps, ramps.

#pragma once

#include "model/series/creep_march.hpp"
#include "schema/base/result.hpp"

#include <cstddef>
#include <vector>

namespace relaxd::model {

/// One row's stress; in order of time.
struct StressRow {
    double time_s = 0.0;
    double stress_Pa = 0.0;
};

/// Loading begins at time 0, or where the first plateau without stress ends. A jump between two
/// plateaus happens at the last row of the first, or at `load_time_s` (NaN = not known) where that
/// lies between them; rows between plateaus are a measured rise. `Errc::invalid` where there is no
/// stress.
[[nodiscard]] Result<StressHistory> read_history(
    const std::vector<StressRow>& rows, double load_time_s
);

/// Ramps in at least `least` pieces each, so that stress is linear in the material time of a piece.
void refine_ramps(StressHistory& history, std::size_t least = 8);

/// `stress_Pa` from time 0 to `load_time_s` (NaN = without end).
[[nodiscard]] StressHistory held_history(double stress_Pa, double load_time_s);

}  // namespace relaxd::model
