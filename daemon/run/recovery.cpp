// SPDX-License-Identifier: MIT
//
// Runs that a former daemon left without an end: continued under the same run_id when the
// instrument still knows their token, else ended `interrupted` with what could be fetched (CONTRACT
// 6).
#include "daemon/acquire/intake.hpp"
#include "daemon/core/logging.hpp"
#include "daemon/run/laboratory_core.hpp"

#include <utility>

namespace relaxd::daemon {

namespace {
constexpr double restart_limit_s = 60.0;  // CONTRACT 6
constexpr double look_every_s = 1.0;
}  // namespace

Awaitable<void> LaboratoryCore::end_stored(StoredRun stored, std::string cause) {
    const bool has_begun = stored.run.state != record::RunState::armed;
    if (has_begun) {
        cause += tail_unknown;
    }
    record::Event event;
    event.time_utc = parts_.timing->clock().utc();
    event.code = "STATE";
    event.message = cause;
    event.detail = std::string(record::to_word(record::RunState::interrupted));
    std::vector<record::Row> rows;
    if (has_begun) {
        record::Gap gap = gap_of_unknown_size(stored.last_number, record::unknown, event.time_utc);
        gap.simulated = stored.run.simulated;
        rows.emplace_back(std::move(gap));
    }
    rows.emplace_back(std::move(event));
    const std::int64_t run_id = stored.run.run_id;
    const std::string name = marked(run_id, stored.run.simulated);
    log_for("run")->warn("state=interrupted run={} cause=\"{}\"", name, cause);
    auto shared = std::make_shared<std::vector<record::Row>>(std::move(rows));
    const UtcTime now = parts_.timing->clock().utc();
    std::function<Result<void>(Campaign&)> put = [run_id, shared, cause, now](Campaign& campaign) {
        (void)campaign.put_thermal_history(run_id);  // nice to have, the end is not
        return campaign.append_state(run_id, *shared, record::RunState::interrupted, cause, now);
    };
    auto done = co_await parts_.store->call(std::move(put));
    if (!done) {
        log_for("run")->error(
            "end not recorded run={} error=\"{}\"", name, done.error().sentence()
        );
    }
}

Awaitable<void> LaboratoryCore::recover(StoredRun stored) {
    InstrumentSession* session = session_of(stored.run.instrument);
    if (session == nullptr) {
        co_await end_stored(
            std::move(stored), "the daemon ended during the run; its instrument is not configured"
        );
        co_return;
    }
    if (run_on(stored.run.instrument) != nullptr) {
        co_await end_stored(std::move(stored), "the daemon ended during the run");
        co_return;
    }
    RunIdentity identity;
    auto parsed = method::parse(stored.run.method, "method");
    auto executed = parsed ? method::expand(*parsed)
                           : Result<std::vector<method::Executed>>(fail(parsed.error()));
    if (!executed || stored.run_token.empty()) {
        co_await end_stored(std::move(stored), "the daemon ended before the start");
        co_return;
    }
    identity.run_id = stored.run.run_id;
    identity.token = stored.run_token;
    identity.method = std::move(*parsed);
    identity.executed = std::move(*executed);
    if (session->is_read_only()) {
        identity.executed.clear();  // the file tells its segments at its end
        session->instrument().keep_to(identity.token);
    }
    identity.specimen = stored.specimen;
    identity.simulated = stored.run.simulated;
    identity.serial_number = stored.serial_number;
    method::FitSettings settings = identity.method.fit;
    record::Specimen specimen = identity.specimen;
    auto given = co_await look_up_knowledge(std::move(settings), std::move(specimen));
    if (given) {
        identity.given = std::move(*given);
    } else {
        log_for("run")->error(
            "priors not read again run={} error=\"{}\"",
            marked(identity.run_id, identity.simulated),
            given.error().sentence()
        );
    }
    identity.given.temperature_error_K = session->config().temperature_error_K;
    auto run = std::make_shared<ActiveRun>(house(), *session, std::move(identity));
    run->restore(stored);
    co_await take_reduction_up(run);
    co_await run->reload_points();
    run->record_event(
        record::Severity::minor,
        "DAEMON_RESTARTED",
        "the daemon was started again; the run goes on if its instrument still executes it"
    );
    const double limit_s = session->is_read_only() ? followed_limit_s : restart_limit_s;
    restarted_.insert(run->run_id());
    adopt(stored.run.instrument, run);
    tasks_.spawn("limit of a restarted run", end_unreachable(run, limit_s));
}

Awaitable<void> LaboratoryCore::end_unreachable(RunPtr run, double limit_s) {
    const InstrumentSession& session = run->session();
    while (!run->is_over() && !run->is_ending() && !session.is_connected()) {
        if (seconds_between(session.lost_since(), parts_.timing->clock().steady()) >= limit_s) {
            run->request_end(
                {record::RunState::interrupted,
                 "the instrument was unreachable for " + std::to_string(static_cast<int>(limit_s)) +
                     " s"}
            );
            co_return;
        }
        co_await parts_.timing->pause(look_every_s);
    }
}

}  // namespace relaxd::daemon
