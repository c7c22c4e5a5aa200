// SPDX-License-Identifier: MIT
//
// Traffic traces on disk: one append-only file each time a trace is switched on, written by a
// thread of its own that nobody waits for. Format: drivers/link/traffic.hpp.
//
// The io thread copies bytes into a bounded queue and goes on. Chunks that find no room there, or
// that the disk refuses, are counted, said once in the log, and named by a note `missed N` in front
// of the next chunk that could be written. No fsync: a trace helps to understand, it is no record.
// Public functions: io thread.

#pragma once

#include "daemon/core/timing.hpp"
#include "daemon/core/traffic_view.hpp"
#include "drivers/link/traced_link.hpp"
#include "drivers/registry/registry.hpp"
#include "schema/base/clock.hpp"
#include "schema/base/result.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace relaxd::daemon {

struct TrafficLimits {
    /// About four days of an instrument with one reading and one status question a second.
    std::uint64_t file_bytes_max = std::uint64_t{256} << 20U;
    std::uint64_t waiting_bytes_max = std::uint64_t{4} << 20U;
};

/// What a link tells its traffic to; off until it is switched on.
class TrafficTrace : public drivers::link::TrafficSink {
  public:
    /// Begins a new file. Already on: nothing to do. Errors: `io`, the file cannot be made.
    [[nodiscard]] virtual Awaitable<Result<void>> switch_on() = 0;
    /// Ends the file, when all that waits is in it. Already off: nothing to do.
    [[nodiscard]] virtual Awaitable<Result<void>> switch_off() = 0;
    [[nodiscard]] virtual TrafficView view() const = 0;
};

class TrafficRecorder {
  public:
    /// Files go into `folder`, which is made when the first is needed. `clock` outlives this and
    /// every trace.
    TrafficRecorder(
        boost::asio::any_io_executor io,
        std::string folder,
        const Clock& clock,
        TrafficLimits limits = {}
    );
    /// Writes what waits and ends the thread; traces that still exist take nothing afterwards.
    ~TrafficRecorder();
    TrafficRecorder(const TrafficRecorder&) = delete;
    TrafficRecorder& operator=(const TrafficRecorder&) = delete;

    /// The trace of an instrument.
    [[nodiscard]] std::shared_ptr<TrafficTrace> trace_of(const drivers::InstrumentConfig& config);

  private:
    class Writer;
    class Trace;
    boost::asio::any_io_executor io_;
    const Clock& clock_;
    std::shared_ptr<Writer> writer_;
};

}  // namespace relaxd::daemon
