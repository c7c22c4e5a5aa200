// SPDX-License-Identifier: MIT
//
// A wake-up call between coroutines of one thread: check your condition, wait, check again.
//
// A notification is not remembered: whoever waits must look at the state first. A wait may end for
// no reason. No lambda, no allocation.

#pragma once

#include "drivers/link/timing.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace relaxd::drivers::link {

class Signal {
  public:
    explicit Signal(const boost::asio::any_io_executor& executor)
        : timer_(executor, boost::asio::steady_timer::time_point::max()) {}
    ~Signal() {
        if (timing_ != nullptr) {
            timing_->disarm(timer_);
        }
    }
    Signal(const Signal&) = delete;
    Signal& operator=(const Signal&) = delete;

    /// Ends every wait that is under way.
    void notify() { timer_.cancel(); }

    /// Until notified or `when`. All who wait on one Signal at once must use the same `when`.
    /// `timing` outlives this.
    [[nodiscard]] boost::asio::awaitable<void> wait_until(Timing& timing, SteadyTime when) {
        timing_ = &timing;
        timing.arm(timer_, when);
        return woken();
    }

    [[nodiscard]] boost::asio::awaitable<void> wait() {
        if (timing_ != nullptr) {
            timing_->disarm(timer_);
        }
        return woken();
    }

  private:
    [[nodiscard]] boost::asio::awaitable<void> woken() {
        auto outcome =
            co_await timer_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
        static_cast<void>(outcome);
    }

    boost::asio::steady_timer timer_;
    Timing* timing_ = nullptr;  ///< That has been asked to wake.
};

}  // namespace relaxd::drivers::link
