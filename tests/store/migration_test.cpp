// SPDX-License-Identifier: MIT
//
// A campaign file of an earlier version: the next writer carries it forward whole.
#include "tests/store/fixture.hpp"

#include <sqlite3.h>

#include <array>

namespace relaxd::test {

namespace {

/// Takes the file back to version 1: its tables are the same, its views are those of 0001.
void make_version_1(const std::string& path) {
    const std::string schema = bytes_of(RELAXD_SOURCE_DIR "/schema/migrations/0001_runs.sql");
    const auto view = [&schema](const std::string& name) {
        const auto from = schema.find("CREATE VIEW " + name);
        REQUIRE(from != std::string::npos);
        return schema.substr(from, schema.find(';', from) - from + 1);
    };
    std::string sql;
    for (const char* name : {"v_gap", "v_event", "v_segment"}) {
        sql += std::string("DROP VIEW ") + name + ";" + view(name);
    }
    sql += "PRAGMA user_version = 1;";
    sqlite3* handle = nullptr;
    REQUIRE(sqlite3_open(path.c_str(), &handle) == SQLITE_OK);
    char* message = nullptr;
    const int code = sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, &message);
    INFO((message == nullptr ? "" : message));
    CHECK(code == SQLITE_OK);
    sqlite3_close(handle);
}

std::int64_t store_a_simulated_run(const std::string& path) {
    auto store = must(store::RunStore::open(path));
    record::Run run = some_run();
    run.simulated = true;
    const auto id = must(store.create_run(run, some_specimen())).run_id;
    record::Gap gap;
    gap.first_number = 2;
    gap.missing = 2;
    std::array<record::Row, 3> rows{some_point(1), gap, some_event("HAPPENED")};
    must(store.append(id, rows));
    record::Segment segment;
    segment.segment = 1;
    segment.text = "Isothermal for 1 min";
    must(store.put_segment(id, segment));
    return id;
}

}  // namespace

TEST_CASE("a file of version 1 is carried forward, with its marks and the digest it had") {
    const Folder folder;
    const auto id = store_a_simulated_run(folder.file());
    const std::string digest = must(store::digest(folder.file(), std::nullopt));
    make_version_1(folder.file());
    const auto unread = store::RunReader::open(folder.file());
    REQUIRE_FALSE(unread);
    CHECK(unread.error().message.find("schema version 1") != std::string::npos);
    { must(store::RunStore::open(folder.file())); }  // migrates
    auto reader = must(store::RunReader::open(folder.file()));
    CHECK(must(reader.points(id, 0, 9)).size() == 1);
    CHECK(must(reader.gaps(id, 0, 9)).front().simulated);
    CHECK(must(reader.events(id, 0, 9)).front().simulated);
    CHECK(must(reader.segments(id)).front().text == "Isothermal for 1 min");
    CHECK(must(store::digest(folder.file(), std::nullopt)) == digest);
    const auto verified = must(store::verify(folder.file()));
    INFO((verified.faults.empty() ? "" : verified.faults.front()));
    CHECK(verified.sound);
    sqlite3* handle = nullptr;
    REQUIRE(sqlite3_open(folder.file().c_str(), &handle) == SQLITE_OK);
    sqlite3_stmt* row = nullptr;
    REQUIRE(
        sqlite3_prepare_v2(handle, "SELECT simulated FROM v_event", -1, &row, nullptr) == SQLITE_OK
    );
    CHECK(sqlite3_step(row) == SQLITE_ROW);
    CHECK(sqlite3_column_int(row, 0) == 1);
    sqlite3_finalize(row);
    sqlite3_close(handle);
}

}  // namespace relaxd::test
