// SPDX-License-Identifier: MIT
//
// Children of an object: every coroutine that is started belongs to a group, which can cancel them
// and wait until the last has ended. An exception that reaches the group is a bug of ours.
// io thread only. The owner destroys the group only when it is empty.

#pragma once

#include "daemon/core/timing.hpp"

#include <boost/asio/cancellation_signal.hpp>

#include <exception>
#include <list>
#include <memory>
#include <string>

namespace relaxd::daemon {

class TaskGroup {
  public:
    explicit TaskGroup(boost::asio::any_io_executor executor);
    ~TaskGroup();
    TaskGroup(const TaskGroup&) = delete;
    TaskGroup& operator=(const TaskGroup&) = delete;

    /// Starts `task`; `name` is for people, when it fails.
    void spawn(std::string name, Awaitable<void> task);
    /// Asks every child to end.
    void cancel_all();
    [[nodiscard]] std::size_t size() const;
    /// Until no child is left.
    [[nodiscard]] Awaitable<void> wait_empty();

  private:
    struct Child {
        std::string name;
        boost::asio::cancellation_signal signal;
    };
    // Shared with the completion handlers, so that a late one finds it even after the group's end.
    struct Shared {
        explicit Shared(const boost::asio::any_io_executor& executor) : emptied(executor) {}
        std::list<std::shared_ptr<Child>> children;
        Notifier emptied;
    };
    static void on_end(const std::string& name, const std::exception_ptr& failure);

    boost::asio::any_io_executor executor_;
    std::shared_ptr<Shared> shared_;
};

}  // namespace relaxd::daemon
