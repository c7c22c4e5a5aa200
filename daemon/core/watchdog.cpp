// SPDX-License-Identifier: MIT
#include "daemon/core/watchdog.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>

namespace relaxd::daemon {

namespace {
constexpr double wake_every_s = 0.010;
constexpr double late_s = 0.005;
}  // namespace

bool ProgressGuard::has_progressed() {
    const std::uint64_t acquisition = acquisition_.turns();
    const std::uint64_t storage = storage_.turns();
    if (acquisition == acquisition_seen_ || storage == storage_seen_) {
        return false;
    }
    acquisition_seen_ = acquisition;
    storage_seen_ = storage;
    return true;
}

Awaitable<void> LoopLag::watch(Timing* timing) {
    while (true) {
        const SteadyTime asked = timing->clock().steady();
        co_await timing->pause(wake_every_s);
        const double lag_s = seconds_between(asked, timing->clock().steady()) - wake_every_s;
        ++wakes_;
        worst_s_ = std::max(worst_s_, lag_s);
        if (lag_s > late_s) {
            ++late_;
        }
        const auto cancelled = co_await boost::asio::this_coro::cancellation_state;
        if (cancelled.cancelled() != boost::asio::cancellation_type::none) {
            co_return;
        }
    }
}

}  // namespace relaxd::daemon
