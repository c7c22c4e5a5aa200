// SPDX-License-Identifier: MIT
#include "daemon/run/laboratory_core.hpp"

#include "daemon/core/io_thread.hpp"
#include "daemon/core/logging.hpp"

#include <algorithm>
#include <utility>

namespace relaxd::daemon {

namespace {
constexpr double turn_every_s = 1.0;
constexpr double wait_for_end_s = 10.0;
constexpr double safe_limit_s = 2.0;
constexpr double link_loss_limit_s = 600.0;
}  // namespace

tl::unexpected<Error> no_instrument(const std::string& name) {
    return fail(
        Errc::not_found,
        "there is no instrument \"" + name + "\"",
        "instrument",
        "relaxctl instrument list shows the configured ones"
    );
}

LaboratoryCore::LaboratoryCore(LaboratoryParts parts)
    : parts_(std::move(parts)), tasks_(parts_.executor), start_ended_(parts_.executor) {
    parts_.store->on_trouble([this](const Error& error) {
        for (const auto& [name, run] : active_) {
            run->record_event(
                record::Severity::major, "REC_STOPPED", "recording stopped: " + error.message
            );
            run->fail_safe("recording stopped: " + error.message);
        }
    });
}

LaboratoryCore::~LaboratoryCore() = default;

void LaboratoryCore::add_instrument(
    drivers::InstrumentConfig config,
    std::unique_ptr<drivers::Instrument> instrument,
    std::shared_ptr<TrafficTrace> trace
) {
    const std::string name = config.name;
    SessionListener& listener = *this;
    sessions_[name] = std::make_unique<InstrumentSession>(
        parts_.executor,
        std::move(config),
        std::move(instrument),
        parts_.timing,
        listener,
        std::move(trace)
    );
}

Awaitable<Result<void>> LaboratoryCore::start() {
    assert_on_io_thread();
    std::function<Result<std::vector<StoredRun>>(Campaign&)> ask = [](Campaign& campaign) {
        return campaign.runs_not_ended();
    };
    auto stored = co_await parts_.store->call(std::move(ask));
    if (!stored) {
        co_return fail(stored.error());
    }
    // Newest first: an instrument has one run; what else claims it has ended long ago.
    std::reverse(stored->begin(), stored->end());
    for (StoredRun& run : *stored) {
        co_await recover(std::move(run));
    }
    for (const auto& [name, session] : sessions_) {
        on_changed(*session);
        session->start();
    }
    tasks_.spawn("turn of acquisition", turn());
    is_started_ = true;
    co_return Result<void>{};
}

Awaitable<void> LaboratoryCore::turn() {
    while (!is_closing_) {
        turns_.turn();
        co_await parts_.timing->pause(turn_every_s);
    }
}

RunHouse LaboratoryCore::house() {
    RunHouse out;
    out.executor = parts_.executor;
    out.store = parts_.store;
    out.worker = parts_.worker;
    out.timing = parts_.timing;
    out.publish = [this](const std::shared_ptr<const Published>& published) {
        for (const PublishHook& hook : hooks_) {
            hook(published);
        }
    };
    return out;
}

InstrumentSession* LaboratoryCore::session_of(const std::string& instrument) const {
    const auto found = sessions_.find(instrument);
    return found == sessions_.end() ? nullptr : found->second.get();
}

LaboratoryCore::RunPtr LaboratoryCore::run_on(const std::string& instrument) const {
    const auto found = active_.find(instrument);
    return found == active_.end() ? nullptr : found->second;
}

LaboratoryCore::RunPtr LaboratoryCore::run_by_id(std::int64_t run_id) const {
    for (const auto& [name, run] : active_) {
        if (run->run_id() == run_id) {
            return run;
        }
    }
    return nullptr;
}

void LaboratoryCore::adopt(const std::string& instrument, const RunPtr& run) {
    active_[instrument] = run;
    tasks_.spawn("run " + std::to_string(run->run_id()), retire_when_over(run));
}

Awaitable<void> LaboratoryCore::retire_when_over(RunPtr run) {
    while (!run->is_over()) {
        co_await run->wait_over(wait_for_end_s);
    }
    const std::string& name = run->session().config().name;
    if (run_on(name) == run) {
        active_.erase(name);
    }
    restarted_.erase(run->run_id());
    co_await run->wait_tasks();
}

// --- what the sessions say

void LaboratoryCore::on_changed(const InstrumentSession& session) {
    const record::Instrument view = session.view();
    parts_.store->post("instrument record", [view](Campaign& campaign) {
        return campaign.put_instrument(view);
    });
}

void LaboratoryCore::on_connected(InstrumentSession& session, const drivers::Status& status) {
    if (const RunPtr run = run_on(session.config().name)) {
        const bool after_restart = restarted_.erase(run->run_id()) > 0;
        run->link_back(status, after_restart);
    }
}

Awaitable<void> LaboratoryCore::on_delivery(
    InstrumentSession& session, drivers::Delivery delivery
) {
    const RunPtr run = run_on(session.config().name);
    if (run != nullptr) {
        co_await run->deliver(std::move(delivery));
    }
}

void LaboratoryCore::on_lost(InstrumentSession& session, const Error& error) {
    if (const RunPtr run = run_on(session.config().name)) {
        run->link_lost(error);
        const double limit_s = session.is_read_only() ? followed_limit_s : link_loss_limit_s;
        tasks_.spawn("link loss limit", end_unreachable(run, limit_s));
    }
}

void LaboratoryCore::on_status(
    InstrumentSession& session, const drivers::Status& status, std::int64_t asked_for
) {
    const RunPtr run = run_on(session.config().name);
    if (run != nullptr && asked_for != 0 && run->run_id() == asked_for) {
        run->check_status(status);
    }
    follow_if_new(session, status);
}

std::int64_t LaboratoryCore::subject(const InstrumentSession& session) const {
    const RunPtr run = run_on(session.config().name);
    const bool is_running = run != nullptr && run->state() != record::RunState::armed;
    return is_running ? run->run_id() : 0;
}

// --- questions

std::vector<record::Instrument> LaboratoryCore::instruments() const {
    std::vector<record::Instrument> out;
    out.reserve(sessions_.size());
    for (const auto& [name, session] : sessions_) {
        out.push_back(session->view());
    }
    return out;
}

std::vector<CurrentRun> LaboratoryCore::current_runs() const {
    std::vector<CurrentRun> out;
    for (const auto& [name, run] : active_) {
        CurrentRun current;
        current.run_id = run->run_id();
        current.instrument = name;
        current.last_seq = run->last_seq();
        current.state = run->state();
        current.simulated = run->is_simulated();
        out.push_back(std::move(current));
    }
    return out;
}

SteadyTime LaboratoryCore::last_commit() const {
    return parts_.store->last_commit();
}

std::size_t LaboratoryCore::rows_waiting() const {
    return parts_.store->rows_waiting();
}

std::string LaboratoryCore::not_ready_because() const {
    if (is_closing_) {
        return "the daemon is shutting down";
    }
    if (!is_started_) {
        return "the daemon is starting";
    }
    if (parts_.store->is_in_trouble()) {
        return "recording stopped: the database cannot be written";
    }
    return {};
}

// --- commands

Awaitable<Result<void>> LaboratoryCore::tell_instrument(RunPtr run, Verb verb) {
    drivers::Instrument& instrument = run->session().instrument();
    switch (verb) {
        case Verb::pause: {
            auto held = co_await instrument.hold();
            if (held) {
                run->change_state(record::RunState::paused, "paused by operator");
            }
            co_return held;
        }
        case Verb::resume: {
            auto resumed = co_await instrument.resume();
            if (resumed) {
                run->change_state(record::RunState::running, "resumed by operator");
            }
            co_return resumed;
        }
        case Verb::stop: {
            run->want_end({record::RunState::stopped, "stopped by operator"});
            auto stopped = co_await instrument.stop();
            if (stopped) {
                run->request_end({record::RunState::stopped, "stopped by operator"});
            }
            co_return stopped;
        }
        case Verb::abort: {
            run->want_end({record::RunState::aborted, "aborted by operator, heater off"});
            auto safe = co_await instrument.safe();
            if (safe) {
                run->request_end({record::RunState::aborted, "aborted by operator, heater off"});
            }
            co_return safe;
        }
    }
    co_return fail(Errc::internal, "unknown verb");
}

Awaitable<Result<RunStatus>> LaboratoryCore::command_run(
    std::int64_t run_id, std::string verb, std::optional<std::uint64_t> lease
) {
    assert_on_io_thread();
    if (const RunPtr followed = run_by_id(run_id);
        followed != nullptr && followed->session().is_read_only()) {
        if (verb == "unfollow") {
            co_return co_await unfollow(followed, lease);
        }
        co_return fail(Errc::refused, stop_there, "run " + std::to_string(run_id), unfollow_hint);
    }
    const std::optional<Verb> wanted = verb_from(verb);
    if (!wanted) {
        co_return fail(
            Errc::invalid, "\"" + verb + "\" is not pause, resume, stop or abort", "verb"
        );
    }
    RunStatus answer;
    answer.run_id = run_id;
    const RunPtr run = run_by_id(run_id);
    Verdict verdict = Verdict::refuse;
    if (run != nullptr) {
        const std::string& name = run->session().config().name;
        const auto allowed = leases_.check(name, lease, parts_.timing->clock().steady());
        if (!allowed) {
            co_return fail(allowed.error());
        }
        answer.state = run->state();
        verdict = run->judge(*wanted);
    } else {
        std::function<Result<record::Run>(Campaign&)> ask = [run_id](Campaign& campaign) {
            return campaign.run(run_id);
        };
        auto stored = co_await parts_.store->call(std::move(ask));
        if (!stored) {
            co_return fail(stored.error());
        }
        answer.state = stored->state;
        verdict = RunStateMachine(stored->state).judge(*wanted);
    }
    if (verdict == Verdict::repeat) {
        co_return answer;
    }
    if (verdict == Verdict::refuse || run == nullptr) {
        co_return fail(
            Errc::refused,
            "run " + std::to_string(run_id) + " is " + std::string(record::to_word(answer.state)) +
                ": it cannot " + verb,
            "run " + std::to_string(run_id)
        );
    }
    auto told = co_await tell_instrument(run, *wanted);
    if (!told) {
        co_return fail(told.error());
    }
    if (*wanted == Verb::stop || *wanted == Verb::abort) {
        co_await run->wait_over(wait_for_end_s);
    }
    answer.state = run->state();
    co_return answer;
}

Awaitable<Result<std::string>> LaboratoryCore::safe(std::string instrument) {
    assert_on_io_thread();
    InstrumentSession* session = session_of(instrument);
    if (session == nullptr) {
        co_return no_instrument(instrument);
    }
    if (session->is_read_only()) {
        co_return fail(Errc::refused, stop_there, instrument);
    }
    const RunPtr run = run_on(instrument);
    if (run != nullptr) {
        run->want_end({record::RunState::aborted, "STOP, heater off"});
    }
    log_for("run")->warn(
        "STOP, heater off instrument={}", marked(instrument, session->identity().simulated)
    );
    auto done = co_await session->instrument().safe();
    if (!done) {
        co_return fail(done.error());
    }
    if (run != nullptr) {
        run->request_end({record::RunState::aborted, "STOP, heater off"});
    }
    session->note_state(drivers::State::idle);
    co_return std::string("idle");
}

Result<LeaseGrant> LaboratoryCore::acquire_lease(
    const std::string& instrument,
    const std::string& client,
    const std::string& note,
    bool take_over
) {
    if (session_of(instrument) == nullptr) {
        return no_instrument(instrument);
    }
    const auto number =
        leases_.acquire(instrument, client, note, take_over, parts_.timing->clock().steady());
    if (!number) {
        return fail(number.error());
    }
    LeaseGrant grant;
    grant.lease = *number;
    grant.expires.ns = parts_.timing->clock().utc().ns + static_cast<std::int64_t>(lease_s * 1e9);
    return grant;
}

Result<void> LaboratoryCore::release_lease(const std::string& instrument, std::uint64_t lease) {
    if (session_of(instrument) == nullptr) {
        return no_instrument(instrument);
    }
    return leases_.release(instrument, lease, parts_.timing->clock().steady());
}

// --- the end of the daemon

Awaitable<void> LaboratoryCore::end_for_shut_down(RunPtr run) {
    run->want_end({record::RunState::stopped, "daemon shut down"});
    run->hurry();  // the instrument's own word may begin the end before its answer to safe
    RunEnd end{record::RunState::stopped, "daemon shut down"};
    Awaitable<Result<void>> ask = run->session().instrument().safe();
    auto safe = co_await with_deadline(parts_.timing, safe_limit_s, std::move(ask));
    if (!safe || !*safe) {
        end.state = record::RunState::interrupted;
        end.cause = "daemon shut down; the instrument did not confirm its safe state";
        log_for("run")->error("not confirmed safe run={}", run->log_name());
    }
    run->request_end(std::move(end));
    run->hurry();
    co_await run->wait_over(safe_limit_s);
}

Awaitable<void> LaboratoryCore::make_everything_safe() {
    for (const auto& [name, session] : sessions_) {
        if (session->is_connected() && !session->is_read_only()) {
            Awaitable<Result<void>> ask = session->instrument().safe();
            (void)co_await with_deadline(parts_.timing, safe_limit_s, std::move(ask));
        }
    }
}

void LaboratoryCore::abandon() {
    is_closing_ = true;
    for (const auto& [name, run] : active_) {
        run->cancel();
    }
    for (const auto& [name, session] : sessions_) {
        session->close();
    }
    tasks_.cancel_all();
}

Awaitable<void> LaboratoryCore::wait_for_starts() {
    std::function<bool()> is_so = [this] { return starting_.empty(); };
    (void)co_await wait_until(parts_.timing, safe_limit_s, &start_ended_, std::move(is_so));
}

Awaitable<void> LaboratoryCore::shut_down() {
    assert_on_io_thread();
    is_closing_ = true;
    co_await wait_for_starts();
    TaskGroup ends(parts_.executor);
    for (const auto& [name, run] : active_) {
        if (run->session().is_read_only()) {
            continue;  // the next daemon goes on where this one stops
        }
        ends.spawn("shut down of run " + std::to_string(run->run_id()), end_for_shut_down(run));
    }
    co_await ends.wait_empty();
    for (const auto& [name, session] : sessions_) {
        session->close();
    }
    co_await wait_for_starts();
    std::vector<RunPtr> left;
    left.reserve(active_.size());
    for (const auto& [name, run] : active_) {
        left.push_back(run);
    }
    tasks_.cancel_all();
    for (const auto& [name, session] : sessions_) {
        co_await session->wait_closed();
    }
    co_await tasks_.wait_empty();
    for (const RunPtr& run : left) {
        run->cancel();
        co_await run->wait_tasks();
    }
    active_.clear();
    co_await end_traces();
}

}  // namespace relaxd::daemon
