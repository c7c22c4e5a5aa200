// SPDX-License-Identifier: MIT
//
// Calibration sets and run facts as JSON.

#pragma once

#include "schema/record/calibration.hpp"
#include "schema/record/run_fact.hpp"
#include "schema/wire/wire.hpp"

namespace relaxd::wire {

/// Columns of v_calibration but `content`, then runs, numbers, and the table unless
/// `is_summary`: {"columns":[…],"nodes":[{"frequency_Hz","temperature_K","noise","values",
/// "covariance"}]}.
[[nodiscard]] json::object to_json(const record::Calibration& set, bool is_summary);
/// The columns of v_run_fact but run_id.
[[nodiscard]] json::object to_json(const record::RunFact& fact);

}  // namespace relaxd::wire
