// SPDX-License-Identifier: MIT
//
// A client of the live stream: catch-up from the database, then live from the ring.
//
// The hand-over cannot lose or repeat a row: both sides are one number, the last seq sent. The
// switch to live happens on the io thread, between two messages, only when the next row is in the
// ring or the database has no more.

#include "daemon/serve/stream_client.hpp"

#include "daemon/serve/replies.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <exception>
#include <utility>
#include <variant>

namespace relaxd::daemon {

namespace asio = boost::asio;
namespace json = wire::json;

namespace {

constexpr std::uint16_t internal_error = 1011;  // RFC 6455, 7.4.1

/// A row of the database, encoded on the reader thread.
struct EncodedRow {
    std::uint64_t seq = 0;
    Frame frame;
};

Result<std::vector<EncodedRow>> encoded_rows(
    store::RunReader& reader, std::int64_t run_id, std::uint64_t after_seq, std::size_t limit
) {
    const auto rows = reader.rows(run_id, after_seq, limit);
    if (!rows) {
        return fail(rows.error());
    }
    std::vector<EncodedRow> encoded;
    encoded.reserve(rows->size());
    for (const record::Row& row : *rows) {
        EncodedRow one;
        one.seq = std::visit([](const auto& it) { return it.seq; }, row);
        one.frame =
            std::make_shared<const std::string>(json::serialize(wire::to_message(run_id, row)));
        encoded.push_back(std::move(one));
    }
    return encoded;
}

/// The newest run, of one instrument or of any; run_id 0 if there is none.
Result<record::Run> newest_run(store::RunReader& reader, const std::string& instrument) {
    auto runs = reader.runs();
    if (!runs) {
        return fail(runs.error());
    }
    record::Run newest;
    for (record::Run& run : *runs) {
        if ((instrument.empty() || run.instrument == instrument) && run.run_id > newest.run_id) {
            newest = std::move(run);
        }
    }
    return newest;
}

}  // namespace

StreamClient::StreamClient(StreamHub& hub, std::shared_ptr<http::WebSocket> socket)
    : hub_(&hub), socket_(std::move(socket)), writable_(hub.executor_) {
    writable_.expires_at(asio::steady_timer::time_point::max());
}

void StreamClient::on_message(std::string text) {
    if (hub_ == nullptr || is_flooding()) {
        return;
    }
    auto wanted = subscription_from(text);
    if (!wanted) {
        complain(wanted.error());
        return;
    }
    subscribe(std::move(*wanted));
}

/// True, with one error a second, for messages over the rate that one client may send.
bool StreamClient::is_flooding() {
    const SteadyTime now = hub_->clock_.steady();
    if (window_messages_ == 0 || now.ns - window_start_.ns >= 1'000'000'000) {
        window_start_ = now;
        window_messages_ = 0;
    }
    ++window_messages_;
    const std::size_t most = hub_->limits_.messages_per_s;
    if (window_messages_ == most + 1) {
        Error error;
        error.code = Errc::refused;
        error.message = "more than " + std::to_string(most) + " messages in one second";
        error.hint = "this one and the rest of this second are not looked at";
        complain(error);
    }
    return window_messages_ > most;
}

void StreamClient::subscribe(Subscription wanted) {
    ++generation_;
    followed_.clear();
    wanted_ = std::move(wanted);
    newest_run_ = 0;
    seen_run_ = 0;
    is_resolved_ = false;
    writable_.cancel();
    spawn(resolve(generation_));
}

Awaitable<void> StreamClient::resolve(std::uint64_t generation) {
    if (is_stale(generation)) {
        co_return;  // Closed before the coroutine's first turn.
    }
    Reader::Query<record::Run> query = [wanted = wanted_](store::RunReader& reader) {
        return wanted.follows_current ? newest_run(reader, wanted.instrument)
                                      : reader.run(wanted.run);
    };
    const Result<record::Run> run = co_await hub_->reader_.read<record::Run>(std::move(query));
    if (is_stale(generation)) {
        co_return;
    }
    if (!run) {
        complain(run.error());
        co_return;
    }
    if (run->run_id == 0 && !wanted_.instrument.empty()) {
        const auto known = hub_->laboratory_.instruments();
        const bool exists = std::any_of(known.begin(), known.end(), [this](const auto& one) {
            return one.name == wanted_.instrument;
        });
        if (!exists) {
            Error error;
            error.code = Errc::not_found;
            error.message = "there is no instrument \"" + wanted_.instrument + "\"";
            error.where = "instrument";
            complain(error);
            co_return;
        }
    }
    is_resolved_ = true;
    newest_run_ = run->run_id;
    const std::int64_t started_meanwhile = seen_run_;
    if (run->run_id != 0) {
        // A seq that the newest run has not reached belongs to an earlier run of the client's.
        const bool is_other_run = wanted_.follows_current && wanted_.after_seq > run->last_seq;
        follow(run->run_id, is_other_run ? 0 : wanted_.after_seq);
    }
    if (wanted_.follows_current && started_meanwhile > run->run_id) {
        newest_run_ = started_meanwhile;
        follow(started_meanwhile, 0);
    }
}

void StreamClient::on_row(std::int64_t run_id, const std::string& instrument) {
    const auto found = followed_.find(run_id);
    if (found != followed_.end()) {
        pump(run_id, found->second);
        return;
    }
    const bool is_wanted = generation_ > 0 && wanted_.follows_current &&
                           (wanted_.instrument.empty() || wanted_.instrument == instrument);
    if (!is_wanted) {
        return;
    }
    if (!is_resolved_) {
        seen_run_ = std::max(seen_run_, run_id);
    } else if (run_id > newest_run_) {
        newest_run_ = run_id;
        follow(run_id, 0);
    }
}

void StreamClient::follow(std::int64_t run_id, std::uint64_t after_seq) {
    Followed& followed = followed_[run_id];
    followed.sent_seq = after_seq;
    start_catch_up(run_id, followed);
}

void StreamClient::start_catch_up(std::int64_t run_id, Followed& followed) {
    followed.is_catching_up = true;
    spawn(catch_up(run_id, generation_));
}

bool StreamClient::is_too_late(const Followed& followed) const {
    const auto patience_ns = static_cast<std::int64_t>(hub_->limits_.patience_s * 1e9);
    return followed.is_live && followed.behind_since.ns != 0 &&
           hub_->clock_.steady().ns - followed.behind_since.ns > patience_ns;
}

bool StreamClient::is_in_ring(std::int64_t run_id, std::uint64_t seq) const {
    const RowRing* ring = hub_->ring(run_id);
    return ring != nullptr && seq >= ring->oldest() && seq <= ring->newest();
}

Awaitable<void> StreamClient::catch_up(std::int64_t run_id, std::uint64_t generation) {
    if (is_stale(generation)) {
        co_return;
    }
    const std::size_t limit = hub_->limits_.page_rows;
    while (!is_in_ring(run_id, followed_[run_id].sent_seq + 1)) {
        const std::uint64_t after_seq = followed_[run_id].sent_seq;
        Reader::Query<std::vector<EncodedRow>> query =
            [run_id, after_seq, limit](store::RunReader& reader) {
                return encoded_rows(reader, run_id, after_seq, limit);
            };
        const auto page = co_await hub_->reader_.read<std::vector<EncodedRow>>(std::move(query));
        if (is_stale(generation)) {
            co_return;
        }
        if (!page) {
            complain(page.error());
            break;
        }
        if (page->empty()) {
            break;
        }
        for (const EncodedRow& row : *page) {
            while (!is_too_late(followed_[run_id]) && !send(row.frame)) {
                co_await writable_.async_wait(asio::as_tuple(asio::use_awaitable));
                if (is_stale(generation)) {
                    co_return;
                }
            }
            if (is_too_late(followed_[run_id])) {
                break;
            }
            followed_[run_id].sent_seq = row.seq;
        }
        if (is_too_late(followed_[run_id])) {
            break;
        }
    }
    Followed& followed = followed_[run_id];
    followed.is_catching_up = false;
    if (!followed.is_live) {
        const RowRing* ring = hub_->ring(run_id);
        followed.live_from = ring == nullptr ? followed.sent_seq : ring->newest();
        followed.is_live = true;
    }
    pump(run_id, followed);
}

void StreamClient::pump(std::int64_t run_id, Followed& followed) {
    RowRing* ring = hub_->ring(run_id);
    if (followed.is_catching_up || ring == nullptr) {
        return;
    }
    serve_from_ring(run_id, followed, *ring);
    if (followed.sent_seq >= ring->newest()) {
        followed.behind_since.ns = 0;
    } else if (followed.behind_since.ns == 0) {
        followed.behind_since = hub_->clock_.steady();
    }
}

void StreamClient::serve_from_ring(std::int64_t run_id, Followed& followed, RowRing& ring) {
    const std::int64_t now_ns = hub_->clock_.steady().ns;
    const auto patience_ns = static_cast<std::int64_t>(hub_->limits_.patience_s * 1e9);
    while (followed.sent_seq < ring.newest()) {
        const std::uint64_t next = followed.sent_seq + 1;
        if (next < ring.oldest()) {
            if (!is_too_late(followed)) {
                start_catch_up(run_id, followed);
                return;
            }
            if (!squash(run_id, followed, ring.oldest() - 1)) {
                return;
            }
            continue;
        }
        const bool is_late =
            next > followed.live_from && now_ns - ring.published(next).ns > patience_ns;
        if (is_late) {
            if (!squash(run_id, followed, ring.newest())) {
                return;
            }
            continue;
        }
        if (!send(ring.frame(next))) {
            return;
        }
        followed.sent_seq = next;
    }
}

bool StreamClient::squash(std::int64_t run_id, Followed& followed, std::uint64_t to_seq) {
    const std::uint64_t from_seq = followed.sent_seq + 1;
    json::object message;
    message["type"] = "squashed";
    message["run_id"] = run_id;
    message["from_seq"] = from_seq;
    message["to_seq"] = to_seq;
    message["count"] = to_seq - from_seq + 1;
    if (!socket_ || !socket_->send(std::make_shared<const std::string>(json::serialize(message)))) {
        return false;
    }
    followed.sent_seq = to_seq;
    hub_->rows_squashed_ += to_seq - from_seq + 1;
    return true;
}

bool StreamClient::send(const Frame& frame) {
    if (!socket_ || !socket_->send(frame)) {
        return false;
    }
    ++hub_->frames_sent_;
    return true;
}

void StreamClient::send_control(const Frame& frame) {
    // A tick or an error that finds the queue full is not worth waiting for.
    if (socket_) {
        static_cast<void>(socket_->send(frame));
    }
}

void StreamClient::complain(const Error& error) {
    json::object message = wire::to_json(error, kind_of(error).code);
    message["type"] = "error";
    send_control(std::make_shared<const std::string>(json::serialize(message)));
}

void StreamClient::on_writable() {
    if (hub_ == nullptr) {
        return;
    }
    for (auto& [run_id, followed] : followed_) {
        pump(run_id, followed);
    }
    writable_.cancel();
}

void StreamClient::on_close() {
    const auto self = shared_from_this();
    StreamHub* hub = hub_;
    detach();
    if (hub != nullptr) {
        hub->clients_.erase(self);
    }
}

void StreamClient::detach() {
    ++generation_;
    followed_.clear();
    hub_ = nullptr;
    socket_.reset();
    writable_.cancel();
}

bool StreamClient::is_stale(std::uint64_t generation) const {
    return hub_ == nullptr || generation != generation_;
}

void StreamClient::spawn(Awaitable<void> task) {
    auto done = [self = shared_from_this()](const std::exception_ptr& failure) {
        if (failure && self->socket_) {
            self->socket_->close(internal_error, "the daemon failed while it served this stream");
        }
    };
    asio::co_spawn(hub_->executor_, std::move(task), std::move(done));
}

}  // namespace relaxd::daemon
