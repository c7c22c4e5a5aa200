// SPDX-License-Identifier: MIT
#include "drivers/link/exchange.hpp"

#include "drivers/link/exchange_state.hpp"
#include "drivers/link/finally.hpp"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <array>
#include <exception>
#include <utility>

namespace relaxd::drivers::link {

namespace asio = boost::asio;

namespace {

using StatePtr = std::shared_ptr<Exchange::State>;

constexpr int rounds_max = 3;  ///< Of proving a link that becomes suspect again before the request.

Error cancelled(const char* why) {
    return Error{Errc::cancelled, why, {}, {}};
}

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
        if (state->strip_echo()) {
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
    const SteadyTime hush_at = after(state->now(), 2 * state->settings.worst_latency);
    bool is_hushed = state->settings.hush.empty();
    state->echo.clear();
    while (true) {
        const SteadyTime quiet = after(state->last_byte, state->settings.worst_latency);
        if (state->now() > quiet) {
            break;
        }
        if (!is_hushed && state->now() >= hush_at) {
            is_hushed = true;
            std::string hush = state->settings.hush;
            const auto deadline = state->settings.deadlines.write;
            Result<SteadyTime> sent = co_await send(state, generation, std::move(hush), deadline);
            if (!sent) {
                co_return sent.error();
            }
            continue;
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
        const std::int64_t next = is_hushed ? limit.ns : std::min(limit.ns, hush_at.ns);
        const SteadyTime when{std::min(quiet.ns + 1, next)};
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
