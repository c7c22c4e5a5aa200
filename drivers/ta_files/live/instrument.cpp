// SPDX-License-Identifier: MIT
#include "drivers/ta_files/live/instrument.hpp"

#include "drivers/link/finally.hpp"
#include "drivers/link/signal.hpp"
#include "drivers/ta_files/live/method_text.hpp"
#include "drivers/ta_files/live/watch.hpp"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <chrono>
#include <deque>
#include <exception>
#include <optional>
#include <utility>

namespace relaxd::ta_files {

using drivers::Delivery;
using drivers::Identity;
using drivers::State;
using drivers::Status;

namespace {

constexpr double folder_limit_s = 10.0;  ///< Then the folder does not answer.
constexpr double quiet_beside_newer_s = 600.0;
constexpr std::size_t rows_a_slice = 256;
constexpr std::size_t rows_for_method = 200;
constexpr int looks_at_another = 2;  ///< A file being written anew is short for a moment.

}  // namespace

/// What the instrument and its coroutines share.
struct FollowedState {
    FollowedState(
        boost::asio::any_io_executor on,
        drivers::link::FolderSettings settings,
        drivers::link::Timing& host_timing,
        std::unique_ptr<Background> way
    )
        : executor(std::move(on)),
          folder(std::move(settings)),
          timing(host_timing),
          background(std::move(way)),
          watch(std::make_shared<Watch>(folder)),
          news(executor),
          turn(executor) {}

    boost::asio::any_io_executor executor;
    drivers::link::FolderSettings folder;
    drivers::link::Timing& timing;
    std::unique_ptr<Background> background;
    std::shared_ptr<Watch> watch;
    drivers::link::Signal news;
    drivers::link::Signal turn;  ///< Of the loop that looks again.

    bool is_open = false;
    bool is_closed = false;
    bool was_open = false;
    std::uint64_t openings = 0;  ///< Each open() ends the loop of the one before.
    std::optional<Error> trouble;
    std::string kept;  ///< The run that the host follows.
    Glimpse now;
    SteadyTime grew;
    UtcTime last_row_utc;
    int others = 0;         ///< Looks in a row that found another file in its place.
    std::string end_cause;  ///< Of the file that is followed; "" = it goes on.
    bool is_end_told = false;
    std::uint64_t next_number = 0;  ///< To deliver; 0 = nobody has said where to begin.
    std::deque<record::Reading> slice;
    bool is_next_waiting = false;
    drivers::LinkCounters counters;
};

namespace {

using StatePtr = std::shared_ptr<FollowedState>;

tl::unexpected<Error> only_read(const char* where) {
    return fail(Errc::refused, "stop at the instrument: this one is only read", where);
}

tl::unexpected<Error> not_started_here(const char* where) {
    return fail(
        Errc::refused,
        "start at the instrument: this one is only read",
        where,
        "relaxctl run follow records what it measures"
    );
}

tl::unexpected<Error> not_open(const FollowedState& state) {
    std::string why = "the folder is not being read";
    if (state.trouble && !state.is_closed) {
        why += ": " + state.trouble->message;
    }
    return fail(Errc::unreachable, why, state.folder.path, "it is tried again after open()");
}

/// "DMA Q800 V20.26 Build 45": model and firmware.
Identity identity_of(const Glimpse& glimpse) {
    Identity identity;
    identity.vendor = "TA Instruments";
    const std::string said = glimpse.header.facts.get("Instrument");
    const std::size_t version = said.find(" V");
    const bool has_version = version != std::string::npos && version + 2 < said.size() &&
                             said[version + 2] >= '0' && said[version + 2] <= '9';
    identity.model = said.substr(0, has_version ? version : std::string::npos);
    identity.firmware = has_version ? said.substr(version + 1) : std::string();
    if (identity.model.empty()) {
        identity.model = "Q Series";
    }
    identity.serial_number = glimpse.header.facts.get("InstSerial");
    return identity;
}

void note_growth(FollowedState& state, Glimpse&& glimpse) {
    const bool is_same = glimpse.token == state.now.token;
    const SteadyTime now = state.timing.clock().steady();
    if (!is_same || glimpse.count != state.now.count) {
        const double age_s = is_same ? 0.0 : glimpse.unchanged_s;
        state.grew = now;
        state.grew.ns -= static_cast<std::int64_t>(age_s * 1e9);
        state.last_row_utc = state.timing.clock().utc();
        state.last_row_utc.ns -= static_cast<std::int64_t>(age_s * 1e9);
    }
    if (!is_same) {
        state.end_cause.clear();
        state.is_end_told = false;
        state.slice.clear();
    }
    state.counters.frames += glimpse.count - (is_same ? state.now.count : 0);
    state.others = glimpse.other.empty() ? 0 : state.others + 1;
    state.now = std::move(glimpse);
}

/// Decides whether the file goes on.
void note_end(FollowedState& state) {
    const double quiet_s =
        static_cast<double>(state.timing.clock().steady().ns - state.grew.ns) * 1e-9;
    const bool has_newer = !state.now.newer.empty();
    const double limit_s =
        has_newer ? std::min(quiet_beside_newer_s, state.folder.quiet_s) : state.folder.quiet_s;
    if (state.now.has_ended) {
        state.end_cause = "completed";
    } else if (state.others >= looks_at_another) {
        state.end_cause = state.now.other;
    } else if (quiet_s >= limit_s) {
        state.end_cause = state.now.file + " has not grown for " +
                          std::to_string(static_cast<std::int64_t>(limit_s)) + " s" +
                          (has_newer ? " and " + state.now.newer + " is newer" : std::string());
    } else {
        state.end_cause.clear();
    }
}

/// One look in the background; an error is that of the folder.
Awaitable<Result<void>> look(StatePtr state) {
    auto found = std::make_shared<std::optional<Result<Glimpse>>>();
    const std::string token = state->kept;
    std::function<void()> job = [watch = state->watch, token, found] {
        *found = watch->look(token);
    };
    const bool has_ended = co_await state->background->run(std::move(job), folder_limit_s);
    if (!has_ended) {
        ++state->counters.timeouts;
        co_return fail(
            Errc::unreachable,
            "the folder does not answer within 10 s",
            state->folder.path,
            "check the network share"
        );
    }
    Result<Glimpse> glimpse = std::move(**found);
    if (!glimpse) {
        co_return fail(glimpse.error());
    }
    if (token == state->kept || state->kept == glimpse->token) {  // else asked before keep_to()
        note_growth(*state, std::move(*glimpse));
        note_end(*state);
    }
    state->news.notify();
    co_return Result<void>();
}

void end(FollowedState& state, Error error) {
    state.is_open = false;
    state.trouble = std::move(error);
    state.news.notify();
}

bool is_mine(const FollowedState& state, std::uint64_t opening) {
    return state.is_open && state.openings == opening;
}

Awaitable<void> follow(StatePtr state, std::uint64_t mine) {
    const std::chrono::nanoseconds period(static_cast<std::int64_t>(state->folder.period_s * 1e9));
    while (is_mine(*state, mine)) {
        const SteadyTime due = drivers::link::after(state->timing.clock().steady(), period);
        while (is_mine(*state, mine) && state->timing.clock().steady() < due) {
            co_await state->turn.wait_until(state->timing, due);
        }
        if (!is_mine(*state, mine)) {
            co_return;
        }
        Result<void> looked = co_await look(state);
        if (!looked && is_mine(*state, mine)) {
            Error error = looked.error();
            error.code = Errc::unreachable;
            end(*state, std::move(error));
        }
    }
}

Awaitable<Result<Identity>> run_open(StatePtr state) {
    state->is_open = false;
    state->is_closed = false;
    const std::uint64_t mine = ++state->openings;
    state->news.notify();
    state->turn.notify();
    Result<void> looked = co_await look(state);
    if (state->is_closed || state->openings != mine) {
        co_return fail(Errc::cancelled, "open() was cancelled");
    }
    if (!looked) {
        state->trouble = looked.error();
        co_return fail(looked.error());
    }
    if (state->was_open) {
        ++state->counters.reconnects;
    }
    state->was_open = true;
    state->is_open = true;
    state->trouble.reset();
    state->next_number = 0;  // readings come after fetch_from()
    state->slice.clear();
    const auto ended = [state](const std::exception_ptr& thrown) {
        if (thrown) {
            end(*state, Error{Errc::internal, "the driver's loop threw an exception", {}, {}});
        }
    };
    boost::asio::co_spawn(state->executor, follow(state, mine), ended);
    co_return identity_of(state->now);
}

Awaitable<Result<Status>> run_status(StatePtr state) {
    if (!state->is_open) {
        co_return not_open(*state);
    }
    Status status;
    const bool is_known = state->kept.empty() || state->kept == state->now.token;
    status.run_token = is_known ? state->now.token : state->kept;
    if (is_known) {
        const bool is_fault = !state->end_cause.empty() && !state->now.has_ended;
        status.state =
            state->end_cause.empty() ? State::running : (is_fault ? State::fault : State::idle);
        status.end_cause = state->end_cause;
        status.segment = state->now.count > 0 ? 1 : 0;
        status.last_number = state->now.count;
        status.first_kept = state->now.count > 0 ? 1 : 0;
        if (state->now.last.number > 0) {
            status.time_s = state->now.last.time_s;
            status.temperature_K = state->now.last.values[record::Channel::temperature_K];
        }
        if (state->now.count > 0) {
            status.last_row_utc = state->last_row_utc;
        }
    }
    co_return status;
}

/// The next row, from a slice that is decoded when it is wanted.
std::optional<record::Reading> take_row(FollowedState& state) {
    if (state.next_number == 0 || state.next_number > state.now.count) {
        return std::nullopt;
    }
    if (state.slice.empty()) {
        auto rows = state.watch->rows(state.now.token, state.next_number, rows_a_slice);
        state.slice.assign(
            std::make_move_iterator(rows.begin()), std::make_move_iterator(rows.end())
        );
    }
    if (state.slice.empty()) {
        return std::nullopt;
    }
    record::Reading reading = std::move(state.slice.front());
    state.slice.pop_front();
    state.next_number = reading.number + 1;
    reading.received_steady = state.timing.clock().steady();
    reading.received_utc = state.timing.clock().utc();
    return reading;
}

std::optional<Delivery> take(FollowedState& state) {
    const bool is_mine = !state.kept.empty() && state.kept == state.now.token;
    if (!is_mine) {
        return std::nullopt;
    }
    if (auto reading = take_row(state)) {
        return Delivery(std::move(*reading));
    }
    const bool is_whole = state.next_number > state.now.count;
    if (!state.end_cause.empty() && !state.is_end_told && is_whole) {
        state.is_end_told = true;
        drivers::StateChange change;
        change.state = state.now.has_ended ? State::idle : State::fault;
        change.segment = 1;
        change.run_token = state.kept;
        change.cause = state.end_cause;
        return Delivery(std::move(change));
    }
    return std::nullopt;
}

Awaitable<Result<Delivery>> run_next(StatePtr state) {
    if (state->is_next_waiting) {
        co_return fail(Errc::refused, "somebody else waits for the next reading");
    }
    state->is_next_waiting = true;
    const auto leave = [state] { state->is_next_waiting = false; };
    const drivers::link::Finally at_the_end(leave);
    while (true) {
        if (state->is_closed) {
            co_return fail(Errc::cancelled, "the instrument was closed");
        }
        if (auto delivery = take(*state)) {
            co_return std::move(*delivery);
        }
        if (!state->is_open) {
            co_return not_open(*state);
        }
        co_await state->news.wait();
    }
}

Awaitable<Result<void>> run_fetch(StatePtr state, std::uint64_t first_number) {
    if (!state->is_open) {
        co_return not_open(*state);
    }
    state->slice.clear();
    state->next_number = std::max<std::uint64_t>(first_number, 1);
    state->news.notify();
    co_return Result<void>();
}

Awaitable<Result<void>> refused(Result<void> answer) {
    co_return answer;
}

Awaitable<Result<std::vector<record::Truth>>> no_truth() {
    co_return fail(Errc::refused, "a real instrument does not know the truth", "truth");
}

}  // namespace

FollowedInstrument::FollowedInstrument(
    boost::asio::any_io_executor executor,
    drivers::link::FolderSettings folder,
    drivers::link::Timing& timing,
    std::unique_ptr<Background> background
)
    : state_(std::make_shared<FollowedState>(
          std::move(executor), std::move(folder), timing, std::move(background)
      )) {}

FollowedInstrument::~FollowedInstrument() {
    FollowedInstrument::close();
}

Awaitable<Result<Identity>> FollowedInstrument::open() {
    return run_open(state_);
}

void FollowedInstrument::close() {
    state_->is_open = false;
    state_->is_closed = true;
    ++state_->openings;
    state_->news.notify();
    state_->turn.notify();
}

bool FollowedInstrument::is_open() const {
    return state_->is_open;
}

Awaitable<Result<Status>> FollowedInstrument::status() {
    return run_status(state_);
}

Result<void> FollowedInstrument::check(
    const method::Method& /*method*/, const record::Specimen& /*specimen*/
) const {
    return {};
}

Awaitable<Result<void>> FollowedInstrument::load(
    const method::Method& /*method*/, const record::Specimen& /*specimen*/, std::string /*token*/
) {
    return refused(not_started_here("load"));
}

Awaitable<Result<void>> FollowedInstrument::start() {
    return refused(not_started_here("start"));
}
Awaitable<Result<void>> FollowedInstrument::hold() {
    return refused(only_read("pause"));
}
Awaitable<Result<void>> FollowedInstrument::resume() {
    return refused(only_read("resume"));
}
Awaitable<Result<void>> FollowedInstrument::stop() {
    return refused(only_read("stop"));
}
Awaitable<Result<void>> FollowedInstrument::safe() {
    return refused(only_read("safe"));
}
Awaitable<Result<void>> FollowedInstrument::end_segment_after(std::uint64_t /*number*/) {
    return refused(only_read("end_segment"));
}

Awaitable<Result<Delivery>> FollowedInstrument::next() {
    return run_next(state_);
}

Awaitable<Result<void>> FollowedInstrument::fetch_from(std::uint64_t first_number) {
    return run_fetch(state_, first_number);
}

void FollowedInstrument::acknowledge(std::uint64_t /*number*/) {}
void FollowedInstrument::allow_until(std::uint64_t /*number*/) {}

Awaitable<Result<std::vector<record::Truth>>> FollowedInstrument::truth(
    std::uint64_t /*first_number*/, std::uint64_t /*last_number*/
) {
    return no_truth();
}

drivers::LinkCounters FollowedInstrument::counters() const {
    return state_->counters;
}

void FollowedInstrument::keep_to(std::string run_token) {
    if (state_->kept != run_token) {
        state_->is_end_told = false;
        state_->next_number = 0;
        state_->slice.clear();
    }
    state_->kept = std::move(run_token);
}

Result<std::string> FollowedInstrument::own_method() const {
    const Glimpse& now = state_->now;
    return method_text(now.header, state_->watch->rows(now.token, 1, rows_for_method), now.file);
}

std::vector<record::Segment> FollowedInstrument::executed_segments() const {
    std::vector<record::Segment> segments;
    for (const table::Step& step : state_->now.steps) {
        record::Segment segment;
        segment.segment = step.segment;
        segment.text = step.text;
        segment.started_utc = step.started_utc;
        segment.ended_utc = step.ended_utc;
        segments.push_back(std::move(segment));
    }
    return segments;
}

}  // namespace relaxd::ta_files
