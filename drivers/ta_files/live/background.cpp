// SPDX-License-Identifier: MIT
#include "drivers/ta_files/live/background.hpp"

#include <system_error>
#include <thread>
#include <utility>

namespace relaxd::ta_files {

namespace {

constexpr double look_every_s = 0.01;

using Busy = std::shared_ptr<std::atomic<bool>>;

/// Until `busy` is false, at most until `end`. Everything by value: the caller may go meanwhile.
boost::asio::awaitable<bool> wait_idle(drivers::link::Timing* timing, Busy busy, SteadyTime end) {
    while (busy->load()) {
        if (timing->clock().steady() >= end) {
            co_return false;
        }
        co_await timing->pause(look_every_s);
    }
    co_return true;
}

boost::asio::awaitable<bool> run_on_thread(
    drivers::link::Timing* timing, Busy busy, std::function<void()> job, double limit_s
) {
    SteadyTime end = timing->clock().steady();
    end.ns += static_cast<std::int64_t>(limit_s * 1e9);
    const bool is_free = co_await wait_idle(timing, busy, end);
    if (!is_free) {
        co_return false;
    }
    busy->store(true);
    try {
        std::thread([busy, job = std::move(job)] {
            job();
            busy->store(false);
        }).detach();
    } catch (const std::system_error&) {  // no thread to be had now
        busy->store(false);
        co_return false;
    }
    const bool has_ended = co_await wait_idle(timing, busy, end);
    co_return has_ended;
}

boost::asio::awaitable<bool> run_now(std::function<void()> job) {
    job();
    co_return true;
}

}  // namespace

boost::asio::awaitable<bool> ThreadBackground::run(std::function<void()> job, double limit_s) {
    return run_on_thread(&timing_, is_busy_, std::move(job), limit_s);
}

boost::asio::awaitable<bool> InlineBackground::run(std::function<void()> job, double /*limit_s*/) {
    return run_now(std::move(job));
}

}  // namespace relaxd::ta_files
