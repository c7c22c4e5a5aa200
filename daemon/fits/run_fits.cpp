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
constexpr double more_of_an_ageing = 0.2589;  // ten a decade of its readings
constexpr double same_temperature_K = 2.0;
constexpr double same_frequency = 1.01;
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
      series_(plan_.tests),
      wants_T_g_(!plan_.options.T_g_fixed_K && !plan_.options.T_g_prior_K) {}

void RunFits::add(const record::Point& point) {
    assert_on_io_thread();
    if (plan_.mode == method::FitsMode::off) {
        return;
    }
    if (segment_ != point.reading.segment) {
        segment_ = point.reading.segment;
        segment_points_ = 0;
    }
    series_.add(point);
    if (points_->size() >= fit_points_max) {
        tell_no_estimate(
            "dynamic",
            "the run has more than " + std::to_string(fit_points_max) +
                " readings: live fits stay at that, the record goes on"
        );
        return;
    }
    if (const auto usable = record::dynamic_point(point)) {
        low_ = points_->empty() ? *usable : low_;
        high_ = points_->empty() ? *usable : high_;
        low_.temperature_K = std::min(low_.temperature_K, usable->temperature_K);
        low_.frequency_Hz = std::min(low_.frequency_Hz, usable->frequency_Hz);
        high_.temperature_K = std::max(high_.temperature_K, usable->temperature_K);
        high_.frequency_Hz = std::max(high_.frequency_Hz, usable->frequency_Hz);
        points_->push_back(*usable);
        ++new_points_;
        ++segment_points_;
    }
}

void RunFits::request_if_due() {
    const bool is_due = are_moduli_due() || series_.is_due();
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

bool RunFits::are_moduli_due() const {
    std::size_t needed = plan_.readings_a_fit(segment_);
    if (plan_.is_ageing(segment_)) {
        const double more = more_of_an_ageing * static_cast<double>(segment_points_);
        needed = std::max({needed, plan_.cycle, static_cast<std::size_t>(std::ceil(more))});
    }
    return new_points_ >= needed;
}

bool RunFits::can_moduli_tell() const {
    return high_.temperature_K - low_.temperature_K > same_temperature_K ||
           high_.frequency_Hz > same_frequency * low_.frequency_Hz;
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
    const bool is_ageing = plan_.is_ageing(segment_);
    if (!points_->empty() && (is_final || !is_ageing || are_moduli_due())) {
        co_await fit_moduli(is_final);
    }
    co_await fit_series(is_final);
}

Awaitable<void> RunFits::fit_moduli(bool is_final) {
    new_points_ = 0;
    const int segment = segment_;
    if (plan_.is_ageing(segment) && !can_moduli_tell()) {
        tell_no_estimate(
            "dynamic",
            "all readings are of one temperature and one frequency: the whole model is not fitted, "
            "ageing is"
        );
        co_return;
    }
    ++rounds_;
    const SegmentRole role = plan_.role(segment);
    co_await look_for_transitions(is_final);
    record::FitOptions options = plan_.options_for("dynamic");
    const bool is_cold = is_final || is_next_cold_ || rounds_ % cold_every_rounds == 0;
    if (dynamic_ && !is_cold) {
        options.start = dynamic_->warm_start;
    }
    is_next_cold_ = false;
    std::vector<int> everything = plan_.used(segment);
    co_await fit_one(std::move(options), std::move(everything));

    std::vector<int> isotherms = plan_.segments_for("chi-slope", segment);
    const bool is_isotherm = role == SegmentRole::isotherm || role == SegmentRole::sweep;
    if (!is_final) {
        isotherms.clear();
        if (is_isotherm && !plan_.left_out.contains(segment)) {
            isotherms.push_back(segment);
        }
    }
    if (!isotherms.empty()) {
        record::FitOptions chi = plan_.options_for("chi-slope");
        co_await fit_one(std::move(chi), std::move(isotherms));
    }
    std::vector<int> sweeps = plan_.segments_for("master-curve", segment);
    if (sweeps.size() > 1 && (is_final || is_isotherm)) {
        record::FitOptions master = plan_.options_for("master-curve");
        co_await fit_one(std::move(master), std::move(sweeps));
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

void RunFits::leave_out(int segment) {
    plan_.leave_out(segment);
    is_next_cold_ = true;  // where the search stood owes something to it
}

void RunFits::set_systematic_errors(double modulus_scale, double temperature_K) {
    plan_.options.modulus_scale_relative_sd = modulus_scale;
    plan_.options.temperature_offset_sd_K = temperature_K;
}

Awaitable<void> RunFits::fit_one(record::FitOptions options, std::vector<int> segments) {
    if (is_stopped_) {
        co_return;
    }
    const std::string model = options.model;
    const bool is_dynamic = model == "dynamic";
    FitRequest request;
    request.data_set = run_id_;
    request.points = PointsSoFar(points_);
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
    context.last_temperature_K = record::temperature_at(*points_, result.last_seq);
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
