// SPDX-License-Identifier: MIT
//
// A campaign file of an earlier version: the next writer carries it forward whole.
#include "tests/store/fixture.hpp"

#include <sqlite3.h>

#include <array>
#include <cmath>

namespace relaxd::test {

namespace {

void run_sql(const std::string& path, const std::string& sql) {
    sqlite3* handle = nullptr;
    REQUIRE(sqlite3_open(path.c_str(), &handle) == SQLITE_OK);
    char* message = nullptr;
    const int code = sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, &message);
    INFO((message == nullptr ? "" : message));
    CHECK(code == SQLITE_OK);
    sqlite3_close(handle);
}

/// What version 4 added to the estimates.
std::string later_columns_dropped() {
    std::string sql;
    for (const char* column :
         {"combined_error",
          "method",
          "known_combination",
          "known_combination_value",
          "known_combination_standard_error",
          "experiment"}) {
        sql += std::string("ALTER TABLE estimate DROP COLUMN ") + column + ";";
    }
    return sql;
}

/// Takes the file back to version 5, which knew no waveforms.
void make_version_5(const std::string& path) {
    const std::string schema = bytes_of(RELAXD_SOURCE_DIR "/schema/migrations/0002_marks.sql");
    const auto from = schema.find("CREATE VIEW v_segment");
    REQUIRE(from != std::string::npos);
    run_sql(
        path,
        "DROP VIEW v_waveform; DROP TABLE waveform; DROP VIEW v_segment;"
        "ALTER TABLE segment DROP COLUMN flags;" +
            schema.substr(from, schema.find(';', from) - from + 1) + "PRAGMA user_version = 5;"
    );
}

/// Takes the file back to version 4, which knew no calibration sets.
void make_version_4(const std::string& path) {
    make_version_5(path);
    run_sql(
        path,
        "DROP VIEW v_run_fact; DROP TABLE run_fact; DROP VIEW v_calibration;"
        "DROP TABLE calibration; PRAGMA user_version = 4;"
    );
}

/// Takes the file back to version 3.
void make_version_3(const std::string& path) {
    make_version_4(path);
    const std::string schema = bytes_of(RELAXD_SOURCE_DIR "/schema/migrations/0003_fits.sql");
    const auto from = schema.find("CREATE VIEW v_estimate");
    REQUIRE(from != std::string::npos);
    run_sql(
        path,
        "DROP VIEW v_estimate;" + later_columns_dropped() +
            schema.substr(from, schema.find(';', from) - from + 1) + "PRAGMA user_version = 3;"
    );
}

/// Takes the file back to version 2, which knew no inputs of fits.
void make_version_2(const std::string& path) {
    make_version_4(path);
    const std::string schema = bytes_of(RELAXD_SOURCE_DIR "/schema/migrations/0001_runs.sql");
    const auto from = schema.find("CREATE VIEW v_estimate");
    REQUIRE(from != std::string::npos);
    run_sql(
        path,
        "DROP VIEW v_fit; DROP TABLE fit; DROP VIEW v_estimate;"
        "ALTER TABLE estimate DROP COLUMN systematic_error;"
        "ALTER TABLE estimate DROP COLUMN traded_with;" +
            later_columns_dropped() + schema.substr(from, schema.find(';', from) - from + 1) +
            "PRAGMA user_version = 2;"
    );
}

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
    make_version_2(path);
    run_sql(path, sql);
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

TEST_CASE("a file of version 2 keeps its estimates, whose fits have no inputs; new ones have") {
    const Folder folder;
    const auto id = store_a_simulated_run(folder.file());
    {
        auto store = must(store::RunStore::open(folder.file()));
        std::array<record::Row, 1> rows{some_estimate("chi_Tg", 0.4)};
        must(store.append(id, rows));
    }
    make_version_2(folder.file());
    auto inputs = std::make_shared<record::FitInputs>();
    inputs->fit_number = 2;
    inputs->model = "dynamic";
    inputs->options = "model dynamic\n";
    inputs->start = "ln_tau=-1.5\n";
    inputs->up_to_seq = 1;
    inputs->n_given = 1;
    inputs->dynamic_fit_number = 1;
    {
        auto store = must(store::RunStore::open(folder.file()));  // migrates
        record::Estimate estimate = some_estimate("chi_Tg", 0.41);
        estimate.fit_number = 2;
        estimate.inputs = inputs;
        std::array<record::Row, 1> rows{estimate};
        must(store.append(id, rows));
        // The same fit twice: nothing of it is stored.
        CHECK_FALSE(store.append(id, rows));
    }
    auto reader = must(store::RunReader::open(folder.file()));
    CHECK(must(reader.estimates(id, 0, 9)).size() == 2);
    const auto fits = must(reader.fits(id));
    REQUIRE(fits.size() == 1);
    CHECK(fits[0].fit_number == 2);
    CHECK(fits[0].model == "dynamic");
    CHECK(fits[0].options == inputs->options);
    CHECK(fits[0].start == inputs->start);
    CHECK(fits[0].segments.empty());
    CHECK(fits[0].up_to_seq == 1);
    CHECK(fits[0].n_given == 1);
    CHECK(fits[0].dynamic_fit_number == 1);
    CHECK(must(store::verify(folder.file())).sound);
}

TEST_CASE("a file of version 3 keeps its estimates; new ones say how, and what is known instead") {
    const Folder folder;
    const auto id = store_a_simulated_run(folder.file());
    {
        auto store = must(store::RunStore::open(folder.file()));
        std::array<record::Row, 1> rows{some_estimate("chi_Tg", 0.4)};
        must(store.append(id, rows));
    }
    const std::string digest = must(store::digest(folder.file(), std::nullopt));
    make_version_3(folder.file());
    { must(store::RunStore::open(folder.file())); }  // migrates
    CHECK(must(store::digest(folder.file(), std::nullopt)) == digest);
    record::Estimate estimate = some_estimate("A_an_per_Pa", 1e-11);
    estimate.state = record::ParameterState::traded;
    estimate.standard_error = 3e-12;
    estimate.systematic_error = 4e-12;
    estimate.combined_error = 5e-12;
    estimate.method = "chi kink, 3 K/min";
    estimate.known_combination = "A_vp_per_Pa / tau_max_Tg_s";
    estimate.known_combination_value = 2e-13;
    estimate.known_combination_standard_error = 1e-15;
    estimate.experiment = "measure at T_g";
    {
        auto store = must(store::RunStore::open(folder.file()));
        std::array<record::Row, 1> rows{estimate};
        must(store.append(id, rows));
    }
    auto reader = must(store::RunReader::open(folder.file()));
    const auto estimates = must(reader.estimates(id, 0, 9));
    REQUIRE(estimates.size() == 2);
    CHECK(std::isnan(estimates[0].combined_error));
    CHECK(estimates[0].method.empty());
    CHECK(estimates[0].known_combination.empty());
    CHECK(estimates[1].combined_error == 5e-12);
    CHECK(estimates[1].method == estimate.method);
    CHECK(estimates[1].known_combination == estimate.known_combination);
    CHECK(estimates[1].known_combination_value == 2e-13);
    CHECK(estimates[1].known_combination_standard_error == 1e-15);
    CHECK(estimates[1].experiment == estimate.experiment);
    CHECK(must(store::verify(folder.file())).sound);
}

}  // namespace relaxd::test
