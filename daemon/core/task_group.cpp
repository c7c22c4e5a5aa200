// SPDX-License-Identifier: MIT
#include "daemon/core/task_group.hpp"

#include "schema/base/assert.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>

#include <iterator>
#include <utility>
#include <vector>

namespace relaxd::daemon {

namespace asio = boost::asio;

TaskGroup::TaskGroup(asio::any_io_executor executor)
    : executor_(std::move(executor)), shared_(std::make_shared<Shared>(executor_)) {}

TaskGroup::~TaskGroup() = default;

void TaskGroup::spawn(std::string name, Awaitable<void> task) {
    auto child = std::make_shared<Child>();
    child->name = std::move(name);
    shared_->children.push_back(child);
    const auto place = std::prev(shared_->children.end());
    auto ended = [shared = shared_, place, executor = executor_](const std::exception_ptr& failure
                 ) {
        std::shared_ptr<Child> gone = std::move(*place);
        shared->children.erase(place);
        shared->emptied.notify_all();
        // A cancellation that was asked for outside the loop may still be queued, and it points to
        // the signal: the signal goes after it.
        asio::post(executor, [gone] {});
        on_end(gone->name, failure);
    };
    asio::co_spawn(
        executor_,
        std::move(task),
        asio::bind_cancellation_slot(child->signal.slot(), std::move(ended))
    );
}

void TaskGroup::on_end(const std::string& name, const std::exception_ptr& failure) {
    if (failure == nullptr) {
        return;
    }
    std::string text;
    try {
        std::rethrow_exception(failure);
    } catch (const boost::system::system_error& error) {
        if (error.code() == asio::error::operation_aborted) {
            return;  // cancelled while it waited
        }
        text = name + ": " + error.what();
    } catch (const std::exception& error) {
        text = name + ": " + error.what();
    } catch (...) {
        text = name + ": unknown exception";
    }
    assertion_failed(text.c_str(), __FILE__, __LINE__);
}

void TaskGroup::cancel_all() {
    // Emitting may end children at once, which takes them out of the list.
    const std::vector<std::shared_ptr<Child>> living(
        shared_->children.begin(), shared_->children.end()
    );
    for (const std::shared_ptr<Child>& child : living) {
        child->signal.emit(asio::cancellation_type::terminal);
    }
}

std::size_t TaskGroup::size() const {
    return shared_->children.size();
}

Awaitable<void> TaskGroup::wait_empty() {
    const std::shared_ptr<Shared> shared = shared_;
    while (!shared->children.empty()) {
        co_await shared->emptied.wait();
    }
}

}  // namespace relaxd::daemon
