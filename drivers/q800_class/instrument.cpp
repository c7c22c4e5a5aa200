// SPDX-License-Identifier: MIT
//
// The public calls. Each is a free coroutine with by-value parameters over the shared Core, so the
// instrument may be destroyed while calls are in flight.
#include "drivers/q800_class/instrument.hpp"

#include "drivers/link/finally.hpp"
#include "drivers/q800_class/commit.hpp"
#include "drivers/q800_class/core.hpp"
#include "drivers/q800_class/identity.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace relaxd::drivers::q800_class {
namespace {

constexpr std::uint64_t truth_slice_fast = 1000;  // section 2
constexpr std::uint64_t truth_slice_slow = 50;
constexpr int truth_attempts = 8;

void attach(const CorePtr& core, const SessionPtr& session) {
    const std::weak_ptr<Core> weak = core;
    const std::weak_ptr<Session> mine = session;
    session->start(
        [weak, mine](Frame& frame) {
            const CorePtr owner = weak.lock();
            if (owner && owner->session == mine.lock()) {
                owner->on_frame(frame);
            }
        },
        [weak, mine] {
            const CorePtr owner = weak.lock();
            if (owner && owner->session == mine.lock()) {
                owner->on_end();
            }
        }
    );
}

/// identify, status, heartbeat: what makes a connection an instrument.
Awaitable<Result<Identity>> introduce(CorePtr core, SessionPtr session) {
    Request request("identify", {}, core->options.deadlines.reply);
    Result<Reply> answer = co_await session->exchange(std::move(request));
    if (!answer) {
        co_return fail(answer.error());
    }
    Result<Identity> identity = to_identity(*answer);
    if (!identity) {
        co_return fail(identity.error());
    }
    if (Result<void> expected = check_serial_number(*identity, core->options.serial_number);
        !expected) {
        co_return fail(expected.error());  // before anything is set on it
    }
    core->simulated = identity->simulated;
    core->columns = wanted_columns(*answer);
    Result<Status> status = co_await read_status(core, session, false);
    if (!status) {
        co_return fail(status.error());
    }
    if (status->run_token != core->token) {  // what is not yet acknowledged was of another run
        core->ack_wanted = core->ack_sent = 0;
    }
    Result<Reply> armed = co_await beat(core, session);
    if (!armed) {
        co_return fail(armed.error());
    }
    co_return identity;
}

Awaitable<Result<Identity>> run_open(CorePtr core) {
    core->close("the instrument is opened anew");
    core->closed = false;
    const std::uint64_t mine = ++core->openings;
    link::LinkResult connected = co_await core->opener->open(core->options.deadlines.open);
    if (core->closed || core->openings != mine) {
        co_return fail(Errc::cancelled, "open() was cancelled");
    }
    if (!connected) {
        co_return fail(connected.error());
    }
    if (core->session) {
        core->first_id = core->session->last_id();
    }
    auto session = std::make_shared<Session>(
        core->executor,
        std::move(*connected),
        core->timing,
        core->options.deadlines,
        core->counters,
        core->first_id
    );
    core->session = session;
    core->sequencer.reset();
    attach(core, session);
    Result<Identity> identity = co_await introduce(core, session);
    if (!identity) {
        session->end(identity.error());
        co_return fail(identity.error());
    }
    if (core->was_open) {
        ++core->counters->reconnects;
    }
    core->was_open = true;
    core->open = true;
    core->spawn(keep(core, session), session);
    core->spawn(recover(core, session), session);
    co_return identity;
}

Awaitable<Result<Status>> run_status(CorePtr core) {
    Result<SessionPtr> session = core->use();
    if (!session) {
        co_return fail(session.error());
    }
    Result<Status> status = co_await read_status(core, *session, false);
    co_return status;
}

/// One command whose answer carries nothing that matters. A failure leaves the state unknown (I-6).
Awaitable<Result<Reply>> command(CorePtr core, Request request) {
    Result<SessionPtr> session = core->use();
    if (!session) {
        co_return fail(session.error());
    }
    SessionPtr held = *session;
    Result<Reply> answer = co_await held->exchange(std::move(request));
    if (!answer) {
        core->state = State::unknown;
    }
    co_return answer;
}

Awaitable<Result<void>> run_simple(CorePtr core, std::string verb, std::string arguments) {
    Request request(std::move(verb), std::move(arguments), core->options.deadlines.reply);
    Result<Reply> answer = co_await command(core, std::move(request));
    if (!answer) {
        co_return fail(answer.error());
    }
    co_return Result<void>();
}

Awaitable<Result<void>> run_load(
    CorePtr core, method::Method method, record::Specimen specimen, std::string token
) {
    Result<void> allowed = check_limits(method, specimen, core->options.limits);
    if (!allowed) {
        co_return allowed;
    }
    if (!is_token(token)) {
        co_return fail(
            Errc::invalid, "a run token is 1 to 64 of A-Za-z0-9._-, not '" + token + "'"
        );
    }
    Result<MethodLines> made = method_lines(method, specimen, core->columns);
    if (!made) {
        co_return fail(made.error());
    }
    const milliseconds reply = core->options.deadlines.reply;
    Request begin("method", "begin " + token + " " + std::to_string(made->lines.size()), reply);
    Result<Reply> answer = co_await command(core, std::move(begin));
    for (std::size_t i = 0; answer && i < made->lines.size(); ++i) {
        Request line("method", "line " + std::to_string(i + 1) + " " + made->lines[i], reply);
        answer = co_await command(core, std::move(line));
    }
    if (!answer) {
        co_return fail(answer.error());
    }
    Request commit("method", "commit", core->options.deadlines.commit);
    answer = co_await command(core, std::move(commit));
    if (!answer) {
        co_return fail(answer.error());
    }
    Result<Geometry> geometry = check_commit(*answer, token, made->segments, specimen);
    if (!geometry) {
        core->state = State::unknown;
        co_return fail(geometry.error());
    }
    core->geometry = *geometry;
    core->changed_settings.clear();
    core->settings.emplace(core->settings.value_or(Settings()));  // its start stays the same
    core->settings->geometry = *geometry;
    core->settings->clamp.clear();  // what status tells next
    core->token = std::move(token);
    core->state = State::armed;
    co_return Result<void>();
}

Awaitable<Result<void>> run_start(CorePtr core) {
    if (core->token.empty()) {
        co_return fail(Errc::refused, "no method is loaded", "start", "load a method first");
    }
    core->starting = core->use().has_value();
    const auto leave = [core] {
        core->starting = false;
        core->recovery_signal.notify();
    };
    const link::Finally at_the_end(leave);
    Request request("start", core->token, core->options.deadlines.reply);
    Result<Reply> answer = co_await command(core, std::move(request));
    const bool begun = !core->starting;  // its state line came before the answer
    if (!answer) {
        co_return fail(answer.error());
    }
    if (!begun) {
        core->begin_run();
    }
    co_return Result<void>();
}

/// Reads back what `stop` or `safe` did; `refused` if the instrument goes on.
Awaitable<Result<void>> confirm_quiet(CorePtr core, bool cooling_is_quiet, std::string verb) {
    Result<SessionPtr> session = core->use();
    if (!session) {
        co_return fail(session.error());
    }
    SessionPtr held = *session;
    Result<Status> status = co_await read_status(core, held, true);
    if (!status) {
        co_return fail(status.error());
    }
    const State state = status->state;
    const bool quiet = state == State::idle || state == State::fault ||
                       (cooling_is_quiet && state == State::cooling);
    if (!quiet) {
        co_return fail(
            Errc::refused,
            "the instrument accepted '" + verb + "' and still reports " +
                std::string(to_word(state)),
            verb,
            "switch it off at its panel if it does not follow"
        );
    }
    co_return Result<void>();
}

Awaitable<Result<void>> run_stop(CorePtr core) {
    Request request("stop", {}, core->options.deadlines.reply);
    Result<Reply> answer = co_await command(core, std::move(request));
    if (!answer) {
        co_return fail(answer.error());
    }
    Result<void> quiet = co_await confirm_quiet(core, true, "stop");
    co_return quiet;
}

Awaitable<Result<void>> run_safe(CorePtr core) {
    Request request("safe", {}, core->options.deadlines.reply);
    request.urgent = true;
    Result<Reply> answer = co_await command(core, std::move(request));
    if (!answer) {
        Error error = answer.error();
        if (error.code == Errc::unreachable) {
            error.hint = "its own heartbeat guard makes it safe; if in doubt, use its panel";
        }
        co_return fail(std::move(error));
    }
    Result<void> quiet = co_await confirm_quiet(core, false, "safe");
    co_return quiet;
}

Awaitable<Result<Delivery>> run_next(CorePtr core) {
    if (core->next_waits) {
        co_return fail(Errc::refused, "somebody else waits for the next reading");
    }
    core->next_waits = true;
    const auto leave = [core] { core->next_waits = false; };
    const link::Finally at_the_end(leave);
    while (true) {
        if (core->closed) {
            co_return fail(Errc::cancelled, "the instrument was closed");
        }
        if (auto delivery = core->sequencer.take()) {
            if (core->sequencer.wanted()) {
                core->recovery_signal.notify();
            }
            co_return std::move(*delivery);
        }
        if (core->session && core->session->has_ended()) {
            Error why = core->session->end_error();  // as it was told: unplugged, silent, closed
            why.code = Errc::unreachable;
            co_return fail(std::move(why));
        }
        Result<SessionPtr> session = core->use();
        if (!session) {
            co_return fail(session.error());
        }
        co_await core->delivery_signal.wait();
    }
}

/// `status` twice: what arrives between the first answer and the restart is known by the second.
Awaitable<Result<void>> run_fetch(CorePtr core, std::uint64_t first_number) {
    Result<SessionPtr> session = core->use();
    if (!session) {
        co_return fail(session.error());
    }
    SessionPtr held = *session;
    Result<Status> status = co_await read_status(core, held, false);
    if (!status) {
        co_return fail(status.error());
    }
    core->token = status->run_token;
    core->sequencer.restart_at(first_number, core->token, false);
    status = co_await read_status(core, held, false);
    if (!status) {
        co_return fail(status.error());
    }
    core->recovery_signal.notify();
    core->delivery_signal.notify();
    co_return Result<void>();
}

/// The rows of these readings (a line may come late, of the request before), each once, by reading.
void keep_asked(std::vector<record::Truth>& rows, std::uint64_t first, std::uint64_t last) {
    std::set<std::pair<std::uint64_t, std::string>> seen;
    std::map<std::uint64_t, std::vector<record::Truth>> by_reading;
    for (record::Truth& row : rows) {
        if (row.seq >= first && row.seq <= last && seen.emplace(row.seq, row.parameter).second) {
            by_reading[row.seq].push_back(std::move(row));
        }
    }
    rows.clear();
    for (auto& [number, of_reading] : by_reading) {
        rows.insert(rows.end(), of_reading.begin(), of_reading.end());
    }
}

/// One `truth` request; every line of it, of readings up to `last`, or an error. What is true does
/// not change: lines that were lost are taken from a repeat.
Awaitable<Result<std::vector<record::Truth>>> truth_of(
    CorePtr core, std::string range, std::uint64_t first, std::uint64_t last
) {
    std::vector<record::Truth> rows;
    for (int attempt = 0; attempt < truth_attempts; ++attempt) {
        core->truth_sink = &rows;
        const auto leave = [core] { core->truth_sink = nullptr; };
        const link::Finally at_the_end(leave);
        Request request("truth", range, core->options.deadlines.reply);
        request.streams_to = last;
        Result<Reply> answer = co_await command(core, std::move(request));
        if (!answer) {
            co_return fail(answer.error());
        }
        keep_asked(rows, first, last);
        if (answer->count("count") == rows.size()) {
            co_return rows;
        }
    }
    co_return fail(Errc::corrupt, "truth lines were lost in every repeat", range);
}

Awaitable<Result<std::vector<record::Truth>>> run_truth(
    CorePtr core, std::uint64_t first, std::uint64_t last
) {
    if (core->truth_sink != nullptr) {
        co_return fail(Errc::busy, "another truth request is under way");
    }
    Result<std::vector<record::Truth>> all = co_await truth_of(core, "run", 0, 0);
    const std::uint64_t slice = core->opener->is_slow() ? truth_slice_slow : truth_slice_fast;
    for (std::uint64_t at = std::max<std::uint64_t>(first, 1); all && at <= last; at += slice) {
        const std::uint64_t end = std::min(last, at + slice - 1);
        Result<std::vector<record::Truth>> some =
            co_await truth_of(core, std::to_string(at) + " " + std::to_string(end), at, end);
        if (!some) {
            co_return fail(some.error());
        }
        all->insert(all->end(), some->begin(), some->end());
    }
    co_return all;
}

}  // namespace

Q800Instrument::Q800Instrument(
    boost::asio::any_io_executor executor,
    std::unique_ptr<link::Opener> opener,
    link::Timing& timing,
    Options options
)
    : core_(std::make_shared<Core>(std::move(executor), std::move(opener), timing, options)) {}

Q800Instrument::~Q800Instrument() {
    core_->close("the instrument was destroyed");
}

Awaitable<Result<Identity>> Q800Instrument::open() {
    return run_open(core_);
}

void Q800Instrument::close() {
    core_->close("the instrument was closed");
}

bool Q800Instrument::is_open() const {
    return core_->use().has_value();
}

Awaitable<Result<Status>> Q800Instrument::status() {
    return run_status(core_);
}

Result<void> Q800Instrument::check(const method::Method& method, const record::Specimen& specimen)
    const {
    return check_limits(method, specimen, core_->options.limits);
}

Awaitable<Result<void>> Q800Instrument::load(
    const method::Method& method, const record::Specimen& specimen, std::string run_token
) {
    return run_load(core_, method, specimen, std::move(run_token));
}

Awaitable<Result<void>> Q800Instrument::start() {
    return run_start(core_);
}
Awaitable<Result<void>> Q800Instrument::hold() {
    return run_simple(core_, "hold", {});
}
Awaitable<Result<void>> Q800Instrument::resume() {
    return run_simple(core_, "resume", {});
}
Awaitable<Result<void>> Q800Instrument::stop() {
    return run_stop(core_);
}
Awaitable<Result<void>> Q800Instrument::safe() {
    return run_safe(core_);
}
Awaitable<Result<Delivery>> Q800Instrument::next() {
    return run_next(core_);
}

Awaitable<Result<void>> Q800Instrument::fetch_from(std::uint64_t first_number) {
    return run_fetch(core_, first_number);
}

void Q800Instrument::acknowledge(std::uint64_t number) {
    if (number <= core_->ack_wanted) {
        return;
    }
    if (core_->ack_wanted <= core_->ack_sent) {
        core_->ack_due = link::after(core_->now(), core_->options.acknowledge_after);
    }
    core_->ack_wanted = number;
    core_->keeper_signal.notify();
}

void Q800Instrument::allow_until(std::uint64_t number) {
    core_->allow_wanted = number;
    core_->keeper_signal.notify();
}

Awaitable<Result<void>> Q800Instrument::end_segment_after(std::uint64_t number) {
    return run_simple(core_, "end_segment", std::to_string(number));
}

Awaitable<Result<std::vector<record::Truth>>> Q800Instrument::truth(
    std::uint64_t first_number, std::uint64_t last_number
) {
    return run_truth(core_, first_number, last_number);
}

LinkCounters Q800Instrument::counters() const {
    return *core_->counters;
}

Geometry Q800Instrument::geometry_in_force() const {
    return core_->geometry;
}

State Q800Instrument::state() const {
    return core_->state;
}

}  // namespace relaxd::drivers::q800_class
