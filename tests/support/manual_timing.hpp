// SPDX-License-Identifier: MIT
//
// Time that stands still until a test moves it. Timers armed with it fire in the order of their
// times, those of one time in the order in which they were armed.
#pragma once

#include "drivers/link/timing.hpp"
#include "tests/support/manual_clock.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <utility>

namespace relaxd::test {

class ManualTiming final : public drivers::link::Timing {
  public:
    [[nodiscard]] const Clock& clock() const override { return clock_; }
    [[nodiscard]] ManualClock& manual_clock() { return clock_; }

    void arm(boost::asio::steady_timer& timer, SteadyTime when) override {
        if (when <= clock_.steady()) {
            forget(timer);
            set(timer, over);
            return;
        }
        const auto found = armed_.find(&timer);
        if (found != armed_.end() && found->second.first == when) {
            return;
        }
        forget(timer);
        set(timer, never);
        timer.cancel();  // as a change of its time does
        const Due due{when, ++armings_};
        armed_[&timer] = due;
        queue_[due] = &timer;
    }
    void disarm(boost::asio::steady_timer& timer) override {
        forget(timer);
        set(timer, never);
    }

    /// When the next timer fires; nothing while none is armed.
    [[nodiscard]] std::optional<SteadyTime> next_due() const {
        return queue_.empty() ? std::nullopt : std::optional(queue_.begin()->first.first);
    }
    [[nodiscard]] std::size_t armed() const { return armed_.size(); }

    /// Moves the clock and fires what is due by then.
    void advance_to(SteadyTime time) {
        clock_.advance_to(time);
        while (!queue_.empty() && queue_.begin()->first.first <= clock_.steady()) {
            boost::asio::steady_timer& timer = *queue_.begin()->second;
            forget(timer);
            set(timer, over);
        }
    }
    void advance_s(double seconds) {
        advance_to(SteadyTime{clock_.steady().ns + static_cast<std::int64_t>(seconds * 1e9)});
    }

  private:
    using Due = std::pair<SteadyTime, std::uint64_t>;
    using Expiry = boost::asio::steady_timer::time_point;
    static constexpr Expiry never = Expiry::max();
    static constexpr Expiry over = Expiry::min();

    static void set(boost::asio::steady_timer& timer, Expiry expiry) {
        if (timer.expiry() != expiry) {
            timer.expires_at(expiry);
        }
    }
    void forget(boost::asio::steady_timer& timer) {
        const auto found = armed_.find(&timer);
        if (found != armed_.end()) {
            queue_.erase(found->second);
            armed_.erase(found);
        }
    }

    ManualClock clock_;
    std::map<boost::asio::steady_timer*, Due> armed_;
    std::map<Due, boost::asio::steady_timer*> queue_;
    std::uint64_t armings_ = 0;
};

}  // namespace relaxd::test
