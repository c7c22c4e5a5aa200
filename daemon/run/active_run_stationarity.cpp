// SPDX-License-Identifier: MIT
//
// While a run goes on: is tan delta steady enough to end the segment that waits for it, and did a
// sweep's specimen stay what it was.
#include "daemon/core/logging.hpp"
#include "daemon/run/active_run.hpp"
#include "schema/record/estimate_rows.hpp"

#include <utility>

namespace relaxd::daemon {

namespace {
constexpr std::uint64_t lead_readings = 2;  // as in active_run_fits.cpp
}  // namespace

void ActiveRun::watch_stationarity(const record::Reading& reading) {
    if (reading.segment != watched_segment_) {
        judge_stationarity();
        watched_segment_ = reading.segment;
    }
    stationarity_.add(reading);
    if (identity_.method.torsion.checks_isotherm) {
        check_isotherm_.add(reading);
    }
    const auto index = static_cast<std::size_t>(reading.segment) - 1;
    if (reading.segment < 1 || index >= identity_.executed.size()) {
        return;
    }
    const method::Segment& segment = identity_.executed[index].segment;
    if (segment.per_s > 0.0) {
        steady_.add(reading);
    }
}

void ActiveRun::watch_stored(const record::Reading& reading) {
    if (reading.segment != watched_segment_) {
        stationarity_.clear();
        steady_.clear();
        watched_segment_ = reading.segment;
    }
    watch_stationarity(reading);
}

void ActiveRun::end_steady_segment() {
    const auto index = static_cast<std::size_t>(segment_) - 1;
    const bool is_open = segment_ > 0 && index < identity_.executed.size() && !is_ending_ &&
                         ended_segment_ != segment_ && watched_segment_ == segment_ &&
                         session_.is_connected() && !session_.is_read_only();
    if (!is_open) {
        return;
    }
    const method::Segment& segment = identity_.executed[index].segment;
    if (!(segment.per_s > 0.0)) {
        return;
    }
    if (auto said = steady_.steady(segment.tolerance, segment.per_s)) {
        ended_segment_ = segment_;
        known_ = std::move(*said);
        if (identity_.method.fits != method::FitsMode::every) {
            spawn("end of steady segment", end_known_segment(lead_readings));
        }
    }
}

void ActiveRun::judge_stationarity() {
    steady_.clear();
    const auto verdict = stationarity_.verdict(watched_segment_);
    stationarity_.clear();
    const auto found = segments_.find(watched_segment_);
    if (!verdict || found == segments_.end()) {
        return;
    }
    if (record::has_flag(found->second.flags, flag_not_stationary)) {
        return;  // judged before the daemon was started again
    }
    if (!verdict->is_stationary) {
        record::Segment& segment = found->second;
        segment.flags += (segment.flags.empty() ? "" : " ") + std::string(flag_not_stationary);
        fits_.leave_out(watched_segment_);
        put_segment(segment);
    }
    record_event(
        verdict->is_stationary ? record::Severity::info : record::Severity::minor,
        verdict->is_stationary ? "STATIONARY" : "NOT_STATIONARY",
        verdict->message,
        verdict->detail
    );
}

void ActiveRun::judge_check_isotherm() {
    if (!identity_.method.torsion.checks_isotherm) {
        return;
    }
    int first = 0;
    int again = 0;
    for (const method::Executed& one : identity_.executed) {
        if (one.segment.kind == method::SegmentKind::frequency_sweep) {
            first = first == 0 ? one.number : first;
            again = one.is_check ? one.number : again;
        }
    }
    const auto verdict = check_isotherm_.verdict(first, again);
    if (verdict) {
        record_event(
            verdict->is_stationary ? record::Severity::info : record::Severity::minor,
            verdict->is_stationary ? "CHECK_ISOTHERM_SAME" : "CHECK_ISOTHERM_CHANGED",
            verdict->message,
            verdict->detail
        );
    }
}

}  // namespace relaxd::daemon
