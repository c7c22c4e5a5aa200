// SPDX-License-Identifier: MIT
//
// Measurements of a read-only instrument that become runs by themselves (`follow_new`): each is
// recorded once, whoever ended its record and however often the daemon was started meanwhile.
#include "daemon/core/io_thread.hpp"
#include "daemon/core/logging.hpp"
#include "daemon/run/laboratory_core.hpp"
#include "schema/wire/wire.hpp"

#include <fstream>
#include <functional>
#include <iterator>
#include <utility>

namespace relaxd::daemon {

namespace {

/// Rows before a run begins: its method names the frequencies seen so far, and a cycle has seldom
/// more. Nothing is lost by waiting, rows are fetched from the first on.
constexpr std::uint64_t rows_to_begin = 12;

Result<record::Specimen> read_specimen(const std::string& file) {
    if (file.empty()) {
        return record::Specimen{};
    }
    std::ifstream in(file, std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(in), {});
    if (!in && !in.eof()) {
        return fail(
            Errc::not_found, "the specimen's file cannot be read", file, "key 'specimen' names it"
        );
    }
    auto json = wire::parse(text, file);
    return json ? wire::specimen_from_json(*json) : fail(json.error());
}

}  // namespace

void LaboratoryCore::follow_if_new(InstrumentSession& session, const drivers::Status& status) {
    const std::string& name = session.config().name;
    if (!session.config().follow_new || !session.is_read_only() || is_closing_ || !is_started_ ||
        run_on(name) != nullptr || starting_.contains(name)) {
        return;
    }
    FollowNew& follow = followed_[name];
    const bool goes_on = status.end_cause.empty() && !status.run_token.empty();
    if (!goes_on || status.last_number < rows_to_begin || follow.is_asking ||
        follow.last_token == status.run_token) {
        return;
    }
    follow.is_asking = true;
    tasks_.spawn("follow " + name, follow_new(name, status.run_token));
}

Awaitable<void> LaboratoryCore::follow_new(std::string instrument, std::string run_token) {
    auto begun = co_await follow_unless_recorded(instrument, run_token);
    FollowNew& follow = followed_[instrument];
    follow.is_asking = false;
    if (begun) {
        follow.last_token = run_token;
        follow.failures.reset();
        co_return;
    }
    if (const auto times = follow.failures.let_through(parts_.timing->clock().steady())) {
        log_for("run")->warn(
            "not followed by itself instrument={} times={} error=\"{}\"",
            instrument,
            times,
            begun.error().sentence()
        );
    }
}

Awaitable<Result<RunStatus>> LaboratoryCore::follow_unless_recorded(
    const std::string& instrument, const std::string& run_token
) {
    struct Answer {
        bool is_recorded = false;
        Result<record::Specimen> specimen;
    };
    const std::string file = session_of(instrument)->config().specimen_file;
    std::function<Result<Answer>(Campaign&)> ask = [run_token, file](Campaign& campaign) {
        auto recorded = campaign.has_token(run_token);
        if (!recorded) {
            return Result<Answer>(fail(recorded.error()));
        }
        return Result<Answer>(Answer{*recorded, read_specimen(file)});
    };
    auto answer = co_await parts_.store->call(std::move(ask));
    if (!answer) {
        co_return fail(answer.error());
    }
    if (answer->is_recorded) {
        co_return RunStatus{};
    }
    StartRequest request;
    request.instrument = instrument;
    request.follow = true;
    request.specimen = answer->specimen.value_or(record::Specimen{});
    auto begun = co_await start_run(std::move(request), std::nullopt);
    const RunPtr run = begun ? run_by_id(begun->run_id) : nullptr;
    if (run != nullptr && !answer->specimen) {
        run->record_event(
            record::Severity::minor,
            "SPECIMEN_NOT_READ",
            "the run has no specimen: " + answer->specimen.error().message,
            file
        );
    }
    co_return begun;
}

}  // namespace relaxd::daemon
