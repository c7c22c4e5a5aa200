// SPDX-License-Identifier: MIT
//
// A link whose bytes are also told to a sink: what came, what was handed over to be sent, when the
// link was opened and how it ended. The sink decides what becomes of it; the link waits for nothing
// and never fails because of it. io thread only.

#pragma once

#include "drivers/link/link.hpp"
#include "drivers/link/traffic.hpp"

#include <memory>
#include <string_view>

namespace relaxd::drivers::link {

/// Takes the traffic of one instrument. Must return at once and never throw; shared by the links
/// and by whoever switches it.
class TrafficSink {
  public:
    virtual ~TrafficSink() = default;
    /// While false, nothing is copied for take().
    [[nodiscard]] virtual bool wants() const = 0;
    virtual void take(Chunk chunk) = 0;
};

/// Opens as `opener` does and tells `sink`; without a sink `opener` itself. `timing` outlives it
/// and its links.
[[nodiscard]] std::unique_ptr<Opener> traced(
    std::unique_ptr<Opener> opener, std::shared_ptr<TrafficSink> sink, Timing& timing
);

}  // namespace relaxd::drivers::link
