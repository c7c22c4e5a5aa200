// SPDX-License-Identifier: MIT
//
// Calibration sets and run facts to SQL and back. Private to schema/store.

#pragma once

#include "schema/record/calibration.hpp"
#include "schema/record/run_fact.hpp"
#include "schema/store/database.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace relaxd::store {

/// Writes a set under its name and version. `refused` where that version is there.
[[nodiscard]] Result<void> insert_calibration(Database& database, const record::Calibration& set);
/// Newest version of a name, 0 if there is none.
[[nodiscard]] Result<std::uint64_t> newest_version(Database& database, const std::string& name);
/// All sets, by name and version.
[[nodiscard]] Result<std::vector<record::Calibration>> read_calibrations(Database& database);
/// One set, version 0 = the newest. `not_found` names those that are there.
[[nodiscard]] Result<record::Calibration> read_calibration(
    Database& database, const std::string& name, std::uint64_t version
);

[[nodiscard]] Result<void> put_facts(
    Database& database, std::int64_t run_id, const std::vector<record::RunFact>& facts
);
/// By name.
[[nodiscard]] Result<std::vector<record::RunFact>> read_facts(
    Database& database, std::int64_t run_id
);

/// What is wrong with the stored sets and with the facts that name them, one sentence each.
[[nodiscard]] Result<std::vector<std::string>> calibration_faults(Database& database);

}  // namespace relaxd::store
