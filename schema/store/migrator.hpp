// SPDX-License-Identifier: MIT
//
// Numbered migrations: PRAGMA user_version counts those a file has had. Forward only, all missing
// ones in one transaction; a newer file is refused. Private to schema/store.

#pragma once

#include "schema/store/database.hpp"

#include <span>
#include <string_view>

namespace relaxd::store {

struct Migration {
    std::string_view name;
    std::string_view sql;
};

/// schema/migrations/*.sql in order, embedded by cmake/relaxd_migrations.cmake.
[[nodiscard]] std::span<const Migration> migrations();

/// Marks a SQLite file as ours (PRAGMA application_id): "RLXD".
inline constexpr std::int64_t application_id = 0x524C5844;

/// Is the file ours and of a schema that this build knows? A file without tables is version 0.
/// Errors: `corrupt` (foreign or unreadable), `refused` (newer schema).
[[nodiscard]] Result<int> file_version(Database& database);

/// Brings the file to `schema_version()` in one transaction.
[[nodiscard]] Result<void> migrate(Database& database);

}  // namespace relaxd::store
