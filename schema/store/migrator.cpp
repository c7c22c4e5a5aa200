// SPDX-License-Identifier: MIT
#include "schema/store/migrator.hpp"

#include "schema/store/run_store.hpp"

#include <string>

namespace relaxd::store {

int schema_version() {
    return static_cast<int>(migrations().size());
}

Result<int> file_version(Database& database) {
    const auto version = database.integer("PRAGMA user_version");
    const auto owner = version ? database.integer("PRAGMA application_id") : version;
    const auto tables = owner ? database.integer("SELECT count(*) FROM sqlite_schema") : owner;
    if (!tables) {
        return fail(tables.error());
    }
    if (*tables == 0 && *version == 0) {
        return 0;
    }
    if (*owner != application_id) {
        return fail(
            Errc::corrupt,
            "the file is a SQLite database of another program, not a relaxd campaign",
            database.path(),
            "it was not changed; name another file"
        );
    }
    if (*version > schema_version()) {
        return fail(
            Errc::refused,
            "the file has schema version " + std::to_string(*version) +
                ", this relaxd knows versions up to " + std::to_string(schema_version()),
            database.path(),
            "open it with the newer relaxd that wrote it"
        );
    }
    return static_cast<int>(*version);
}

Result<void> migrate(Database& database) {
    const auto version = file_version(database);
    if (!version) {
        return fail(version.error());
    }
    if (*version == schema_version()) {
        return {};
    }
    auto transaction = Transaction::begin(database, Transaction::Kind::write);
    if (!transaction) {
        return fail(transaction.error());
    }
    for (const Migration& step : migrations().subspan(static_cast<std::size_t>(*version))) {
        if (auto done = database.execute(std::string(step.sql).c_str()); !done) {
            Error error = done.error();
            error.message = "migration " + std::string(step.name) + " failed: " + error.message;
            return fail(error);
        }
    }
    const std::string marks = "PRAGMA user_version = " + std::to_string(schema_version()) +
                              "; PRAGMA application_id = " + std::to_string(application_id);
    if (auto done = database.execute(marks.c_str()); !done) {
        return done;
    }
    return transaction->commit();
}

}  // namespace relaxd::store
