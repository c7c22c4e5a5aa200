// SPDX-License-Identifier: MIT
#include "daemon/fits/run_fits.hpp"

#include "daemon/core/io_thread.hpp"
#include "daemon/core/logging.hpp"
#include "daemon/fits/worker_loop.hpp"
#include "model/estimate/estimate.hpp"
#include "schema/base/number.hpp"
#include "schema/base/sha256.hpp"
#include "schema/record/estimate_rows.hpp"
#include "schema/record/fit_inputs.hpp"
#include "schema/record/series_window.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace relaxd::daemon {

namespace {
// A warm start can sit in a side valley: every so many rounds the search begins afresh. Counted,
// not timed, so that the same readings give the same estimates.
constexpr std::uint64_t cold_every_rounds = 32;
}  // namespace

RunFits::RunFits(
    const boost::asio::any_io_executor& executor,
    FitWorker& worker,
    Timing* timing,
    std::int64_t run_id,
    FitPlan plan,
    bool simulated,
    Sink sink
)
    : worker_(worker),
      timing_(timing),
      run_id_(run_id),
      plan_(std::move(plan)),
      simulated_(simulated),
      sink_(std::move(sink)),
      tasks_(executor),
      one_round_(executor),
      series_(plan_.tests) {}

void RunFits::add(const record::Point& point) {
    assert_on_io_thread();
    if (plan_.mode == method::FitsMode::off) {
        return;
    }
    segment_ = point.reading.segment;
    series_.add(point);
    if (points_.size() >= fit_points_max) {
        tell_no_estimate(
            "dynamic",
            "the run has more than " + std::to_string(fit_points_max) +
                " readings: live fits stay at that, the record goes on"
        );
        return;
    }
    if (const auto usable = record::dynamic_point(point)) {
        points_.push_back(*usable);
        ++new_points_;
    }
}

void RunFits::request_if_due() {
    const bool is_due = new_points_ >= plan_.readings_a_fit(segment_) || series_.is_due();
    if (plan_.mode != method::FitsMode::newest || is_stopped_ || !is_due) {
        return;
    }
    if (is_draining_) {
        if (is_wanted_) {
            ++discarded_;  // the older request is replaced unstarted
        }
        is_wanted_ = true;
        return;
    }
    is_wanted_ = true;
    is_draining_ = true;
    tasks_.spawn("live fits", drain());
}

Awaitable<void> RunFits::drain() {
    while (is_wanted_ && !is_stopped_) {
        is_wanted_ = false;
        co_await run_round(false);
    }
    is_draining_ = false;
}

Awaitable<void> RunFits::round() {
    if (plan_.mode != method::FitsMode::off && !is_stopped_) {
        co_await run_round(false);
    }
}

Awaitable<void> RunFits::final_round() {
    if (plan_.mode == method::FitsMode::off || is_stopped_) {
        co_return;
    }
    is_wanted_ = false;
    tasks_.spawn("last fits", run_round(true));  // as a child: stop() ends it
    co_await tasks_.wait_empty();
}

void RunFits::stop() {
    is_stopped_ = true;
    is_wanted_ = false;
    tasks_.cancel_all();
}

Awaitable<void> RunFits::wait_stopped() {
    co_await tasks_.wait_empty();
}

Awaitable<void> RunFits::run_round(bool is_final) {
    co_await one_round_.lock();
    const AsyncLock lock(one_round_);
    if (is_stopped_) {
        co_return;
    }
    if (!points_.empty()) {
        co_await fit_moduli(is_final);
    }
    co_await fit_series(is_final);
}

Awaitable<void> RunFits::fit_moduli(bool is_final) {
    new_points_ = 0;
    ++rounds_;
    const int segment = segment_;
    const SegmentRole role = plan_.role(segment);
    co_await look_for_T_x(is_final);
    record::FitOptions options = plan_.options_for("dynamic");
    if (!is_final && dynamic_ && rounds_ % cold_every_rounds != 0) {
        options.start = dynamic_->warm_start;
    }
    std::vector<int> everything;
    co_await fit_one(std::move(options), std::move(everything));

    std::vector<int> isotherms = plan_.segments_for("chi-slope", segment);
    const bool is_isotherm = role == SegmentRole::isotherm || role == SegmentRole::sweep;
    if (!is_final) {
        isotherms.clear();
        if (is_isotherm) {
            isotherms.push_back(segment);
        }
    }
    if (!isotherms.empty()) {
        record::FitOptions chi = plan_.options_for("chi-slope");
        co_await fit_one(std::move(chi), std::move(isotherms));
    }
    std::vector<int> ramps = plan_.segments_for("beta-peaks", segment);
    if (!ramps.empty() && (is_final || role == SegmentRole::ramp)) {
        record::FitOptions peaks = plan_.options_for("beta-peaks");
        co_await fit_one(std::move(peaks), std::move(ramps));
    }
}

void RunFits::mask_above(double T_max_K) {
    if (std::isfinite(T_max_K)) {
        plan_.options.T_max_K = T_max_K;
    }
}

/// Only while no mask is known: neither the specimen's T_x nor one detected before.
Awaitable<void> RunFits::look_for_T_x(bool is_final) {
    std::vector<int> ramps = plan_.segments_for("transitions", segment_);
    const bool is_due = is_final || plan_.role(segment_) == SegmentRole::ramp;
    if (std::isfinite(plan_.options.T_max_K) || ramps.empty() || !is_due) {
        co_return;
    }
    FitRequest request;
    request.data_set = run_id_;
    request.points = points_;
    request.options = plan_.options_for("transitions");
    request.segments = std::move(ramps);
    const Asked is_asked = asked(request);
    auto result = co_await worker_.compute(std::move(request));
    if (is_stopped_) {
        co_return;
    }
    if (!result) {
        tell_lost("transitions", result.error());
    } else if (result->is_usable()) {
        take_T_x(*result, is_asked);
    }
    // Nothing seen is what a run expects: not told.
}

void RunFits::take_T_x(const record::FitResult& result, const Asked& asked) {
    double T_x_K = record::unknown;
    for (const record::ParameterEstimate& parameter : result.parameters) {
        T_x_K = parameter.name == "T_x_K" ? parameter.value : T_x_K;
    }
    if (!std::isfinite(T_x_K)) {
        return;
    }
    (void)take(result, asked);
    const double T_max_K = T_x_K - below_T_x_K;
    plan_.options.T_max_K = T_max_K;
    dynamic_.reset();  // what crystals have biased starts no further fit
    tell(
        record::Severity::minor,
        "T_X_DETECTED",
        result.reason + "; fits leave out what lies above T_x - 5 K",
        to_text(T_max_K)
    );
    if (mask_hook_) {
        mask_hook_(T_max_K);
    }
}

Awaitable<void> RunFits::fit_one(record::FitOptions options, std::vector<int> segments) {
    if (is_stopped_) {
        co_return;
    }
    const std::string model = options.model;
    const bool is_dynamic = model == "dynamic";
    FitRequest request;
    request.data_set = run_id_;
    request.points = points_;
    request.options = std::move(options);
    request.segments = std::move(segments);
    if (!is_dynamic) {
        request.dynamic = dynamic_;
    }
    const Asked is_asked = asked(request);
    auto result = co_await worker_.compute(std::move(request));
    if (is_stopped_) {
        co_return;
    }
    if (!result) {
        tell_lost(model, result.error());
        tell_no_estimate(model, result.error().message);
        co_return;
    }
    if (!result->is_usable()) {
        tell_no_estimate(model, result->reason);
        co_return;
    }
    const std::uint64_t fit_number = take(*result, is_asked);
    note_residuals(model, *result);
    if (is_dynamic && fit_number > 0) {
        dynamic_ = std::move(*result);
        dynamic_fit_number_ = fit_number;
    }
}

RunFits::Asked RunFits::asked(const FitRequest& request) const {
    Asked out;
    record::FitOptions named = request.options;
    named.start.clear();  // the start is data of this fit, not an option of the run
    out.options_sha256 = sha256_hex(model::canonical_text(named));
    out.inputs.model = named.model;
    out.inputs.options = record::options_text(named);
    out.inputs.start = record::start_text(request.options.start);
    out.inputs.segments = record::segments_text(request.segments);
    out.inputs.up_to_seq = request.points.empty() ? 0 : request.points.back().seq;
    out.inputs.n_given = request.points.size();
    out.inputs.dynamic_fit_number = request.dynamic ? dynamic_fit_number_ : 0;
    if (request.series) {
        out.inputs.n_given = request.series->points.size();
        out.test_temperature_K = record::mean_temperature_K(*request.series);
    }
    return out;
}

std::uint64_t RunFits::take(const record::FitResult& result, const Asked& asked) {
    last_reasons_.erase(asked.inputs.model);
    record::FitContext context;
    context.fit_number = fit_number_ + 1;
    context.options_sha256 = asked.options_sha256;
    context.last_temperature_K = record::temperature_at(points_, result.last_seq);
    context.segment = asked.segment;
    context.test_temperature_K = asked.test_temperature_K;
    context.simulated = simulated_;
    context.time_utc = timing_->clock().utc();
    std::vector<record::Row> rows = record::estimate_rows(result, context);
    if (rows.empty()) {
        tell_no_estimate(asked.inputs.model, "the fit has no parameter to report yet");
        return 0;
    }
    ++fit_number_;
    auto inputs = std::make_shared<record::FitInputs>(asked.inputs);
    inputs->fit_number = fit_number_;
    std::get<record::Estimate>(rows.front()).inputs = std::move(inputs);
    sink_(std::move(rows));
    return fit_number_;
}

}  // namespace relaxd::daemon
