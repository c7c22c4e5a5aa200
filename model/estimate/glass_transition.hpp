// SPDX-License-Identifier: MIT
//
// T_g from a heating ramp: chi begins to rise, and ln tan delta bends upwards against 1/T (ANALYSIS
// 4.2 G). Pure.

#pragma once

#include "schema/record/fit.hpp"

#include <cstdint>
#include <optional>
#include <span>

namespace relaxd::model {

/// The break of chi(T) seen while heating.
struct GlassTransition {
    double T_g_K = record::unknown;
    double T_g_sd_K = record::unknown;
    double alarm_K = record::unknown;  ///< Where it was certain that there is a break.
    std::uint64_t alarm_seq = 0;
    double statistic = record::unknown;  ///< Likelihood ratio at the alarm.
    double threshold = record::unknown;  ///< What it had to exceed, twice in succession.
    double rate_K_min = record::unknown;
};

/// T_g, or nothing. Per frequency, ln tan delta in bins of 1 K; in windows of 40 K a hinge in 1/T,
/// common to all frequencies, against a cubic: its likelihood ratio must exceed 25 at 1 % noise and
/// more in proportion to 1/noise. The two clearest places are proposed; one counts when the dynamic
/// fit of the points up to 40 K above it is better by the same threshold in chi2 with a rising chi
/// than with a constant one, and a1 is above 3 of its standard errors (the valley between beta and
/// alpha peak bends too). T_g and its standard error, at least 1 K, are those of that fit. Points
/// in measured order, of heating ramps; cooling by more than 2 K begins anew. Nothing before 60 K
/// of ramp. tests/model/test_transitions.cpp; delays and false alarms in docs/fits.md.
[[nodiscard]] std::optional<GlassTransition> detect_T_g(std::span<const record::DynamicPoint> points
);

}  // namespace relaxd::model
