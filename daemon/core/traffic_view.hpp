// SPDX-License-Identifier: MIT
//
// What the API tells of the traffic trace of one instrument's link.

#pragma once

#include "schema/base/clock.hpp"

#include <cstdint>
#include <string>

namespace relaxd::daemon {

struct TrafficView {
    std::string state = "off";      ///< on, off, full (ended at the limit of size).
    std::string file;               ///< Of the trace that is on, or was last; empty = none yet.
    UtcTime since;                  ///< When that was switched on.
    std::uint64_t chunks = 0;       ///< In the file, notes included.
    std::uint64_t lost_chunks = 0;  ///< Could not be written.
    TrafficView() = default;
};

}  // namespace relaxd::daemon
