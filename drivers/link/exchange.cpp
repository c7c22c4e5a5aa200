// SPDX-License-Identifier: MIT
#include "drivers/link/exchange.hpp"

#include "drivers/link/finally.hpp"
#include "drivers/link/signal.hpp"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <array>
#include <exception>
#include <set>
#include <utility>

namespace relaxd::drivers::link {

namespace asio = boost::asio;

namespace {
constexpr std::uint64_t ordinary_turns = std::uint64_t{1} << 32U;  ///< Urgent ones are lower.
constexpr int rounds_max = 3;  ///< Of proving a link that becomes suspect again before the request.
}  // namespace

FrameEnd FrameEnd::junk() {
    FrameEnd end;
    end.is_junk = true;
    return end;
}

Framing by_terminator(std::string terminator) {
    return [terminator = std::move(terminator)](std::string_view received) {
        const std::size_t at = received.find(terminator);
        return at == std::string_view::npos ? FrameEnd() : FrameEnd(at + terminator.size());
    };
}

Framing by_count(std::size_t bytes) {
    return [bytes](std::string_view received) {
        return received.size() < bytes ? FrameEnd() : FrameEnd(bytes);
    };
}

/// What the exchange and its coroutines share.
struct Exchange::State {
    State(asio::any_io_executor on, Timing& host_timing, ExchangeSettings chosen)
        : executor(std::move(on)),
          timing(host_timing),
          settings(std::move(chosen)),
          news(executor),
          turn(executor) {}

    asio::any_io_executor executor;
    Timing& timing;
    ExchangeSettings settings;
    ExchangeCounters counters;

    std::uint64_t generation = 0;
    std::shared_ptr<ByteLink> byte_link;
    std::optional<Error> end = Error{Errc::unreachable, "the link is not open", {}, {}};
    bool is_destroyed = false;

    std::string received;  ///< Not yet a frame.
    std::string echo;      ///< Of the last command, where it may still come.
    bool is_suspect = true;
    bool is_awaiting = false;  ///< Somebody takes the frames; else nobody has asked for them.
    bool is_overfull = false;
    SteadyTime last_byte;  ///< Received or sent.
    UtcTime last_byte_utc;
    Signal news;  ///< For the one whose turn it is.

    Signal turn;
    std::set<std::uint64_t> turns;
    std::uint64_t last_turn = ordinary_turns;
    std::uint64_t last_urgent = 0;
    bool is_turn_taken = false;
    std::uint64_t cuts = 0;  ///< Urgent writes so far.

    [[nodiscard]] SteadyTime now() const { return timing.clock().steady(); }
    [[nodiscard]] std::optional<Error> gone(std::uint64_t of) const;
    void finish(Error why);
    void on_bytes(std::string_view bytes);
    void drop_received();
    bool strip_echo(bool is_last);
    void sort_out_idle();
    bool take_unsolicited(std::string_view frame);
};

namespace {

using StatePtr = std::shared_ptr<Exchange::State>;

Error cancelled(const char* why) {
    return Error{Errc::cancelled, why, {}, {}};
}

}  // namespace

std::optional<Error> Exchange::State::gone(std::uint64_t of) const {
    if (end) {
        return end;
    }
    if (of != generation) {
        return Error{Errc::unreachable, "the link was opened anew since", {}, {}};
    }
    return std::nullopt;
}

void Exchange::State::finish(Error why) {
    if (end) {
        return;
    }
    end = std::move(why);
    byte_link->close();
    received.clear();
    news.notify();
    turn.notify();
    if (settings.on_end) {
        settings.on_end();
    }
}

void Exchange::State::drop_received() {
    counters.dropped_bytes += received.size();
    received.clear();
}

void Exchange::State::on_bytes(std::string_view bytes) {
    last_byte = now();
    last_byte_utc = timing.clock().utc();
    if (received.size() + bytes.size() > settings.receive_limit) {
        drop_received();
        counters.dropped_bytes += bytes.size();
        is_overfull = true;
        is_suspect = true;
    } else {
        received.append(bytes);
    }
    if (!is_awaiting) {
        sort_out_idle();
    }
    news.notify();
}

/// Takes one copy of the command away. False: more bytes are needed to tell, unless `is_last`.
bool Exchange::State::strip_echo(bool is_last) {
    if (echo.empty()) {
        return true;
    }
    if (received.size() >= echo.size()) {
        if (received.compare(0, echo.size(), echo) == 0) {
            received.erase(0, echo.size());
        }
        echo.clear();
        return true;
    }
    if (echo.compare(0, received.size(), received) == 0 && !is_last) {
        return false;
    }
    echo.clear();
    return true;
}

bool Exchange::State::take_unsolicited(std::string_view frame) {
    if (!settings.is_unsolicited || !settings.is_unsolicited(frame)) {
        return false;
    }
    ++counters.unsolicited;
    if (settings.on_unsolicited) {
        settings.on_unsolicited(std::string(frame));
    }
    return true;
}

/// Bytes while nobody waits: messages of the device itself are told, anything else makes suspect.
void Exchange::State::sort_out_idle() {
    if (!strip_echo(false)) {
        return;
    }
    while (!received.empty()) {
        const FrameEnd frame = settings.framing(received);
        if (frame.bytes == 0 && !frame.is_junk) {
            return;  // whole or not, the next request finds it
        }
        const std::size_t count = frame.is_junk ? received.size() : frame.bytes;
        if (frame.is_junk || !take_unsolicited(std::string_view(received).substr(0, count))) {
            ++counters.unmatched;
            counters.dropped_bytes += count;
            is_suspect = true;
        }
        received.erase(0, count);
    }
}

namespace {

asio::awaitable<void> read_all(
    StatePtr state, std::uint64_t generation, std::shared_ptr<ByteLink> byte_link
) {
    std::array<char, 512> buffer{};
    while (!state->gone(generation)) {
        Result<std::size_t> got = co_await byte_link->read_some(buffer);
        if (state->gone(generation)) {
            co_return;
        }
        if (!got) {
            state->finish(got.error());
            co_return;
        }
        state->on_bytes(std::string_view(buffer.data(), *got));
    }
}

/// Until `when`, the end of the link or an urgent write, whatever arrives meanwhile.
asio::awaitable<std::optional<Error>> wait_past(
    StatePtr state, std::uint64_t generation, SteadyTime when
) {
    const std::uint64_t cuts = state->cuts;
    while (state->now() < when) {
        if (auto error = state->gone(generation)) {
            co_return error;
        }
        if (state->cuts != cuts) {
            co_return cancelled("an urgent command came first");
        }
        co_await state->news.wait_until(state->timing, when);
    }
    co_return state->gone(generation);
}

/// Sends, keeping the gap to the byte before.
asio::awaitable<Result<SteadyTime>> send(
    StatePtr state, std::uint64_t generation, std::string bytes, std::chrono::milliseconds deadline
) {
    const std::shared_ptr<ByteLink> byte_link = state->byte_link;
    Result<void> written = co_await byte_link->write(std::move(bytes), deadline);
    if (auto error = state->gone(generation)) {
        co_return fail(std::move(*error));
    }
    if (!written) {
        if (written.error().code == Errc::timeout) {
            ++state->counters.timeouts;
        }
        state->finish(written.error());
        co_return fail(written.error());
    }
    state->last_byte = std::max(state->last_byte, state->now());
    co_return state->now();
}

tl::unexpected<Error> suspicious(Exchange::State& state, Error error) {
    state.is_suspect = true;
    return fail(std::move(error));
}

tl::unexpected<Error> too_late(
    Exchange::State& state, const char* what, std::chrono::milliseconds limit
) {
    ++state.counters.timeouts;
    std::string said = state.received.empty() ? "" : "; it said only part of one";
    state.drop_received();
    return suspicious(
        state,
        Error{
            Errc::timeout,
            std::string(what) + " within " + std::to_string(limit.count()) + " ms" + said,
            {},
            "check cable, speed and terminator, or give it longer"
        }
    );
}

/// The reply to `query`, if all of it is there.
Result<std::optional<Answer>> take_reply(Exchange::State& state, const Query& query) {
    const Framing& framing = query.framing ? query.framing : state.settings.framing;
    if (state.is_overfull) {
        state.is_overfull = false;
        return suspicious(
            state,
            Error{
                Errc::corrupt,
                "more than " + std::to_string(state.settings.receive_limit) +
                    " bytes came without the end of a reply",
                {},
                "check the speed of the line and the terminator"
            }
        );
    }
    while (!state.received.empty()) {
        const FrameEnd end = framing(state.received);
        if (end.is_junk) {
            ++state.counters.refused_frames;
            state.drop_received();
            return suspicious(
                state, Error{Errc::corrupt, "what came is not the beginning of a reply", {}, {}}
            );
        }
        if (end.bytes == 0) {
            return std::optional<Answer>();
        }
        Answer answer;
        answer.frame = state.received.substr(0, end.bytes);
        state.received.erase(0, end.bytes);
        if (state.take_unsolicited(answer.frame)) {
            continue;
        }
        const bool is_command = answer.frame == query.bytes;
        if (is_command || (query.fits && !query.fits(answer.frame))) {
            ++state.counters.refused_frames;
            state.counters.dropped_bytes += answer.frame.size();
            std::string why = is_command ? "the reply is the command itself"
                                         : "what came does not have the form of the reply";
            std::string hint = is_command ? "the device echoes: say so with echo" : "";
            return suspicious(state, Error{Errc::corrupt, std::move(why), {}, std::move(hint)});
        }
        answer.received = state.last_byte;
        answer.received_utc = state.last_byte_utc;
        return std::optional<Answer>(std::move(answer));
    }
    return std::optional<Answer>();
}

/// A reply with something behind it is one of two: nobody knows which.
Result<Answer> only_one(Exchange::State& state, Answer answer) {
    const std::uint64_t before = state.counters.unmatched;
    state.sort_out_idle();
    if (state.counters.unmatched != before || !state.received.empty()) {
        return suspicious(
            state, Error{Errc::corrupt, "more than one reply came to one request", {}, {}}
        );
    }
    ++state.counters.frames;
    return answer;
}

/// From the last byte of the request to the last byte of the reply.
asio::awaitable<Result<Answer>> await_reply(
    StatePtr state, std::uint64_t generation, Query query, SteadyTime sent
) {
    const ExchangeDeadlines limits = query.deadlines.value_or(state->settings.deadlines);
    const std::uint64_t cuts = state->cuts;
    const SteadyTime first = after(sent, std::min(limits.first_byte, limits.overall));
    const SteadyTime overall = after(sent, limits.overall);
    while (true) {
        if (auto error = state->gone(generation)) {
            co_return fail(std::move(*error));
        }
        if (state->cuts != cuts) {
            co_return suspicious(*state, cancelled("an urgent command came first"));
        }
        if (state->strip_echo(false)) {
            Result<std::optional<Answer>> taken = take_reply(*state, query);
            if (!taken) {
                co_return fail(taken.error());
            }
            if (*taken) {
                Answer answer = std::move(**taken);
                answer.sent = sent;
                co_return only_one(*state, std::move(answer));
            }
        }
        const bool has_begun = !state->received.empty();
        const SteadyTime between = after(state->last_byte, limits.between_bytes);
        const SteadyTime when = has_begun ? std::min(between, overall) : first;
        if (state->now() >= when) {
            const bool is_silent = !has_begun;
            const auto limit = is_silent
                                   ? std::min(limits.first_byte, limits.overall)
                                   : (between < overall ? limits.between_bytes : limits.overall);
            co_return too_late(*state, is_silent ? "no reply" : "no whole reply", limit);
        }
        co_await state->news.wait_until(state->timing, when);
    }
}

/// The exchange itself; its caller has the turn and the link is trusted, or this is the sentinel.
asio::awaitable<Result<Answer>> exchange_once(
    StatePtr state, std::uint64_t generation, Query query
) {
    const ExchangeDeadlines limits = query.deadlines.value_or(state->settings.deadlines);
    const bool must_echo = state->settings.echo == Echo::expect;
    state->received.clear();
    state->is_overfull = false;
    state->echo = state->settings.echo == Echo::off ? std::string() : query.bytes;
    state->is_awaiting = true;
    const auto leave = [state] { state->is_awaiting = false; };
    const Finally at_the_end(leave);
    std::string bytes = query.bytes;
    Result<SteadyTime> sent = co_await send(state, generation, std::move(bytes), limits.write);
    if (!sent) {
        co_return fail(sent.error());
    }
    if (!query.is_answered) {
        Answer nothing;
        nothing.sent = *sent;
        if (must_echo) {
            Query echoed;
            echoed.framing = by_count(query.bytes.size());
            echoed.fits = [expected = query.bytes](std::string_view frame) {
                return frame == expected;
            };
            state->echo.clear();
            Result<Answer> heard =
                co_await await_reply(state, generation, std::move(echoed), *sent);
            if (!heard) {
                co_return fail(heard.error());
            }
        }
        co_return nothing;
    }
    co_return co_await await_reply(state, generation, std::move(query), *sent);
}

/// Silence for longer than the worst latency; what arrives is thrown away and counted.
asio::awaitable<std::optional<Error>> keep_silent(StatePtr state, std::uint64_t generation) {
    const SteadyTime limit = after(state->now(), state->settings.never_silent);
    state->echo.clear();
    while (true) {
        const SteadyTime quiet = after(state->last_byte, state->settings.worst_latency);
        if (state->now() > quiet) {
            break;
        }
        if (state->now() >= limit) {
            ++state->counters.failed_proofs;
            co_return Error{
                Errc::corrupt,
                "the line does not fall silent: bytes that nobody asked for keep coming",
                {},
                "another program may be using it, or the device streams"
            };
        }
        const SteadyTime when{std::min(quiet.ns + 1, limit.ns)};
        if (auto error = co_await wait_past(state, generation, when)) {
            co_return error;
        }
    }
    state->drop_received();
    state->is_overfull = false;
    co_return std::nullopt;
}

asio::awaitable<Result<Answer>> prove_in_step(StatePtr state, std::uint64_t generation) {
    ++state->counters.quarantines;
    Error last = cancelled("no sentinel was sent");
    for (int attempt = 0; attempt < state->settings.sentinel_attempts; ++attempt) {
        if (auto error = co_await keep_silent(state, generation)) {
            co_return fail(std::move(*error));
        }
        ++state->counters.sentinels;
        Query sentinel = state->settings.sentinel;
        Result<Answer> answer = co_await exchange_once(state, generation, std::move(sentinel));
        if (answer) {
            state->is_suspect = false;
            co_return std::move(*answer);
        }
        last = answer.error();
        if (last.code != Errc::timeout && last.code != Errc::corrupt) {
            break;
        }
    }
    if (last.code == Errc::timeout || last.code == Errc::corrupt) {
        ++state->counters.failed_proofs;
    }
    if (last.where.empty()) {
        last.where = "the query that proves the device in step";
    }
    co_return fail(std::move(last));
}

/// Waits until `mine` is first and nobody is at work.
asio::awaitable<std::optional<Error>> wait_turn(
    StatePtr state, std::uint64_t generation, std::uint64_t mine
) {
    while (*state->turns.begin() != mine || state->is_turn_taken) {
        if (auto error = state->gone(generation)) {
            co_return error;
        }
        co_await state->turn.wait();
    }
    co_return state->gone(generation);
}

/// A place in the queue, held until the end of the scope.
class Turn {
  public:
    Turn(StatePtr state, std::uint64_t number) : state_(std::move(state)), number_(number) {
        state_->turns.insert(number_);
    }
    ~Turn() {
        state_->turns.erase(number_);
        if (is_taken_) {
            state_->is_turn_taken = false;
        }
        state_->turn.notify();
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    [[nodiscard]] std::uint64_t number() const { return number_; }
    void take() { is_taken_ = state_->is_turn_taken = true; }

  private:
    StatePtr state_;
    std::uint64_t number_;
    bool is_taken_ = false;
};

asio::awaitable<Result<Answer>> run_ask(
    StatePtr state, std::uint64_t generation, Query query, bool is_proof
) {
    if (auto error = state->gone(generation)) {
        co_return fail(std::move(*error));
    }
    Turn turn(state, ++state->last_turn);
    if (auto error = co_await wait_turn(state, generation, turn.number())) {
        co_return fail(std::move(*error));
    }
    turn.take();
    for (int round = 0;; ++round) {
        if (!state->received.empty()) {  // part of something that nobody asked for
            ++state->counters.unmatched;
            state->is_suspect = true;
        }
        if (is_proof) {
            co_return co_await prove_in_step(state, generation);
        }
        if (state->is_suspect) {
            Result<Answer> proof = co_await prove_in_step(state, generation);
            if (!proof) {
                co_return fail(proof.error());
            }
        }
        const SteadyTime when = after(state->last_byte, state->settings.gap);
        if (auto error = co_await wait_past(state, generation, when)) {
            co_return fail(std::move(*error));
        }
        if (!state->is_suspect && state->received.empty()) {
            co_return co_await exchange_once(state, generation, std::move(query));
        }
        if (round == rounds_max) {
            co_return fail(
                Errc::corrupt, "bytes that nobody asked for keep coming", {}, "who else sends?"
            );
        }
    }
}

asio::awaitable<Result<void>> run_urge(
    StatePtr state, std::uint64_t generation, std::string bytes
) {
    if (auto error = state->gone(generation)) {
        co_return fail(std::move(*error));
    }
    Turn turn(state, ++state->last_urgent);
    ++state->cuts;
    state->is_suspect = true;
    state->news.notify();
    if (auto error = co_await wait_turn(state, generation, turn.number())) {
        co_return fail(std::move(*error));
    }
    turn.take();
    const SteadyTime when = after(state->last_byte, state->settings.gap);
    while (state->now() < when && !state->gone(generation)) {
        co_await state->news.wait_until(state->timing, when);
    }
    Result<SteadyTime> sent =
        co_await send(state, generation, std::move(bytes), state->settings.deadlines.write);
    state->is_suspect = true;
    if (!sent) {
        co_return fail(sent.error());
    }
    co_return Result<void>();
}

}  // namespace

Exchange::Exchange(asio::any_io_executor executor, Timing& timing, ExchangeSettings settings)
    : state_(std::make_shared<State>(std::move(executor), timing, std::move(settings))) {}

Exchange::~Exchange() {
    state_->settings.on_unsolicited = nullptr;
    state_->settings.on_end = nullptr;
    Exchange::close();
}

std::uint64_t Exchange::attach(std::unique_ptr<ByteLink> byte_link) {
    state_->finish(Error{Errc::unreachable, "the link was opened anew since", {}, {}});
    State& state = *state_;
    state.byte_link = std::move(byte_link);
    state.end.reset();
    ++state.generation;
    ++state.counters.openings;
    state.received.clear();
    state.echo.clear();
    state.is_suspect = true;
    state.is_overfull = false;
    state.last_byte = state.now();
    const auto ended = [state = state_](const std::exception_ptr& thrown) {
        if (thrown) {
            state->finish(Error{Errc::internal, "the link's reader threw an exception", {}, {}});
        }
    };
    asio::co_spawn(state.executor, read_all(state_, state.generation, state.byte_link), ended);
    return state.generation;
}

void Exchange::close() {
    state_->finish(cancelled("the link was closed"));
}

bool Exchange::is_open() const {
    return !state_->end;
}

bool Exchange::is_suspect() const {
    return state_->is_suspect;
}

std::optional<Error> Exchange::end_error() const {
    return state_->end;
}

asio::awaitable<Result<Answer>> Exchange::ask(std::uint64_t generation, Query query) {
    return run_ask(state_, generation, std::move(query), false);
}

asio::awaitable<Result<void>> Exchange::urge(std::uint64_t generation, std::string bytes) {
    return run_urge(state_, generation, std::move(bytes));
}

asio::awaitable<Result<Answer>> Exchange::prove(std::uint64_t generation) {
    return run_ask(state_, generation, Query(), true);
}

const ExchangeCounters& Exchange::counters() const {
    return state_->counters;
}

}  // namespace relaxd::drivers::link
