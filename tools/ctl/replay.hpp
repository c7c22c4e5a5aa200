// SPDX-License-Identifier: MIT
//
// Computes the stored fits of a run again, from its readings and what each fit depended on, and
// compares every number with the stored one, bit for bit. Pure: records in, values out.

#pragma once

#include "schema/base/result.hpp"
#include "schema/record/records.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>

namespace relaxd::ctl {

/// The first number that is not the stored one.
struct ReplayDifference {
    std::uint64_t fit_number = 0;
    std::string model;
    std::string parameter;   ///< Empty where the whole fit is another one.
    std::string column;      ///< Of v_estimate; "rows" where parameters are missing or to spare.
    std::string stored;      ///< As text, "null" where unknown.
    std::string recomputed;  ///< Likewise.
};

struct Replay {
    std::uint64_t fits = 0;               ///< Stored ones.
    std::uint64_t rows = 0;               ///< Stored estimates.
    std::uint64_t agree = 0;              ///< Fits of which every number is the stored one.
    std::uint64_t differ = 0;             ///< Fits of which one is not.
    std::uint64_t unknown = 0;            ///< Fits whose inputs were not stored.
    std::set<std::string> code_versions;  ///< That stored them.
    std::optional<ReplayDifference> first;
};

/// `points` and `estimates` in seq order, `inputs` by fit number. Error `corrupt`: inputs that
/// cannot be read.
[[nodiscard]] Result<Replay> replay(
    std::span<const record::Point> points,
    std::span<const record::Estimate> estimates,
    std::span<const record::FitInputs> inputs
);

}  // namespace relaxd::ctl
