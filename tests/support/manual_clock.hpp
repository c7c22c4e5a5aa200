// SPDX-License-Identifier: MIT
//
// A clock that stands still until a test moves it.
#pragma once

#include "schema/base/clock.hpp"

#include <atomic>
#include <cstdint>

namespace relaxd::test {

class ManualClock final : public Clock {
  public:
    [[nodiscard]] SteadyTime steady() const override { return SteadyTime{now_ns_}; }
    [[nodiscard]] UtcTime utc() const override { return UtcTime{epoch_ns_ + now_ns_}; }
    void advance_s(double seconds) { now_ns_ += static_cast<std::int64_t>(seconds * 1e9); }
    /// Never back.
    void advance_to(SteadyTime time) {
        if (time > steady()) {
            now_ns_ = time.ns;
        }
    }
    /// Somebody sets the wall clock; the steady clock does not notice.
    void set_wall_clock_by_s(double seconds) {
        epoch_ns_ += static_cast<std::int64_t>(seconds * 1e9);
    }

  private:
    std::atomic<std::int64_t> now_ns_ = 0;  ///< Store threads read it while a test moves it.
    std::atomic<std::int64_t> epoch_ns_ = 1'767'225'600'000'000'000;  // 2026-01-01T00:00:00Z
};

}  // namespace relaxd::test
