// SPDX-License-Identifier: MIT
#include "daemon/core/timing.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace relaxd::daemon {

namespace asio = boost::asio;

namespace {
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
}

Notifier::Notifier(const asio::any_io_executor& executor) : timer_(executor) {
    timer_.expires_at(asio::steady_timer::time_point::max());
}

Awaitable<void> Notifier::wait() {
    // Always woken by cancel(): that is the signal, not an error.
    (void)co_await timer_.async_wait(as_result);
}

void Notifier::notify_all() {
    timer_.cancel();
}

Awaitable<bool> wait_until(
    Timing* timing, double seconds, Notifier* news, std::function<bool()> is_so
) {
    using asio::experimental::awaitable_operators::operator||;
    const SteadyTime since = timing->clock().steady();
    while (!is_so()) {
        const double left_s = seconds - seconds_between(since, timing->clock().steady());
        if (left_s <= 0.0) {
            co_return false;
        }
        Awaitable<void> woken = news->wait();
        Awaitable<void> limit = timing->pause(left_s);
        co_await (std::move(woken) || std::move(limit));
    }
    co_return true;
}

Awaitable<void> AsyncMutex::lock() {
    while (is_held_) {
        co_await freed_.wait();
    }
    is_held_ = true;
}

void AsyncMutex::unlock() {
    is_held_ = false;
    freed_.notify_all();
}

}  // namespace relaxd::daemon
