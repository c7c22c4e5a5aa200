// SPDX-License-Identifier: MIT
//
// Waiting in the daemon: deadlines, wake-up calls, turns. Time itself is a parameter, the same that
// the drivers take (drivers/link/timing.hpp). Seconds; io thread only.

#pragma once

#include "drivers/link/timing.hpp"
#include "schema/base/clock.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <optional>
#include <utility>
#include <variant>

namespace relaxd::daemon {

template <typename T>
using Awaitable = boost::asio::awaitable<T>;

/// Seconds from `from` to `to` on the steady clock.
[[nodiscard]] constexpr double seconds_between(SteadyTime from, SteadyTime to) {
    return static_cast<double>(to.ns - from.ns) * 1e-9;
}

using drivers::link::IoTiming;
using drivers::link::Timing;

/// `work`, or nothing when `seconds` pass first; `work` is cancelled then. `timing` outlives it.
template <typename T>
[[nodiscard]] Awaitable<std::optional<T>> with_deadline(
    Timing* timing, double seconds, Awaitable<T> work
) {
    using boost::asio::experimental::awaitable_operators::operator||;
    Awaitable<void> limit = timing->pause(seconds);
    auto outcome = co_await (std::move(work) || std::move(limit));
    if (outcome.index() == 0) {
        co_return std::optional<T>(std::get<0>(std::move(outcome)));
    }
    co_return std::nullopt;
}

/// Wakes every coroutine that waits; a wake-up nobody waits for is lost, so ask the condition
/// first.
class Notifier {
  public:
    explicit Notifier(const boost::asio::any_io_executor& executor);
    [[nodiscard]] Awaitable<void> wait();
    void notify_all();

  private:
    boost::asio::steady_timer timer_;
};

/// Until `is_so` holds, asked anew at each wake-up of `news`; false when `seconds` pass first.
/// `timing` and `news` outlive it.
[[nodiscard]] Awaitable<bool> wait_until(
    Timing* timing, double seconds, Notifier* news, std::function<bool()> is_so
);

/// One holder at a time, first come first served as far as the scheduler is.
class AsyncMutex {
  public:
    explicit AsyncMutex(const boost::asio::any_io_executor& executor) : freed_(executor) {}
    [[nodiscard]] Awaitable<void> lock();
    void unlock();

  private:
    Notifier freed_;
    bool is_held_ = false;
};

/// Unlocks at the end of its scope; take it right after `lock()`.
class AsyncLock {
  public:
    explicit AsyncLock(AsyncMutex& mutex) : mutex_(mutex) {}
    ~AsyncLock() { mutex_.unlock(); }
    AsyncLock(const AsyncLock&) = delete;
    AsyncLock& operator=(const AsyncLock&) = delete;

  private:
    AsyncMutex& mutex_;
};

}  // namespace relaxd::daemon
