// SPDX-License-Identifier: MIT
//
// Time as a parameter of everything that waits: the two clocks, and timers that end waits. Drivers
// and daemon take a `Timing`; tests and simulations give one that stands still until it is moved
// (tests/support/manual_timing.hpp). One thread, that of the io_context.

#pragma once

#include "schema/base/clock.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>

namespace relaxd::drivers::link {

/// `time` and so much more.
[[nodiscard]] constexpr SteadyTime after(SteadyTime time, std::chrono::nanoseconds more) {
    return SteadyTime{time.ns + more.count()};
}

class Timing {
  public:
    Timing() = default;
    Timing(const Timing&) = delete;
    Timing& operator=(const Timing&) = delete;
    virtual ~Timing() = default;

    [[nodiscard]] virtual const Clock& clock() const = 0;
    /// Waits on `timer` end at `when`, at once where that is past; waits for another time than
    /// before end now. Ask for disarm() before `timer` goes.
    virtual void arm(boost::asio::steady_timer& timer, SteadyTime when) = 0;
    /// Waits on `timer` end by cancel() only; those under way end now.
    virtual void disarm(boost::asio::steady_timer& timer) = 0;

    /// Resumes after `seconds` of the steady clock, earlier when it is cancelled. This outlives it.
    [[nodiscard]] boost::asio::awaitable<void> pause(double seconds);
};

/// The operating system's time.
class IoTiming final : public Timing {
  public:
    /// `clock` must outlive this; its steady time is std::chrono::steady_clock's (SystemClock).
    explicit IoTiming(const Clock& clock) : clock_(clock) {}
    [[nodiscard]] const Clock& clock() const override { return clock_; }
    void arm(boost::asio::steady_timer& timer, SteadyTime when) override;
    void disarm(boost::asio::steady_timer& timer) override;

  private:
    const Clock& clock_;
};

}  // namespace relaxd::drivers::link
