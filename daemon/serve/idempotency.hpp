// SPDX-License-Identifier: MIT
//
// `Idempotency-Key`: a POST that is sent twice acts once (CONTRACT 5). The newest 1 000 keys that
// acted are remembered with the hash of their request and their response. io thread only.

#pragma once

#include "daemon/serve/http_message.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace relaxd::daemon {

class IdempotencyLog {
  public:
    static constexpr std::size_t capacity = 1'000;
    static constexpr std::size_t longest_key = 200;

    struct Entry {
        explicit Entry(const boost::asio::any_io_executor& executor) : done(executor) {
            done.expires_at(boost::asio::steady_timer::time_point::max());
        }
        std::string sha256;                      ///< Of method, target and body.
        std::optional<http::Response> response;  ///< Empty while the first request runs.
        boost::asio::steady_timer done;          ///< Cancelled when the first request has ended.
    };

    /// The entry of `key`, or null.
    [[nodiscard]] std::shared_ptr<Entry> find(const std::string& key) const;
    /// Registers a request that starts to act now.
    std::shared_ptr<Entry> begin(
        const std::string& key, std::string sha256, const boost::asio::any_io_executor& executor
    );
    /// A request that acted (2xx) is remembered, any other is forgotten, so that a retry may act.
    void finish(const std::string& key, const std::optional<http::Response>& response);
    [[nodiscard]] std::size_t size() const { return entries_.size(); }

  private:
    std::map<std::string, std::shared_ptr<Entry>> entries_;
    std::deque<std::string> finished_;  ///< Oldest first.
};

}  // namespace relaxd::daemon
