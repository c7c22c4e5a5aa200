// SPDX-License-Identifier: MIT
//
// The memory behind `Idempotency-Key`.

#include "daemon/serve/idempotency.hpp"

#include <utility>

namespace relaxd::daemon {

std::shared_ptr<IdempotencyLog::Entry> IdempotencyLog::find(const std::string& key) const {
    const auto found = entries_.find(key);
    return found == entries_.end() ? nullptr : found->second;
}

std::shared_ptr<IdempotencyLog::Entry> IdempotencyLog::begin(
    const std::string& key, std::string sha256, const boost::asio::any_io_executor& executor
) {
    auto entry = std::make_shared<Entry>(executor);
    entry->sha256 = std::move(sha256);
    entries_[key] = entry;
    return entry;
}

void IdempotencyLog::finish(const std::string& key, const std::optional<http::Response>& response) {
    const auto found = entries_.find(key);
    if (found == entries_.end()) {
        return;
    }
    found->second->done.cancel();
    if (!response || response->status < 200 || response->status > 299) {
        entries_.erase(found);
        return;
    }
    found->second->response = response;
    finished_.push_back(key);
    while (finished_.size() > capacity) {
        entries_.erase(finished_.front());
        finished_.pop_front();
    }
}

}  // namespace relaxd::daemon
