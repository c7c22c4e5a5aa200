// SPDX-License-Identifier: MIT
//
// A run that is begun at the instrument and recorded here: nothing is loaded or started, its rows
// are fetched from the first on, and its end is the instrument's.
#include "daemon/run/follow_run.hpp"

#include "daemon/core/io_thread.hpp"
#include "daemon/run/laboratory_core.hpp"

#include <utility>

namespace relaxd::daemon {

namespace {
constexpr double wait_for_end_s = 10.0;
}  // namespace

Result<void> fits_the_instrument(const StartRequest& request, const InstrumentSession& session) {
    if (session.is_read_only() == request.follow) {
        return {};
    }
    if (request.follow) {
        return fail(
            Errc::refused,
            request.instrument + " is not only read: its runs are started here",
            request.instrument,
            "relaxctl run start"
        );
    }
    return fail(
        Errc::refused,
        "start at the instrument: this one is only read",
        request.instrument,
        "then record what it measures: relaxctl run follow " + request.instrument
    );
}

Result<void> check_goes_on(const drivers::Status& status, const std::string& instrument) {
    if (status.end_cause.empty()) {
        return {};
    }
    const std::string name = status.run_token.substr(0, status.run_token.rfind('-'));
    return fail(
        Errc::refused,
        "the newest measurement of " + instrument + ", " + name +
            ", has ended: " + status.end_cause,
        instrument,
        "begin the next one at the instrument; relaxctl import reads a file that is whole"
    );
}

ReadOnlyView LaboratoryCore::read_only_view(const std::string& instrument) const {
    ReadOnlyView view;
    const InstrumentSession* session = session_of(instrument);
    if (session == nullptr || !session->is_read_only()) {
        return view;
    }
    view.read_only = true;
    view.last_row_utc = session->last_row_utc();
    if (view.last_row_utc.ns != 0) {
        const std::int64_t age_ns = parts_.timing->clock().utc().ns - view.last_row_utc.ns;
        view.last_row_age_s = age_ns > 0 ? static_cast<double>(age_ns) * 1e-9 : 0.0;
    }
    return view;
}

Awaitable<Result<RunStatus>> LaboratoryCore::follow_created(RunPtr run) {
    drivers::Instrument& instrument = run->session().instrument();
    instrument.keep_to(run->token());
    run->begin_reduction(instrument.geometry_in_force());
    auto fetched = co_await instrument.fetch_from(1);
    if (!fetched) {
        RunEnd end{record::RunState::interrupted, "not followed: " + fetched.error().message};
        run->request_end(std::move(end));
        co_await run->stop_holding_back();
        co_return fail(fetched.error());
    }
    co_await run->started();
    RunStatus answer;
    answer.run_id = run->run_id();
    answer.state = run->state();
    co_return answer;
}

Awaitable<Result<RunStatus>> LaboratoryCore::unfollow(
    RunPtr run, std::optional<std::uint64_t> lease
) {
    const std::string& name = run->session().config().name;
    const auto allowed = leases_.check(name, lease, parts_.timing->clock().steady());
    if (!allowed) {
        co_return fail(allowed.error());
    }
    RunEnd end{record::RunState::stopped, "no longer followed; the instrument was told nothing"};
    run->request_end(std::move(end));
    co_await run->wait_over(wait_for_end_s);
    RunStatus answer;
    answer.run_id = run->run_id();
    answer.state = run->state();
    co_return answer;
}

void ActiveRun::tell_executed_segments() {
    if (!session_.is_read_only()) {
        return;
    }
    const std::vector<record::Segment> executed = session_.instrument().executed_segments();
    if (executed.empty()) {
        return;
    }
    std::string detail;
    for (const record::Segment& segment : executed) {
        detail += (detail.empty() ? "" : "; ") + std::to_string(segment.segment) + ": " +
                  segment.text + ", ended " + to_text(segment.ended_utc).substr(0, 19);
    }
    record_event(
        record::Severity::info,
        "EXECUTED_SEGMENTS",
        "the instrument's own log: " + std::to_string(executed.size()) +
            " segments were executed, times are local",
        std::move(detail)
    );
}

}  // namespace relaxd::daemon
