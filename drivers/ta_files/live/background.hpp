// SPDX-License-Identifier: MIT
//
// Work that may hang (a folder on a network share whose server is gone) and must not stop the io
// thread. One job at a time; a job that does not end in time goes on and is waited for by the next.

#pragma once

#include "drivers/link/timing.hpp"

#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <functional>
#include <memory>

namespace relaxd::ta_files {

class Background {
  public:
    virtual ~Background() = default;
    /// False: the job, or the one before it, has not ended within `limit_s`. Then `job` may still
    /// run later, or not at all, and must own what it touches.
    [[nodiscard]] virtual boost::asio::awaitable<bool> run(
        std::function<void()> job, double limit_s
    ) = 0;
};

/// On a thread of its own for each job. Threads cannot be ended from outside: one that hangs in the
/// kernel is left alone and ends with the process.
class ThreadBackground final : public Background {
  public:
    explicit ThreadBackground(drivers::link::Timing& timing) : timing_(timing) {}
    boost::asio::awaitable<bool> run(std::function<void()> job, double limit_s) override;

  private:
    drivers::link::Timing& timing_;
    std::shared_ptr<std::atomic<bool>> is_busy_ = std::make_shared<std::atomic<bool>>(false);
};

/// At once, on the calling thread: for tests.
class InlineBackground final : public Background {
  public:
    boost::asio::awaitable<bool> run(std::function<void()> job, double limit_s) override;
};

}  // namespace relaxd::ta_files
