// SPDX-License-Identifier: MIT
//
// T_x from a heating ramp: the crystals stiffen what the liquid softens (ANALYSIS 4.2 G). Pure.
// T_g: glass_transition.hpp.

#pragma once

#include "schema/record/fit.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace relaxd::model {

/// Crystallisation seen while heating.
struct Detection {
    double T_x_K = record::unknown;     ///< Where the change begins; mean of two frequencies.
    double T_x_sd_K = record::unknown;  ///< Their difference, at least the spacing of the points.
    double alarm_K = record::unknown;   ///< Where it was certain.
    std::uint64_t alarm_seq = 0;
    double statistic = record::unknown;  ///< CUSUM at the alarm, in noise s.d.; the smaller of two.
    std::vector<double> frequencies_Hz;  ///< That agree.
};

/// T_x, or nothing. Per frequency, points binned to 0.5 K: quadratics in T through 15 points
/// predict the next ln tan delta and ln E'; the drop of the first and the rise of the second, each
/// over its robust prediction error, make one one-sided CUSUM (drift 1, threshold 8). An alarm also
/// needs E' to rise in fact (2 % and 5 s.d. above its minimum), tan delta to fall in fact, and E'
/// to have fallen by 20 % before: peaks and plateaus of a liquid do neither. Two frequencies must
/// agree within 6 K where there are two. Points in measured order, of heating ramps at constant
/// rate; cooling by more than 2 K begins anew. Needs 25 points a frequency before it can see
/// anything. T_x is the hinge of least squares in the 22 points up to the alarm.
///
/// Measured on simulated ramps (5 frequencies, each one point per K, Avrami n = 3 of 8 K width, 200
/// seeds each at 0.3, 1 and 3 % noise of E''; tests/model/test_transitions.cpp): all seen, 4 to 7 K
/// after the beginning, T_x 0 to 2.4 K late; without crystals no alarm in 600 ramps to T_g + 87 K,
/// with five frequencies and with one.
[[nodiscard]] std::optional<Detection> detect_T_x(std::span<const record::DynamicPoint> points);

/// Model "transitions": `T_g_K` and `T_x_K`, each where it is seen, with its `method`; `reason`
/// says how.
[[nodiscard]] record::FitResult fit_transitions(std::span<const record::DynamicPoint> points);

}  // namespace relaxd::model
