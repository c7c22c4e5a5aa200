// SPDX-License-Identifier: MIT
//
// Proof of progress: the service watchdog is fed only when acquisition AND storage turned since the
// last feed; the lag of the io loop is measured by a task that asks to be woken every 10 ms.

#pragma once

#include "daemon/core/timing.hpp"

#include <atomic>
#include <cstdint>

namespace relaxd::daemon {

/// A loop counts its turns here. Any thread.
class TurnCounter {
  public:
    void turn() { turns_.fetch_add(1, std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t turns() const { return turns_.load(std::memory_order_relaxed); }

  private:
    std::atomic<std::uint64_t> turns_{0};
};

/// Says whether both loops turned since it was last asked with yes.
class ProgressGuard {
  public:
    /// The counters outlive this.
    ProgressGuard(const TurnCounter& acquisition, const TurnCounter& storage)
        : acquisition_(acquisition), storage_(storage) {}
    [[nodiscard]] bool has_progressed();

  private:
    const TurnCounter& acquisition_;
    const TurnCounter& storage_;
    std::uint64_t acquisition_seen_ = 0;
    std::uint64_t storage_seen_ = 0;
};

/// How late the io loop wakes a 10 ms sleeper.
class LoopLag {
  public:
    /// Runs until cancelled. `timing` outlives it.
    [[nodiscard]] Awaitable<void> watch(Timing* timing);
    [[nodiscard]] std::uint64_t wakes() const { return wakes_; }
    [[nodiscard]] std::uint64_t wakes_late_over_5_ms() const { return late_; }
    [[nodiscard]] double worst_s() const { return worst_s_; }

  private:
    std::uint64_t wakes_ = 0;
    std::uint64_t late_ = 0;
    double worst_s_ = 0.0;
};

}  // namespace relaxd::daemon
