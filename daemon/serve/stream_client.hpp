// SPDX-License-Identifier: MIT
//
// One WebSocket of the live stream: its subscription and how far each followed run has been served.
// Lives as long as its socket; its coroutines keep it alive. io thread only.

#pragma once

#include "daemon/serve/stream.hpp"

#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace relaxd::daemon {

class StreamClient final : public http::WebSocketOwner,
                           public std::enable_shared_from_this<StreamClient> {
  public:
    StreamClient(StreamHub& hub, std::shared_ptr<http::WebSocket> socket);

    void on_message(std::string text) override;
    void on_writable() override;
    void on_close() override;

    /// A row of `run_id` has entered the hub's ring.
    void on_row(std::int64_t run_id, const std::string& instrument);
    void send_control(const Frame& frame);
    /// The hub is going: nothing of it may be used any more.
    void detach();

  private:
    /// How far one run has been served.
    struct Followed {
        std::uint64_t sent_seq = 0;   ///< Newest row sent or squashed.
        std::uint64_t live_from = 0;  ///< Rows after this one must not be late.
        bool is_catching_up = false;
        bool is_live = false;     ///< Has been live before: must not stay behind.
        SteadyTime behind_since;  ///< ns = 0 while every published row has been sent.
    };

    [[nodiscard]] bool is_flooding();
    void subscribe(Subscription wanted);
    /// Finds the run of the subscription, then serves it. Ends when `generation_` moves on.
    Awaitable<void> resolve(std::uint64_t generation);
    void follow(std::int64_t run_id, std::uint64_t after_seq);
    Awaitable<void> catch_up(std::int64_t run_id, std::uint64_t generation);
    [[nodiscard]] bool is_in_ring(std::int64_t run_id, std::uint64_t seq) const;
    void start_catch_up(std::int64_t run_id, Followed& followed);
    /// Behind for longer than a live client may be.
    [[nodiscard]] bool is_too_late(const Followed& followed) const;
    /// Sends from the ring until it is empty or the socket full.
    void pump(std::int64_t run_id, Followed& followed);
    void serve_from_ring(std::int64_t run_id, Followed& followed, RowRing& ring);
    [[nodiscard]] bool squash(std::int64_t run_id, Followed& followed, std::uint64_t to_seq);
    [[nodiscard]] bool send(const Frame& frame);
    void complain(const Error& error);
    [[nodiscard]] bool is_stale(std::uint64_t generation) const;
    void spawn(Awaitable<void> task);

    StreamHub* hub_;
    std::shared_ptr<http::WebSocket> socket_;
    boost::asio::steady_timer writable_;
    Subscription wanted_;
    std::uint64_t generation_ = 0;  ///< Counts subscriptions; older coroutines end.
    std::int64_t newest_run_ = 0;   ///< With "current": later runs are followed too.
    std::int64_t seen_run_ = 0;     ///< Newest run that published before `resolve` ended.
    bool is_resolved_ = false;
    std::map<std::int64_t, Followed> followed_;
    SteadyTime window_start_;
    std::size_t window_messages_ = 0;
};

}  // namespace relaxd::daemon
