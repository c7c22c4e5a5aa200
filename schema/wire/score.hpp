// SPDX-License-Identifier: MIT
//
// A run's score as JSON: the body of GET /api/v1/runs/{id}/score and of `relaxctl score --json`.

#pragma once

#include "schema/score/score.hpp"
#include "schema/wire/wire.hpp"

#include <string_view>

namespace relaxd::wire {

/// {"run_id","uuid","state","simulated":1,"material","n_estimates","n_compared","n_determined",
/// "n_inside_95","coverage_95","parameters":[…],"estimates":[…]}. An estimate: the columns that
/// name it in v_estimate, then "truth","error","z","inside_95","no_truth"; a parameter: its counts
/// and "median_abs_z","worst_abs_z","last":{estimate}. `material` empty = null.
[[nodiscard]] json::object to_json(
    const record::Run& run, std::string_view material, const score::Score& score
);

}  // namespace relaxd::wire
