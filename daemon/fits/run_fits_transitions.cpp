// SPDX-License-Identifier: MIT
//
// T_g and T_x as a run's heating ramps show them: recorded as estimates of model `transitions`, and
// used by the fits where nobody knew them before.
#include "daemon/fits/run_fits.hpp"
#include "schema/base/number.hpp"

#include <cmath>
#include <string>
#include <utility>

namespace relaxd::daemon {

namespace {

constexpr double look_every_K = 1.0;
constexpr double settled_above_K = 45.0;  // no reading further up changes T_g
constexpr double T_g_prior_sd_K = 5.0;    // CONTRACT 4, a detected T_g

std::string tenths(double value) {
    return to_text(std::round(value * 10.0) / 10.0);
}

}  // namespace

/// Until both are known: T_x by the specimen's record or a detection, T_g once the ramp is well
/// above it.
bool RunFits::are_transitions_due(bool is_final) const {
    const double newest_K = points_->back().temperature_K;
    const bool is_moved = !(std::abs(newest_K - looked_at_K_) < look_every_K);
    const bool is_T_g_settled = newest_K > T_g_found_K_ + settled_above_K;
    const bool is_open = !std::isfinite(plan_.options.T_max_K) || !is_T_g_settled;
    const bool is_here = plan_.role(segment_) == SegmentRole::ramp || std::isnan(looked_at_K_);
    return is_open && (is_final || (is_here && is_moved));
}

Awaitable<void> RunFits::look_for_transitions(bool is_final) {
    std::vector<int> ramps = plan_.segments_for("transitions", segment_);
    if (ramps.empty() || !are_transitions_due(is_final)) {
        co_return;
    }
    looked_at_K_ = points_->back().temperature_K;
    FitRequest request;
    request.data_set = run_id_;
    request.points = PointsSoFar(points_);
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
        take_transitions(*result, is_asked);
    }
    // Nothing seen is what a run expects: not told.
}

void RunFits::take_transitions(const record::FitResult& result, const Asked& asked) {
    const record::ParameterEstimate* T_g = nullptr;
    double T_x_K = record::unknown;
    for (const record::ParameterEstimate& parameter : result.parameters) {
        const bool is_known = std::isfinite(parameter.value);
        T_g = parameter.name == "T_g_K" && is_known ? &parameter : T_g;
        T_x_K = parameter.name == "T_x_K" && is_known ? parameter.value : T_x_K;
    }
    const bool is_new_T_x = std::isfinite(T_x_K) && !std::isfinite(plan_.options.T_max_K);
    const bool is_new_T_g =
        T_g != nullptr && !(T_g->value == T_g_found_K_ && T_g->standard_error == T_g_found_sd_K_);
    if (!is_new_T_x && !is_new_T_g) {
        return;  // as recorded before
    }
    (void)take(result, asked);
    if (is_new_T_g) {
        take_T_g(*T_g, result.reason);
    }
    if (is_new_T_x) {
        take_T_x(T_x_K, result.reason);
    }
}

void RunFits::take_T_g(const record::ParameterEstimate& found, const std::string& reason) {
    const bool is_first = std::isnan(T_g_found_K_);
    T_g_found_K_ = found.value;
    T_g_found_sd_K_ = found.standard_error;
    if (wants_T_g_) {
        plan_.options.T_g_prior_K = record::Prior{found.value, T_g_prior_sd_K};
        is_next_cold_ = is_next_cold_ || is_first;  // what was found without it may be elsewhere
    }
    if (is_first) {
        const std::string use = wants_T_g_ ? "; the fits take it as a prior of 5 K"
                                           : "; the fits keep the T_g that was given";
        tell(
            record::Severity::info,
            "T_G_DETECTED",
            "T_g is " + tenths(found.value) + " K with a standard error of " +
                tenths(found.standard_error) + " K (" + found.method + "): " + reason + use,
            to_text(found.value)
        );
    }
}

void RunFits::take_T_x(double T_x_K, const std::string& reason) {
    const double T_max_K = T_x_K - below_T_x_K;
    plan_.options.T_max_K = T_max_K;
    dynamic_.reset();  // what crystals have biased starts no further fit
    tell(
        record::Severity::minor,
        "T_X_DETECTED",
        reason + "; fits leave out what lies above T_x - 5 K",
        to_text(T_max_K)
    );
    if (mask_hook_) {
        mask_hook_(T_max_K);
    }
}

}  // namespace relaxd::daemon
