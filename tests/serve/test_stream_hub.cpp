// SPDX-License-Identifier: MIT
//
// The promise of the stream under any timing: what a client gets, rows and squashed ranges
// together, is 1, 2, 3 … to the newest row, each once and in order. Sockets of chosen slowness, a
// manual clock.

#include "daemon/serve/stream.hpp"
#include "tests/serve/bench.hpp"
#include "tests/support/manual_clock.hpp"

#include <boost/json/parse.hpp>
#include <rapidcheck.h>

#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace json = boost::json;
using relaxd::daemon::Frame;
using relaxd::daemon::Reader;
using relaxd::daemon::RowRing;
using relaxd::daemon::StreamHub;
using relaxd::daemon::StreamLimits;
using relaxd::test::Bench;
using relaxd::test::ManualClock;

namespace {

/// Takes `room` frames until somebody reads them.
class SlowSocket final : public relaxd::daemon::http::WebSocket {
  public:
    explicit SlowSocket(std::size_t room) : room_(room) {}
    [[nodiscard]] bool send(Frame frame) override {
        if (queue_.size() >= room_) {
            is_refusing_ = true;
            return false;
        }
        queue_.push_back(std::move(frame));
        return true;
    }
    void close(std::uint16_t code, std::string_view) override { closed_with = code; }

    /// Reads up to `most` frames; true if the owner must be told that there is room again.
    bool read(std::size_t most) {
        for (std::size_t i = 0; i < most && !queue_.empty(); ++i) {
            received.push_back(json::parse(*queue_.front()).as_object());
            queue_.pop_front();
        }
        const bool tell = is_refusing_ && queue_.size() * 2 <= room_;
        is_refusing_ = is_refusing_ && !tell;
        return tell;
    }
    [[nodiscard]] bool empty() const { return queue_.empty(); }

    std::vector<json::object> received;
    std::uint16_t closed_with = 0;

  private:
    std::size_t room_;
    std::deque<Frame> queue_;
    bool is_refusing_ = false;
};

/// What the client knows: how far the received messages reach without hole or duplicate.
struct Account {
    std::uint64_t reached = 0;
    std::uint64_t squashed = 0;
    bool is_sound = true;
};

Account account_of(const std::vector<json::object>& received) {
    Account account;
    for (const json::object& message : received) {
        const auto type = message.at("type").as_string();
        if (type == "point") {
            account.is_sound = account.is_sound && message.at("seq") == account.reached + 1;
            ++account.reached;
        } else if (type == "squashed") {
            const auto to = message.at("to_seq").to_number<std::uint64_t>();
            const auto count = message.at("count").to_number<std::uint64_t>();
            account.is_sound = account.is_sound && to > account.reached &&
                               message.at("from_seq") == account.reached + 1 &&
                               count == to - account.reached;
            account.reached = to;
            account.squashed += count;
        }
    }
    return account;
}

/// Hub, reader and one slow client beside a campaign file.
struct Rig {
    Rig(Bench& shared, std::size_t room, StreamLimits limits)
        : bench(shared),
          run_id(bench.create_run()),
          reader(bench.folder + "/campaign.sqlite"),
          hub(bench.io.get_executor(), bench.laboratory, reader, clock, limits),
          socket(std::make_shared<SlowSocket>(room)) {
        bench.laboratory.hooks.push_back([this](const auto& row) { hub.publish(row); });
        owner = hub.open(socket);
    }
    ~Rig() {
        owner->on_close();
        bench.laboratory.hooks.pop_back();
    }
    Rig(const Rig&) = delete;
    Rig& operator=(const Rig&) = delete;

    void subscribe(std::uint64_t after_seq) {
        owner->on_message(
            R"({"subscribe":{"run":)" + std::to_string(run_id) + R"(,"after_seq":)" +
            std::to_string(after_seq) + "}}"
        );
    }
    void read(std::size_t most) {
        if (socket->read(most)) {
            owner->on_writable();
        }
    }
    /// Reads everything until `reached` is the newest row; queries come from another thread.
    void finish(std::uint64_t newest) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (account_of(socket->received).reached < newest &&
               std::chrono::steady_clock::now() < end) {
            bench.settle();
            if (socket->empty()) {
                bench.io.restart();
                bench.io.run_one_for(std::chrono::milliseconds(20));
            }
            read(1'000);
        }
    }

    Bench& bench;
    ManualClock clock;
    std::int64_t run_id;
    Reader reader;
    StreamHub hub;
    std::shared_ptr<SlowSocket> socket;
    std::shared_ptr<relaxd::daemon::http::WebSocketOwner> owner;
};

}  // namespace

TEST_CASE("a ring keeps the newest rows, dense in seq, and encodes each once") {
    RowRing ring(3);
    CHECK(ring.empty());
    for (std::uint64_t seq = 5; seq < 10; ++seq) {
        auto published = std::make_shared<relaxd::daemon::Published>();
        relaxd::record::Point point;
        point.seq = seq;
        published->row = point;
        ring.push(published, seq, relaxd::SteadyTime{static_cast<std::int64_t>(seq)});
    }
    CHECK(ring.oldest() == 7);
    CHECK(ring.newest() == 9);
    CHECK(ring.published(8).ns == 8);
    CHECK(ring.frame(8).get() == ring.frame(8).get());
    CHECK(json::parse(*ring.frame(8)).at("seq") == 8);
    ring.push(std::make_shared<relaxd::daemon::Published>(), 20, relaxd::SteadyTime{20});
    CHECK(ring.oldest() == 20);
    CHECK(ring.newest() == 20);
}

TEST_CASE("a burst longer than queue and ring loses nothing for a client that reads") {
    StreamLimits limits;
    limits.ring_rows = 16;
    limits.page_rows = 7;
    Bench bench;
    Rig rig(bench, 4, limits);
    rig.subscribe(0);
    rig.bench.append_points(rig.run_id, 10, 1, true);
    rig.finish(10);
    rig.bench.append_points(rig.run_id, 300, 1, true);
    rig.finish(310);
    const Account account = account_of(rig.socket->received);
    CHECK(account.is_sound);
    CHECK(account.reached == 310);
    CHECK(account.squashed == 0);
}

TEST_CASE("a live client that stays behind is told what to fetch, and goes on with the newest") {
    StreamLimits limits;
    limits.ring_rows = 1'000;
    Bench bench;
    Rig rig(bench, 4, limits);
    rig.subscribe(0);
    rig.bench.append_points(rig.run_id, 1, 1, true);
    rig.finish(1);
    rig.bench.append_points(rig.run_id, 50, 1, true);
    rig.clock.advance_s(2.5);
    rig.finish(51);
    const Account late = account_of(rig.socket->received);
    CHECK(late.is_sound);
    CHECK(late.reached == 51);
    CHECK(late.squashed == 46);
    CHECK(rig.hub.rows_squashed() == 46);
    rig.bench.append_points(rig.run_id, 1, 1, true);
    rig.finish(52);
    CHECK(rig.socket->received.back().at("type") == "point");
}

TEST_CASE("history is never squashed, however slowly it is read") {
    StreamLimits limits;
    limits.page_rows = 9;
    Bench bench;
    Rig rig(bench, 4, limits);
    rig.bench.append_points(rig.run_id, 60);
    rig.subscribe(0);
    for (int i = 0; i < 400 && account_of(rig.socket->received).reached < 60; ++i) {
        rig.bench.io.restart();
        rig.bench.io.run_one_for(std::chrono::milliseconds(20));
        rig.clock.advance_s(3.0);
        rig.read(2);
    }
    const Account account = account_of(rig.socket->received);
    CHECK(account.reached == 60);
    CHECK(account.squashed == 0);
    CHECK(account.is_sound);
}

TEST_CASE("rows and squashed ranges join without hole or duplicate under any timing") {
    Bench bench;
    const bool holds = rc::check("stream account", [&bench] {
        StreamLimits limits;
        limits.ring_rows = *rc::gen::inRange<std::size_t>(1, 30);
        limits.page_rows = *rc::gen::inRange<std::size_t>(1, 12);
        Rig rig(bench, *rc::gen::inRange<std::size_t>(1, 8), limits);
        const auto history = *rc::gen::inRange<std::size_t>(0, 40);
        rig.bench.append_points(rig.run_id, history);
        rig.subscribe(0);
        std::uint64_t newest = history;
        const auto steps =
            *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 100)).as("steps");
        for (const int step : steps) {
            if (step < 35) {
                rig.bench.append_points(
                    rig.run_id, static_cast<std::size_t>(step % 13 + 1), 1, true
                );
                newest += static_cast<std::uint64_t>(step % 13 + 1);
            } else if (step < 60) {
                rig.read(static_cast<std::size_t>(step % 5));
            } else if (step < 85) {
                rig.bench.io.restart();
                rig.bench.io.run_one_for(std::chrono::milliseconds(step % 3));
            } else {
                rig.clock.advance_s(0.4 * (step - 85));
            }
        }
        rig.finish(newest);
        const Account account = account_of(rig.socket->received);
        RC_ASSERT(account.is_sound);
        RC_ASSERT(account.reached == newest);
    });
    CHECK(holds);
}
