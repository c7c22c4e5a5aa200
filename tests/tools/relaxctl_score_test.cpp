// SPDX-License-Identifier: MIT
//
// `relaxctl score` on campaign files whose estimates are off by known errors, and the mark of
// simulated data in what relaxctl prints.
#include "schema/store/run_store.hpp"
#include "tests/tools/command.hpp"

#include <vector>

namespace relaxd::test {

namespace {

/// One run of 40 fits: chi_Tg off by fit·0.05 s.e. (39 of 40 inside ±1.96), B without truth.
std::string campaign(const Folder& folder, bool simulated) {
    const std::string file = folder.file("c.sqlite");
    auto store = store::RunStore::open(file);
    REQUIRE(store);
    record::Run run;
    run.instrument = "dma1";
    run.simulated = simulated;
    const auto created = store->create_run(run, record::Specimen{});
    REQUIRE(created);
    const std::int64_t id = created->run_id;
    std::vector<record::Row> rows;
    record::Point point;
    point.reading.number = 1;
    point.reading.time_s = 1.0;
    point.reading.simulated = simulated;
    rows.emplace_back(point);
    for (int fit = 1; fit <= 40; ++fit) {
        record::Estimate one;
        one.fit_number = static_cast<std::uint64_t>(fit);
        one.model = "dynamic";
        one.parameter = "chi_Tg";
        one.form = "exact";
        one.standard_error = 0.01;
        one.value = 0.4 + 0.01 * 0.05 * fit;
        one.lower_95 = one.value - 0.0196;
        one.upper_95 = one.value + 0.0196;
        one.state = record::ParameterState::determined;
        one.first_seq = one.last_seq = 1;
        one.simulated = simulated;
        rows.emplace_back(one);
        one.parameter = "B";
        rows.emplace_back(one);
    }
    record::Event end;
    end.code = "STATE";
    end.detail = "completed";
    rows.emplace_back(end);
    REQUIRE(store->append_state(id, rows, record::RunState::completed, "done", UtcTime{1}));
    if (simulated) {
        const std::vector<record::Truth> truth{{0, "chi_Tg", 0.4}, {1, "chi", 0.4}};
        REQUIRE(store->put_truth(id, truth));
        REQUIRE(store->put_fact(id, "simulation_material", "la60ni15al25"));
    }
    return file;
}

}  // namespace

TEST_CASE("score prints coverage, z and the last value of every parameter") {
    const Folder folder;
    const std::string file = campaign(folder, true);
    const Outcome table = relaxctl({"score", "1", "--database", file});
    INFO(table.out << table.err);
    REQUIRE(table.exit_code == 0);
    CHECK(has(table.out, "run 1 SIMULATED, material la60ni15al25: 80 estimates, 40 compared"));
    CHECK(has(table.out, "39/40 = 97.5 %"));
    CHECK(has(table.out, "0.42 ± 0.01"));
    CHECK(has(table.out, "OUTSIDE"));
    CHECK(has(table.out, "no truth for dynamic B: the simulation tells no B of this run"));

    const Outcome json = relaxctl({"score", "1", "--database", file, "--json"});
    REQUIRE(json.exit_code == 0);
    CHECK(std::count(json.out.begin(), json.out.end(), '\n') == 1);
    CHECK(has(json.out, R"("material":"la60ni15al25","n_estimates":80,"n_compared":40,)"));
    CHECK(has(json.out, R"("n_determined":40,"n_inside_95":39,"coverage_95":9.75E-1)"));
    CHECK(has(json.out, R"("truth":4E-1)"));
    CHECK(has(json.out, R"("inside_95":false)"));
    CHECK(has(json.out, R"("simulated":1)"));
}

TEST_CASE("score of a real run is refused with one sentence") {
    const Folder folder;
    const std::string file = campaign(folder, false);
    const Outcome refused = relaxctl({"score", "1", "--database", file});
    CHECK(refused.exit_code == 3);
    CHECK(refused.out.empty());
    CHECK(has(refused.err, "run 1 is not simulated: nobody knows its truth"));
    CHECK(std::count(refused.err.begin(), refused.err.end(), '\n') == 1);
    const Outcome json = relaxctl({"score", "1", "--database", file, "--json"});
    CHECK(json.exit_code == 3);
    CHECK(has(json.out, R"({"error":{)"));
    CHECK(relaxctl({"score", "7", "--database", file}).exit_code == 4);
    CHECK(relaxctl({"score", "--database", file}).exit_code == 2);
    CHECK(relaxctl({"score", "1"}).exit_code == 5);  // nobody listens
}

TEST_CASE("simulated data are marked in all that relaxctl prints") {
    const Folder folder;
    const std::string file = campaign(folder, true);
    CHECK(relaxctl({"run", "show", "1", "--database", file}).out.starts_with("SIMULATED: "));
    const Outcome list = relaxctl({"run", "list", "--database", file});
    CHECK(has(list.out, "simulated"));
    const Outcome csv = relaxctl({"export", "1", "--database", file});
    CHECK(has(csv.out, "# simulated: 1\n"));
    CHECK(has(csv.out, "time_s,segment,simulated\n1,0,1\n"));
    const Outcome json = relaxctl({"export", "1", "--database", file, "--format", "json"});
    CHECK(json.out.starts_with(R"({"simulated":1,)"));
    CHECK_FALSE(has(json.out, R"("simulated":0)"));
}

TEST_CASE("the mark survives export and import, by header or by column") {
    const Folder folder;
    const std::string file = campaign(folder, true);
    const std::string csv = relaxctl({"export", "1", "--database", file}).out;
    const std::string bare = csv.substr(csv.find("time_s"));  // somebody cut the header off
    int number = 0;
    for (const std::string& text : {csv, bare}) {
        const std::string name = std::to_string(++number);
        const std::string other = folder.file(name + ".sqlite");
        const Outcome imported =
            relaxctl({"import", folder.write(name + ".csv", text), "--database", other});
        INFO(imported.out << imported.err);
        REQUIRE(imported.exit_code == 0);
        CHECK(has(imported.out, ", SIMULATED"));
        CHECK(has(
            relaxctl({"run", "show", "1", "--database", other, "--json"}).out, R"("simulated":1)"
        ));
        const Outcome again = relaxctl({"export", "1", "--database", other});
        CHECK(has(again.out, "# simulated: 1\n"));
        CHECK(has(again.out, bare));
    }
    // A channel of that name that holds other numbers is somebody's own.
    const std::string own = folder.write("own.csv", "time_s,simulated\n1,3.5\n2,1\n");
    const std::string other = folder.file("own.sqlite");
    REQUIRE(relaxctl({"import", own, "--database", other}).exit_code == 0);
    CHECK(has(relaxctl({"run", "show", "1", "--database", other, "--json"}).out, R"("simulated":0)")
    );
}

}  // namespace relaxd::test
