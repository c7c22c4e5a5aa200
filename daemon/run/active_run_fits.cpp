// SPDX-License-Identifier: MIT
//
// What the fits of a run decide about it: the mask above a detected T_x, and the end of a segment
// whose parameter is known well enough.
#include "daemon/core/logging.hpp"
#include "daemon/run/active_run.hpp"
#include "schema/base/number.hpp"
#include "schema/record/geometry_error.hpp"

#include <cmath>
#include <utility>

namespace relaxd::daemon {

namespace {
// So that the instrument ends the segment at a reading not yet taken, where it is slow enough.
constexpr std::uint64_t lead_readings = 2;
}  // namespace

void ActiveRun::store_mask(double T_max_K) {
    const std::int64_t run_id = identity_.run_id;
    const std::string text = to_text(T_max_K);
    house_.store->post("mask of the fits", [run_id, text](Campaign& campaign) {
        return campaign.put_fact(run_id, "fit_T_max_K", text);
    });
}

/// For whoever fits the run later, too.
void ActiveRun::tell_systematic_errors() {
    const record::FitOptions& options = fits_.plan().options;
    const double scale = options.modulus_scale_relative_sd;
    const double offset_K = options.temperature_offset_sd_K;
    std::string said;
    if (scale > 0.0) {
        const auto error = record::modulus_error(identity_.specimen.clamp, identity_.specimen);
        said = "the specimen's dimensions leave the modulus uncertain by " +
               to_text(std::round(scale * 1e4) / 100.0) + " % (" + identity_.specimen.clamp + ": " +
               error.formula + ")";
    }
    if (offset_K > 0.0) {
        said += (said.empty() ? "" : "; ") + std::string("the thermocouple's offset by ") +
                to_text(offset_K) + " K";
    }
    if (!said.empty()) {
        record_event(
            record::Severity::info,
            record::systematic_errors_code,
            std::move(said),
            record::systematic_errors_text({scale, offset_K})
        );
    }
}

void ActiveRun::tell_given() {
    tell_systematic_errors();
    const GivenKnowledge& given = identity_.given;
    if (given.told.empty()) {
        return;
    }
    const record::Severity severity =
        given.is_across_states ? record::Severity::minor : record::Severity::info;
    record_event(severity, "PRIOR_FROM_RUN", given.told, identity_.method.fit.prior_run);
}

void ActiveRun::take_fit_rows(std::vector<record::Row> rows) {
    const auto index = static_cast<std::size_t>(segment_) - 1;
    const bool is_open = segment_ > 0 && index < identity_.executed.size() && !is_ending_ &&
                         ended_segment_ != segment_ && session_.is_connected();
    if (is_open) {
        const method::Segment& segment = identity_.executed[index].segment;
        const auto met = condition_met(segment, segment_, fits_.plan().role(segment_), rows);
        if (met) {
            ended_segment_ = segment_;
            known_ = text_of(*met, segment.tolerance);
            if (identity_.method.fits != method::FitsMode::every) {
                spawn("end of segment", end_known_segment(lead_readings));
            }
        }
    }
    record_rows(std::move(rows));
}

Awaitable<void> ActiveRun::end_known_segment(std::uint64_t lead) {
    if (known_.empty()) {
        co_return;
    }
    const std::string known = std::exchange(known_, std::string());
    const int segment = ended_segment_;
    const std::uint64_t number = committed_number_ + lead;
    auto ended = co_await session_.instrument().end_segment_after(number);
    if (!ended) {
        // The next fit asks again, if the segment still runs.
        ended_segment_ = 0;
        log_for("run")->warn(
            "segment not ended run={} segment={} error=\"{}\"",
            log_name(),
            segment,
            ended.error().sentence()
        );
        co_return;
    }
    log_for("run")->info(
        "segment ended run={} segment={} reading={} known=\"{}\"",
        log_name(),
        segment,
        number,
        known
    );
    record_event(
        record::Severity::info,
        "SEGMENT_ENDED_BY_CONDITION",
        "segment " + std::to_string(segment) + " ends after reading " + std::to_string(number) +
            ": " + known
    );
}

}  // namespace relaxd::daemon
