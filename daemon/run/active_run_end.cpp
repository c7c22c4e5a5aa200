// SPDX-License-Identifier: MIT
//
// The one end of a run: what is missing is fetched, everything committed, the last fits made, truth
// and thermal history stored; then the STATE event, the run's last row.
#include "daemon/core/logging.hpp"
#include "daemon/run/active_run.hpp"

#include <algorithm>
#include <utility>

namespace relaxd::daemon {

namespace {
constexpr double no_progress_s = 3.0;  // then what is missing is a gap
constexpr double hurried_s = 1.5;
constexpr double status_limit_s = 30.0;  // the driver's own is shorter
constexpr double truth_limit_s = 30.0;
constexpr double look_every_s = 0.02;
constexpr std::uint64_t truth_readings_a_request = 500;  // 13 s of a serial line
}  // namespace

void ActiveRun::hurry() {
    is_hurried_ = true;
    hurried_until_ = house_.timing->clock().steady();
    hurried_until_.ns += static_cast<std::int64_t>(hurried_s * 1e9);
    fits_.stop();
}

double ActiveRun::limit_s(double otherwise_s) const {
    const double left_s = seconds_between(house_.timing->clock().steady(), hurried_until_);
    return is_hurried_ ? std::max(left_s, 0.0) : otherwise_s;
}

void ActiveRun::request_end(RunEnd end) {
    if (is_ending_ || is_over_) {
        return;
    }
    is_ending_ = true;
    spawn("end of run", finish(std::move(end)));
}

Awaitable<void> ActiveRun::wait_over(double seconds) {
    std::function<bool()> is_so = [this] { return is_over_; };
    (void)co_await wait_until(house_.timing, seconds, &over_, std::move(is_so));
}

Awaitable<void> ActiveRun::wait_tasks() {
    co_await tasks_.wait_empty();
    co_await fits_.wait_stopped();
}

Awaitable<void> ActiveRun::store_barrier() {
    std::function<Result<void>(Campaign&)> nothing = [](Campaign&) { return Result<void>{}; };
    (void)co_await house_.store->call(std::move(nothing));  // cannot fail: it does nothing
}

Awaitable<void> ActiveRun::fetch_the_rest() {
    if (is_never_started_) {
        co_return;
    }
    is_tail_unknown_ = true;  // until the instrument says how many there are
    if (!session_.is_connected() || is_foreign_) {
        co_return;
    }
    Awaitable<Result<drivers::Status>> ask = session_.instrument().status();
    const double status_s = limit_s(status_limit_s);
    auto answer = co_await with_deadline(house_.timing, status_s, std::move(ask));
    if (!answer || !*answer || (*answer)->run_token != identity_.token) {
        co_return;
    }
    is_tail_unknown_ = false;
    const drivers::Status status = **answer;
    const std::uint64_t last = status.last_number;
    bool has_asked = false;
    std::uint64_t seen = intake_.last_number();
    SteadyTime progressed = house_.timing->clock().steady();
    while (intake_.last_number() < last && session_.is_connected()) {
        co_await house_.timing->pause(look_every_s);
        const SteadyTime now = house_.timing->clock().steady();
        const double patience_s = limit_s(no_progress_s);
        if (intake_.last_number() > seen) {
            seen = intake_.last_number();
            progressed = now;
        }
        const double idle_s = seconds_between(progressed, now);
        if (!has_asked && !is_hurried_ && idle_s > patience_s / 4.0) {
            has_asked = true;
            co_await fetch(intake_.last_number() + 1);
            progressed = house_.timing->clock().steady();
        } else if (idle_s > patience_s) {
            break;
        }
    }
    flush_held(true);
    if (intake_.last_number() < last) {
        record::Gap gap;
        gap.first_number = intake_.last_number() + 1;
        gap.missing = last - intake_.last_number();
        gap.to_time_s = status.time_s;
        gap.cause = "readings could not be fetched before the run ended";
        gap.time_utc = house_.timing->clock().utc();
        record_rows(intake_.take(std::move(gap)));
    }
}

Awaitable<void> ActiveRun::store_truth() {
    if (!identity_.simulated || !session_.is_connected() || is_foreign_) {
        co_return;
    }
    const std::int64_t run_id = identity_.run_id;
    const std::uint64_t newest = intake_.last_number();
    std::uint64_t first = 1;
    std::uint64_t after_seq = 0;
    while (first <= std::max<std::uint64_t>(newest, 1)) {
        const double request_s = limit_s(truth_limit_s);
        if (request_s <= 0.0) {
            co_return;
        }
        const std::uint64_t last = std::min(newest, first + truth_readings_a_request - 1);
        Awaitable<Result<std::vector<record::Truth>>> ask =
            session_.instrument().truth(first, last);
        auto answer = co_await with_deadline(house_.timing, request_s, std::move(ask));
        if (answer && !*answer && answer->error().code == Errc::refused) {
            co_return;  // it knows none: a simulated instrument made of parts
        }
        if (!answer || !*answer) {
            log_for("run")->warn(
                "truth of the simulation not stored run={} from={}", log_name(), first
            );
            co_return;
        }
        auto rows = std::make_shared<std::vector<record::Truth>>(std::move(**answer));
        // The instrument counts readings, the record counts rows: map inside the store thread.
        std::function<Result<std::uint64_t>(Campaign&)> put =
            [run_id, rows, after_seq, last](Campaign& campaign) -> Result<std::uint64_t> {
            auto points = campaign.points(run_id, after_seq, truth_readings_a_request);
            if (!points) {
                return fail(points.error());
            }
            std::map<std::uint64_t, std::uint64_t> seq_of;
            std::uint64_t newest_seq = after_seq;
            for (const record::Point& point : *points) {
                if (point.reading.number <= last) {
                    seq_of[point.reading.number] = point.seq;
                    newest_seq = point.seq;
                }
            }
            std::vector<record::Truth> mapped;
            for (record::Truth& truth : *rows) {
                const auto found = seq_of.find(truth.seq);
                if (truth.seq != 0 && found == seq_of.end()) {
                    continue;  // a reading that was lost has no point
                }
                truth.seq = truth.seq == 0 ? 0 : found->second;
                mapped.push_back(std::move(truth));
            }
            const auto stored = campaign.put_truth(run_id, mapped);
            if (!stored) {
                return fail(stored.error());
            }
            return newest_seq;
        };
        auto reached = co_await house_.store->call(std::move(put));
        if (!reached) {
            log_for("run")->error(
                "truth not stored run={} error=\"{}\"", log_name(), reached.error().sentence()
            );
            co_return;
        }
        after_seq = *reached;
        first += truth_readings_a_request;
    }
}

void ActiveRun::note_given_up(const Error& error, const std::vector<record::Row>& rows) {
    record::Gap lost;
    for (const record::Row& row : rows) {
        std::uint64_t first = 0;
        std::uint64_t last = 0;
        if (const auto* point = std::get_if<record::Point>(&row)) {
            first = last = point->reading.number;
            lost.to_time_s = point->reading.time_s;
        } else if (const auto* gap = std::get_if<record::Gap>(&row)) {
            first = gap->first_number;
            last = first + std::max<std::uint64_t>(gap->missing, 1) - 1;
            lost.to_time_s = gap->to_time_s;
        }
        if (last != 0) {
            lost.first_number = lost.missing == 0 ? first : lost.first_number;
            lost.missing = last - lost.first_number + 1;
        }
    }
    if (lost.missing == 0) {
        return;
    }
    if (!given_up_.empty() &&
        given_up_.back().first_number + given_up_.back().missing == lost.first_number) {
        given_up_.back().missing += lost.missing;
        given_up_.back().to_time_s = lost.to_time_s;
        return;
    }
    lost.cause = "readings could not be recorded: " + error.message;
    given_up_.push_back(std::move(lost));
}

Awaitable<void> ActiveRun::record_end(RunEnd end) {
    for (auto& [number, segment] : segments_) {
        if (segment.ended_utc.ns == 0) {
            segment.ended_utc = house_.timing->clock().utc();
            put_segment(segment);
        }
    }
    const std::int64_t run_id = identity_.run_id;
    house_.store->post("thermal history run=" + log_name(), [run_id](Campaign& campaign) {
        return campaign.put_thermal_history(run_id);
    });
    std::vector<record::Row> lost;
    for (record::Gap& gap : given_up_) {
        gap.time_utc = house_.timing->clock().utc();
        lost.emplace_back(std::move(gap));
    }
    given_up_.clear();
    if (is_tail_unknown_) {
        lost.emplace_back(gap_of_unknown_size(
            intake_.last_number(), intake_.last_time_s(), house_.timing->clock().utc()
        ));
    }
    record_rows(std::move(lost));
    if (!change_state(end.state, end.cause)) {
        // A run that never ran cannot have completed.
        change_state(record::RunState::interrupted, end.cause);
    }
    co_await store_barrier();
}

Awaitable<void> ActiveRun::finish(RunEnd end) {
    co_await fetch_the_rest();
    if (end.state == record::RunState::rejected) {
        is_tail_unknown_ = false;  // it never began
    }
    if (is_tail_unknown_) {
        end.cause += tail_unknown;
    }
    flush_held(true);  // received is recorded, whatever could not be fetched before it
    judge_stationarity();
    judge_check_isotherm();
    co_await store_barrier();
    co_await fits_.final_round();  // nothing when hurried
    fits_.stop();
    co_await fits_.wait_stopped();
    co_await store_truth();
    tell_executed_segments();
    co_await record_end(std::move(end));
    if (session_.is_read_only()) {
        session_.instrument().keep_to({});
    }
    const bool has_gate = identity_.method.fits == method::FitsMode::every && !is_foreign_;
    if (has_gate && session_.is_connected()) {
        session_.instrument().allow_until(0);
    }
    is_over_ = true;
    over_.notify_all();
}

}  // namespace relaxd::daemon
