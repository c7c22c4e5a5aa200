// SPDX-License-Identifier: MIT
#include "schema/record/calibration.hpp"

#include "tests/store/fixture.hpp"

#include <sqlite3.h>

#include <array>
#include <string>

namespace relaxd::test {

namespace {

record::Calibration some_set(const std::string& name, double offset_K) {
    record::Calibration set;
    set.name = name;
    set.kind = "temperature";
    set.instrument = "dma1";
    set.columns = {"offset_K", "slope", "rate_s"};
    record::CalibrationNode node;
    node.values = {offset_K, 0.0, 0.0};
    node.covariance = {0.01, 0, 0, 0, 0, 0, 0, 0, 0};
    set.nodes.push_back(node);
    return set;
}

/// SQLite's own answer.
int answer_to(const std::string& path, const char* sql) {
    sqlite3* handle = nullptr;
    REQUIRE(sqlite3_open(path.c_str(), &handle) == SQLITE_OK);
    const int code = sqlite3_exec(handle, sql, nullptr, nullptr, nullptr);
    sqlite3_close(handle);
    return code;
}

record::RunFact fact(const std::string& name, double value, const std::string& text) {
    record::RunFact out;
    out.name = name;
    out.value = value;
    out.text = text;
    out.source = "calibration";
    return out;
}

}  // namespace

TEST_CASE("a calibration set gets the next version of its name and is read back the same") {
    const Folder folder;
    auto store = must(store::RunStore::open(folder.file()));
    const auto first = must(store.make_calibration(some_set("temp", -0.5)));
    const auto second = must(store.make_calibration(some_set("temp", -0.6)));
    CHECK(first.version == 1);
    CHECK(second.version == 2);
    auto reader = must(store::RunReader::open(folder.file()));
    CHECK(must(reader.calibration("temp")).nodes[0].values[0] == -0.6);
    CHECK(must(reader.calibration("temp", 1)).nodes[0].values[0] == -0.5);
    CHECK(must(reader.calibrations()).size() == 2);
    const auto unknown = reader.calibration("temb");
    REQUIRE_FALSE(unknown);
    CHECK(unknown.error().code == Errc::not_found);
    CHECK(unknown.error().hint.find("\"temp\"") != std::string::npos);
    // Carried to another campaign: the same is welcome twice, another one is not.
    CHECK(store.add_calibration(first));
    record::Calibration other = first;
    other.notes = "forged";
    CHECK_FALSE(store.add_calibration(other));
    CHECK_FALSE(store.make_calibration(record::Calibration{}));
}

TEST_CASE("a stored calibration set cannot be changed or deleted") {
    const Folder folder;
    {
        auto store = must(store::RunStore::open(folder.file()));
        must(store.make_calibration(some_set("temp", -0.5)));
    }
    for (const char* sql :
         {"UPDATE calibration SET clamp = 'tension'", "DELETE FROM calibration"}) {
        CHECK(answer_to(folder.file(), sql) == SQLITE_CONSTRAINT);
    }
    CHECK(must(store::verify(folder.file())).sound);
}

TEST_CASE("verify finds a forged set and a run whose set is gone") {
    const Folder folder;
    std::int64_t id = 0;
    {
        auto store = must(store::RunStore::open(folder.file()));
        const auto set = must(store.make_calibration(some_set("temp", -0.5)));
        id = must(store.create_run(some_run(), some_specimen())).run_id;
        std::array<record::Row, 1> rows{some_event("HAPPENED")};
        must(store.append(id, rows));
        must(store.put_run_facts(
            id, {fact("calibration:temp", 1.0, record::calibration_sha256(set))}
        ));
    }
    const auto faults = [&] { return must(store::verify(folder.file())).faults; };
    const auto before = faults();
    const std::string forge =
        "DROP TRIGGER calibration_is_not_changed; UPDATE calibration SET content = "
        "replace(content, '-0.5', '-5.5')";
    REQUIRE(answer_to(folder.file(), forge.c_str()) == SQLITE_OK);
    auto found = faults();
    REQUIRE(found.size() == before.size() + 1);
    CHECK(found.back().find("temp version 1 is not what was stored") != std::string::npos);
    CHECK_FALSE(must(store::RunReader::open(folder.file())).calibration("temp"));
    REQUIRE(
        answer_to(
            folder.file(), "DROP TRIGGER calibration_is_not_deleted; DELETE FROM calibration"
        ) == SQLITE_OK
    );
    found = faults();
    REQUIRE(found.size() == before.size() + 1);
    CHECK(found.back().find("which is not in the file") != std::string::npos);
}

TEST_CASE("facts of a run are in its digest, and a run without them keeps the one it had") {
    const Folder folder;
    auto store = must(store::RunStore::open(folder.file()));
    const auto id = must(store.create_run(some_run(), some_specimen())).run_id;
    const std::string before = must(store::digest(folder.file(), std::nullopt));
    must(store.make_calibration(some_set("temp", -0.5)));
    CHECK(must(store::digest(folder.file(), std::nullopt)) == before);
    must(store.put_run_facts(id, {fact("clamp_factor", 1.0, ""), fact("clamp", 0.0, "tension")}));
    const std::string after = must(store::digest(folder.file(), std::nullopt));
    CHECK(after != before);
    must(store.put_run_facts(id, {fact("clamp_factor", 0.9, "")}));
    CHECK(must(store::digest(folder.file(), std::nullopt)) != after);
    auto reader = must(store::RunReader::open(folder.file()));
    const auto facts = must(reader.run_facts(id));
    REQUIRE(facts.size() == 2);
    CHECK(facts[0].name == "clamp");
    CHECK(facts[1].value == 0.9);
    CHECK(std::isnan(facts[1].sigma));
}

}  // namespace relaxd::test
