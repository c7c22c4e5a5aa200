// SPDX-License-Identifier: MIT
#include "daemon/core/task_group.hpp"

#include "schema/base/assert.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <utility>

namespace relaxd::daemon {

namespace asio = boost::asio;

TaskGroup::TaskGroup(asio::any_io_executor executor)
    : executor_(std::move(executor)), shared_(std::make_shared<Shared>(executor_)) {}

TaskGroup::~TaskGroup() = default;

void TaskGroup::spawn(std::string name, Awaitable<void> task) {
    shared_->children.emplace_back();
    const auto place = std::prev(shared_->children.end());
    place->name = std::move(name);
    auto ended = [shared = shared_, place](const std::exception_ptr& failure) {
        const std::string child_name = place->name;
        shared->children.erase(place);
        shared->emptied.notify_all();
        on_end(child_name, failure);
    };
    asio::co_spawn(
        executor_,
        std::move(task),
        asio::bind_cancellation_slot(place->signal.slot(), std::move(ended))
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
    // Emitting may end children at once, which erases them from the list: walk over addresses.
    std::vector<Child*> living;
    for (Child& child : shared_->children) {
        living.push_back(&child);
    }
    for (Child* child : living) {
        for (const Child& present : shared_->children) {
            if (&present == child) {
                child->signal.emit(asio::cancellation_type::terminal);
                break;
            }
        }
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
