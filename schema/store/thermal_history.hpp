// SPDX-License-Identifier: MIT
//
// What a run did to its glass, from its points. Private to schema/store.

#pragma once

#include "schema/record/records.hpp"
#include "schema/store/database.hpp"

#include <map>
#include <string>

namespace relaxd::store {

/// The facts `thermal_T_max_K`, `thermal_time_above_Tg_minus_50K_s`, `thermal_T_x_passed`.
/// Temperature is taken as linear between neighbouring points of the run, also across gaps; what
/// the points or the specimen cannot tell is "unknown".
[[nodiscard]] Result<std::map<std::string, std::string>> thermal_history(
    Database& database, std::int64_t run_id, const record::Specimen& specimen
);

}  // namespace relaxd::store
