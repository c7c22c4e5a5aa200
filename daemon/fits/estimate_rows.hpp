// SPDX-License-Identifier: MIT
//
// One fit's result as the rows that are recorded: one row a parameter (CONTRACT 6). Pure.

#pragma once

#include "schema/record/fit.hpp"
#include "schema/record/records.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace relaxd::daemon {

/// What the result does not know about itself.
struct FitContext {
    std::uint64_t fit_number = 0;
    std::string options_sha256;
    double last_temperature_K = record::unknown;  ///< Of the newest point used.
    bool simulated = false;
    UtcTime time_utc;
};

/// Rows of a usable result, all with the same fit_number. Infinite or NaN numbers stay unknown.
[[nodiscard]] std::vector<record::Row> estimate_rows(
    const record::FitResult& result, const FitContext& context
);

/// A committed reading as the fits see it; nothing where it holds no complex modulus or is flagged
/// as overload, clipped, not_settled or invalid.
[[nodiscard]] std::optional<record::DynamicPoint> dynamic_point(const record::Point& point);

/// `reason` without its numbers: what decides whether a reason is a new one.
[[nodiscard]] std::string reason_kind(const std::string& reason);

}  // namespace relaxd::daemon
