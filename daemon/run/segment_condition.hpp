// SPDX-License-Identifier: MIT
//
// "Isothermal until chi is known to 0.005": whether a completed fit knows it. Pure.
#pragma once

#include "daemon/fits/fit_plan.hpp"
#include "schema/record/records.hpp"

#include <optional>
#include <span>
#include <string>

namespace relaxd::daemon {

/// The estimate that met the condition.
struct ConditionMet {
    std::string parameter;  ///< As reported: chi, chi_slope, chi_Tg …
    double value = record::unknown;
    double standard_error = record::unknown;
};

/// What in `rows`, all of one fit, fulfils the condition of `segment`, executed as number
/// `executed`: state `determined`, with a standard error of at most the tolerance. "chi" is the
/// segment's own `chi`, whatever the recipe says; where the model has none yet the recipe's
/// `chi_slope`, and `chi_Tg` where the segment is no isotherm of several frequencies. Any other
/// name is that of a reported parameter.
[[nodiscard]] std::optional<ConditionMet> condition_met(
    const method::Segment& segment,
    int executed,
    SegmentRole role,
    std::span<const record::Row> rows
);

/// For the event: "chi = 0.4012 ± 0.0041, wanted to 0.005".
[[nodiscard]] std::string text_of(const ConditionMet& met, double tolerance);

}  // namespace relaxd::daemon
