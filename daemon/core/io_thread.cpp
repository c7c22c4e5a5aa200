// SPDX-License-Identifier: MIT
#include "daemon/core/io_thread.hpp"

#include <atomic>
#include <thread>

namespace relaxd::daemon {

namespace {
std::atomic<std::thread::id> io_thread_id{};
}

void become_io_thread() {
    io_thread_id.store(std::this_thread::get_id());
}

bool is_io_thread() {
    const std::thread::id named = io_thread_id.load();
    return named == std::thread::id{} || named == std::this_thread::get_id();
}

}  // namespace relaxd::daemon
