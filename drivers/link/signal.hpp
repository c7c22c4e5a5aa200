// SPDX-License-Identifier: MIT
//
// A wake-up call between coroutines of one thread: check your condition, wait, check again.
//
// A notification is not remembered: whoever waits must look at the state first. A wait may end for
// no reason. No lambda, no allocation.

#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>

namespace relaxd::drivers::link {

class Signal {
  public:
    using Clock = boost::asio::steady_timer::clock_type;

    explicit Signal(const boost::asio::any_io_executor& executor)
        : timer_(executor, Clock::time_point::max()) {}

    /// Ends every wait that is under way.
    void notify() { timer_.cancel(); }

    /// Until notified or `when`. All who wait on one Signal at once must use the same `when`.
    [[nodiscard]] boost::asio::awaitable<void> wait_until(Clock::time_point when) {
        if (timer_.expiry() != when) {
            timer_.expires_at(when);
        }
        auto outcome =
            co_await timer_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
        static_cast<void>(outcome);
    }

    [[nodiscard]] boost::asio::awaitable<void> wait() {
        return wait_until(Clock::time_point::max());
    }

  private:
    boost::asio::steady_timer timer_;
};

}  // namespace relaxd::drivers::link
