// SPDX-License-Identifier: MIT
//
// The daemon's log on stderr: asynchronous, 8 192 lines, oldest overwritten. The log is not the
// record: what matters is an event row. Lines: UTC time, level, logger, lower-case fragment, then
// facts as key=value with units in the keys. Any thread.

#pragma once

#include "schema/base/clock.hpp"

#include <spdlog/logger.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace relaxd::daemon {

/// Levels a configuration may name.
[[nodiscard]] std::span<const std::string_view> log_levels();
[[nodiscard]] bool is_log_level(std::string_view word);

/// Starts the log thread and makes the loggers of the subsystems. Call once, from main.
void start_logging(const std::string& level);
/// Writes what is queued and ends the log thread.
void stop_logging();

/// The logger `name` (daemon, run, acquire, store, fits, serve); silent before start_logging().
[[nodiscard]] std::shared_ptr<spdlog::logger> log_for(std::string_view name);

/// "7", or "7 simulated=1": in the log too simulated data cannot be mistaken for real.
[[nodiscard]] std::string marked(std::int64_t run_id, bool simulated);
/// The same with an instrument's name.
[[nodiscard]] std::string marked(const std::string& name, bool simulated);

/// A repeated line: first at once, then once a minute with a count.
class RepeatGate {
  public:
    /// How many times it happened since the last line that was let through; 0 = keep silent now.
    [[nodiscard]] std::uint64_t let_through(SteadyTime now);
    void reset();

  private:
    SteadyTime last_;
    std::uint64_t held_back_ = 0;
    bool is_first_ = true;
};

}  // namespace relaxd::daemon
