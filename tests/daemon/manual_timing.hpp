// SPDX-License-Identifier: MIT
//
// A way to let an io_context do what is ready, beside time that a test moves.
#pragma once

#include "daemon/core/timing.hpp"
#include "tests/support/manual_timing.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <optional>
#include <utility>

namespace relaxd::test {

/// Runs what is ready until `is_so` holds; false after a minute of real time (a loaded machine
/// under a sanitizer needs more than seconds).
inline bool run_until(boost::asio::io_context& io, const std::function<bool()>& is_so) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(60);
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
