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

[[nodiscard]] std::optional<GlassTransition> detect_T_g(std::span<const record::DynamicPoint> points
);

}  // namespace relaxd::model
