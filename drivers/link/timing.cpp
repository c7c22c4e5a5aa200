// SPDX-License-Identifier: MIT
#include "drivers/link/timing.hpp"

#include "drivers/link/finally.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstdint>

namespace relaxd::drivers::link {

namespace asio = boost::asio;

asio::awaitable<void> Timing::pause(double seconds) {
    asio::steady_timer timer(co_await asio::this_coro::executor);
    const SteadyTime now = clock().steady();
    arm(timer, SteadyTime{now.ns + static_cast<std::int64_t>(seconds * 1e9)});
    const auto forget = [this, &timer] { disarm(timer); };
    const Finally at_the_end(forget);
    // Cancellation and expiry end the pause alike.
    auto outcome = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    static_cast<void>(outcome);
}

void IoTiming::arm(asio::steady_timer& timer, SteadyTime when) {
    const asio::steady_timer::time_point at{std::chrono::nanoseconds(when.ns)};
    if (timer.expiry() != at) {
        timer.expires_at(at);
    }
}

void IoTiming::disarm(asio::steady_timer& timer) {
    if (timer.expiry() != asio::steady_timer::time_point::max()) {
        timer.expires_at(asio::steady_timer::time_point::max());
    }
}

}  // namespace relaxd::drivers::link
