// SPDX-License-Identifier: MIT
//
// One connection to the instrument: requests with deadlines, replies matched by ID.
//
// One exchange is in flight at a time, the others wait in the order they came, so that a long
// recovery lets each of them in; an urgent one (safe) does not wait for its turn. A request
// that is not answered in time is sent again with the same ID, at most twice (the instrument
// executes an ID once); then the link is suspect, and at once, before any other request, a sentinel
// `status` with a fresh ID is sent: answered, the link is in step; not answered, the connection
// ends as silent. Where not one byte has come since the request that failed, the sentinel is asked
// once, else as often as any request. A reply whose ID nobody waits for is counted and thrown away,
// so it never becomes another request's answer. Single thread. Held by shared_ptr: its reader and
// writer coroutines keep it alive until it ended.
//
// One session is one opening of the link. Its link, its pending requests and their deadlines end
// with it, and IDs go on in the next one, so nothing of it can meet what comes later.

#pragma once

#include "drivers/api/instrument.hpp"
#include "drivers/link/link.hpp"
#include "drivers/link/signal.hpp"
#include "drivers/q800_class/protocol.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace relaxd::drivers::q800_class {

using std::chrono::milliseconds;

/// Host-time deadlines; tests make them shorter.
struct Deadlines {
    milliseconds open{5000};
    milliseconds reply{1000};   ///< Section 2.
    milliseconds commit{2000};  ///< Section 2.
    milliseconds write{1000};
    int attempts = 3;  ///< The first and two repetitions with the same ID.
};

struct Request {
    std::string verb;
    std::string arguments;
    milliseconds deadline{1000};
    bool urgent = false;  ///< Does not wait for its turn and overtakes unsent lines.
    /// Lines of readings up to this number come before the answer: each renews the deadline. Live
    /// readings have higher numbers, so a lost answer is missed however much is streamed.
    std::optional<std::uint64_t> streams_to;
    Request() = default;
    Request(std::string v, std::string a, milliseconds d)
        : verb(std::move(v)), arguments(std::move(a)), deadline(d) {}
};

class Session : public std::enable_shared_from_this<Session> {
  public:
    using Sink = std::function<void(Frame&)>;  ///< Gets every frame that is not a reply.
    using Ended = std::function<void()>;

    /// `timing` outlives it.
    Session(
        boost::asio::any_io_executor executor,
        std::unique_ptr<link::ByteLink> byte_link,
        link::Timing& timing,
        Deadlines deadlines,
        std::shared_ptr<LinkCounters> counters,
        std::uint64_t last_id
    );

    /// The last ID used. The next session goes on from it: a serial line has no connections, so a
    /// reply to an earlier session, or the instrument's memory of its IDs, must not fit a new one.
    [[nodiscard]] std::uint64_t last_id() const { return last_id_; }

    /// Starts reading and writing. `sink` and `ended` are dropped when the session ends.
    void start(Sink sink, Ended ended);

    /// Sends and waits. Errors: `timeout`, `refused`/`invalid`/`busy`/`corrupt` as the instrument
    /// said, `unreachable` or `cancelled` when the session ended.
    [[nodiscard]] Awaitable<Result<Reply>> exchange(Request request);

    /// Ends everything at once; pending exchanges end with `error`.
    void end(Error error);
    [[nodiscard]] bool has_ended() const { return end_.has_value(); }
    [[nodiscard]] const Error& end_error() const { return *end_; }
    /// A request timed out and the link has not proved since that it is in step.
    [[nodiscard]] bool is_suspect() const { return suspect_; }
    /// When the last line was handed to the link: a sign of life for the heartbeat.
    [[nodiscard]] SteadyTime last_sent() const { return last_sent_; }

  private:
    struct Pending {
        explicit Pending(const boost::asio::any_io_executor& executor) : signal(executor) {}
        link::Signal signal;
        std::optional<Result<Reply>> answer;
        SteadyTime deadline;
        milliseconds patience{1000};
        std::string verb;
        std::optional<std::uint64_t> streams_to;
        bool send_again = false;  ///< The instrument said that a line arrived corrupt.
    };
    using Self = std::shared_ptr<Session>;

    static Awaitable<void> read_loop(Self self);
    static Awaitable<void> write_loop(Self self);
    static Awaitable<Result<Reply>> run_exchange(Self self, Request request);
    static Awaitable<Result<Reply>> attempt(Self self, Request request, int attempts);
    static Awaitable<Result<void>> prove_in_step(Self self);
    static Awaitable<void> prove_at_once(Self self);
    static Awaitable<Result<void>> wait_turn(Self self, std::uint64_t turn);

    [[nodiscard]] SteadyTime now() const { return timing_.clock().steady(); }
    void spawn(Awaitable<void> loop);
    void on_bytes(std::string_view bytes);
    void on_frame(Frame& frame);
    void on_reply(std::uint64_t id, Result<Reply> answer);
    void on_error_reply(const ErrorReply& reply);
    void send(std::string line, bool urgent);
    [[nodiscard]] std::uint64_t fresh_id();
    [[nodiscard]] tl::unexpected<Error> ended_failure() const;

    boost::asio::any_io_executor executor_;
    std::unique_ptr<link::ByteLink> link_;
    link::Timing& timing_;
    Deadlines deadlines_;
    std::shared_ptr<LinkCounters> counters_;
    Decoder decoder_;
    Sink sink_;
    Ended ended_;
    std::optional<Error> end_;
    std::string refusal_;  ///< What the instrument said to nobody before it closed.
    std::map<std::uint64_t, std::shared_ptr<Pending>> pending_;
    std::deque<std::string> unsent_;
    link::Signal unsent_signal_;
    link::Signal turn_signal_;
    std::set<std::uint64_t> turns_;  ///< The lowest has its turn, the others wait for it.
    std::uint64_t last_turn_ = 0;
    bool suspect_ = false;
    bool heard_since_ = false;  ///< A byte, since the request that made it suspect was sent.
    std::uint64_t last_id_ = 0;
    SteadyTime last_sent_;
    SteadyTime last_heard_;
};

/// The house's error for an error reply of the instrument.
[[nodiscard]] Error to_error(const ErrorReply& reply, const std::string& verb);

}  // namespace relaxd::drivers::q800_class
