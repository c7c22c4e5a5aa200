// SPDX-License-Identifier: MIT
//
// Pauses that end when a test moves the clock, and a way to let an io_context do what is ready.
#pragma once

#include "daemon/core/timing.hpp"
#include "tests/support/manual_clock.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <list>
#include <optional>
#include <utility>

namespace relaxd::test {

class ManualTiming final : public daemon::Timing {
  public:
    [[nodiscard]] const Clock& clock() const override { return clock_; }
    [[nodiscard]] daemon::Awaitable<void> pause(double seconds) override {
        waiting_.emplace_back(co_await boost::asio::this_coro::executor);
        const auto place = std::prev(waiting_.end());
        place->due.ns = clock_.steady().ns + static_cast<std::int64_t>(seconds * 1e9);
        place->timer.expires_at(boost::asio::steady_timer::time_point::max());
        const auto token = boost::asio::as_tuple(boost::asio::use_awaitable);
        (void)co_await place->timer.async_wait(token);
        waiting_.erase(place);
    }
    void advance_s(double seconds) {
        clock_.advance_s(seconds);
        for (Waiter& waiter : waiting_) {
            if (waiter.due <= clock_.steady()) {
                waiter.timer.cancel();
            }
        }
    }

  private:
    struct Waiter {
        explicit Waiter(const boost::asio::any_io_executor& executor) : timer(executor) {}
        SteadyTime due;
        boost::asio::steady_timer timer;
    };
    ManualClock clock_;
    std::list<Waiter> waiting_;
};

/// Runs what is ready until `is_so` holds; false after five seconds of real time.
inline bool run_until(boost::asio::io_context& io, const std::function<bool()>& is_so) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (!is_so()) {
        if (std::chrono::steady_clock::now() > limit) {
            return false;
        }
        io.restart();
        io.run_one_for(std::chrono::milliseconds(5));
    }
    return true;
}

/// What a coroutine returns, once the loop has done what it takes.
template <typename T>
std::optional<T> await(boost::asio::io_context& io, daemon::Awaitable<T> work) {
    std::optional<T> answer;
    bool is_over = false;
    boost::asio::co_spawn(
        io,
        std::move(work),
        [&answer, &is_over](const std::exception_ptr& failure, T value) {
            is_over = true;
            if (!failure) {
                answer.emplace(std::move(value));
            }
        }
    );
    (void)run_until(io, [&is_over] { return is_over; });
    return answer;
}

inline bool await(boost::asio::io_context& io, daemon::Awaitable<void> work) {
    bool is_over = false;
    boost::asio::co_spawn(io, std::move(work), [&is_over](const std::exception_ptr& failure) {
        is_over = failure == nullptr;
    });
    return run_until(io, [&is_over] { return is_over; });
}

}  // namespace relaxd::test
