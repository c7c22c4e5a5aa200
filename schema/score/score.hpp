// SPDX-License-Identifier: MIT
//
// The estimates of a simulated run against what was true of it: error, error in standard errors,
// inside the 95 % interval or not, and coverage a parameter. Pure: records in, values out.
//
// Truth is the simulation's own word (v_truth), never recomputed here with the fits' equations.
// Numbers are SI; NaN = unknown.

#pragma once

#include "schema/base/result.hpp"
#include "schema/record/records.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace relaxd::score {

/// One estimate beside its truth.
struct Compared {
    record::Estimate estimate;
    double truth = record::unknown;
    double error = record::unknown;  ///< value - truth
    double z = record::unknown;      ///< error / standard_error
    std::optional<bool> is_inside;   ///< The truth lies within lower_95 … upper_95.
    std::string no_truth;            ///< Why there is no truth; empty where there is one.
};

/// All estimates of one parameter of one model. Coverage and z count the determined ones alone:
/// only those promise their interval.
struct ParameterScore {
    std::string model;
    std::string parameter;
    std::uint64_t estimates = 0;   ///< Rows.
    std::uint64_t compared = 0;    ///< … with a value and a truth.
    std::uint64_t determined = 0;  ///< … of these with state `determined` and an interval.
    std::uint64_t inside = 0;      ///< … of these with the truth in the interval.
    double median_abs_z = record::unknown;
    double worst_abs_z = record::unknown;
    Compared last;  ///< Of the newest row.

    /// inside / determined, unknown without any.
    [[nodiscard]] double coverage_95() const;
};

struct Score {
    std::vector<Compared> estimates;         ///< In seq order.
    std::vector<ParameterScore> parameters;  ///< In order of first appearance.
    std::uint64_t compared = 0;
    std::uint64_t determined = 0;
    std::uint64_t inside = 0;

    [[nodiscard]] double coverage_95() const;
};

/// `estimates` and `truth` are those of `run`, in seq order. Errors: `refused` for a run that is
/// not simulated, and for one that has no truth (it still goes on, or came from a file).
[[nodiscard]] Result<Score> score(
    const record::Run& run,
    std::span<const record::Estimate> estimates,
    std::span<const record::Truth> truth
);

}  // namespace relaxd::score
