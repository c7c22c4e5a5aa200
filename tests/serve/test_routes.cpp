// SPDX-License-Identifier: MIT
//
// The GET routes of CONTRACT 5 against a real campaign file: what they answer, how they refuse.

#include "tests/serve/bench.hpp"

#include <boost/json/serialize.hpp>

#include <array>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace json = boost::json;
using relaxd::record::Event;
using relaxd::test::Bench;
using relaxd::test::Reply;

namespace {

std::string id(std::int64_t run_id) {
    return std::to_string(run_id);
}

}  // namespace

TEST_CASE("health, readiness and metrics need no prefix") {
    Bench bench;
    CHECK(bench.get("/healthz").status == 200);
    CHECK(bench.get("/readyz").status == 200);
    bench.laboratory.reason = "the database is on a full disk";
    const Reply not_ready = bench.get("/readyz");
    CHECK(not_ready.status == 503);
    CHECK(not_ready.error_text().find("full disk") != std::string::npos);
    bench.laboratory.known[0].name = "d\"m\\a\n1";
    Reply metrics = bench.get("/metrics");
    CHECK(metrics.status == 200);
    CHECK(metrics.headers["content-type"].starts_with("text/plain; version=0.0.4"));
    CHECK(metrics.body.find("relaxd_ready 0\n") != std::string::npos);
    CHECK(
        metrics.body.find(R"(relaxd_instrument_connected{instrument="d\"m\\a\n1",)") !=
        std::string::npos
    );
}

TEST_CASE("status shows instruments, current runs and the recording lamp") {
    Bench bench;
    relaxd::daemon::CurrentRun run;
    run.run_id = 3;
    run.instrument = "dma1";
    run.last_seq = 77;
    run.state = relaxd::record::RunState::paused;
    bench.laboratory.current.push_back(run);
    bench.laboratory.waiting = 5;
    const auto never = bench.get("/api/v1/status").json();
    CHECK(never.at("recording").at("last_commit_age_s").is_null());
    bench.laboratory.committed = bench.clock.steady();
    const auto status = bench.get("/api/v1/status").json();
    CHECK(status.at("ready").as_bool());
    CHECK(status.at("instruments").at(0).at("name") == "dma1");
    CHECK(status.at("runs").at(0).at("last_seq") == 77);
    CHECK(status.at("runs").at(0).at("state") == "paused");
    CHECK(status.at("recording").at("rows_waiting") == 5);
    CHECK(status.at("recording").at("last_commit_age_s").as_double() >= 0.0);
    const auto listed = bench.get("/api/v1/instruments").json().at("instruments").at(0);
    CHECK(listed.at("driver") == "q800_class");
    CHECK(listed.at("proven") == 0);
    CHECK(listed.at("proof") == "the conformance kit");
}

TEST_CASE("a run is found by number and by uuid, and an unknown one is 404") {
    Bench bench;
    const auto run_id = bench.create_run();
    const auto runs = bench.get("/api/v1/runs").json();
    REQUIRE(runs.at("runs").as_array().size() == 1);
    const auto run = bench.get("/api/v1/runs/" + id(run_id)).json();
    CHECK(run.at("run_id") == run_id);
    CHECK(run.at("instrument") == "dma1");
    const std::string uuid(run.at("uuid").as_string());
    CHECK(bench.get("/api/v1/runs/" + uuid).json() == run);
    for (const char* unknown :
         {"999", "0", "-1", "nonsense", "99999999999999999999999", "1%20or%201=1"}) {
        INFO(unknown);
        const Reply reply = bench.get("/api/v1/runs/" + std::string(unknown));
        CHECK(reply.status == 404);
        CHECK(reply.error_code() == "not_found");
    }
}

TEST_CASE("points come in pages that join without hole or duplicate") {
    Bench bench;
    const auto run_id = bench.create_run();
    bench.append_points(run_id, 25, 5);
    const std::string base = "/api/v1/runs/" + id(run_id) + "/points";
    std::uint64_t after = 0;
    std::uint64_t expected = 1;
    for (int page = 0; page < 4; ++page) {
        const auto body =
            bench.get(base + "?after_seq=" + std::to_string(after) + "&limit=10").json();
        for (const auto& point : body.at("points").as_array()) {
            CHECK(point.at("seq") == expected++);
            CHECK(point.at("tan_delta").is_null());
            CHECK(point.at("temperature_K").is_double());
        }
        after = body.at("next_after_seq").to_number<std::uint64_t>();
    }
    CHECK(expected == 26);
    CHECK(after == 25);
    CHECK(bench.get(base).json().at("points").as_array().size() == 25);
}

TEST_CASE("limits outside their range are refused by name") {
    Bench bench;
    const auto run_id = bench.create_run();
    bench.append_points(run_id, 100, 5);
    const std::string base = "/api/v1/runs/" + id(run_id) + "/points?";
    const std::vector<std::pair<std::string, std::string>> wrong{
        {"limit=0", "limit"},
        {"limit=10001", "limit"},
        {"limit=-1", "limit"},
        {"limit=ten", "limit"},
        {"limit=", "limit"},
        {"after_seq=-1", "after_seq"},
        {"after_seq=1.5", "after_seq"},
        {"max_points=19", "max_points"},
        {"max_points=0", "max_points"},
        {"limt=5", "limt"},
        {"limit=5&limit=6", "limit"},
        {"after_seq=%zz", "query"},
    };
    for (const auto& [query, where] : wrong) {
        INFO(query);
        const Reply reply = bench.get(base + query);
        CHECK(reply.status == 400);
        CHECK(reply.error_code() == "invalid");
        CHECK(reply.error_text().find(where) != std::string::npos);
    }
    CHECK(bench.get(base + "limit=10000").status == 200);
    CHECK(bench.get(base + "limit=1").status == 200);
    const auto few = bench.get(base + "max_points=20").json();
    CHECK(few.at("points").as_array().size() <= 20);
    CHECK(few.at("points").as_array().size() >= 10);
    CHECK(few.at("next_after_seq") == 100);
}

TEST_CASE("events, estimates, gaps, segments and specimen have their lists") {
    Bench bench;
    const auto run_id = bench.create_run();
    Event event;
    event.time_utc = bench.clock.utc();
    event.code = "STATE";
    event.message = "the run has started";
    event.detail = "running";
    relaxd::record::Estimate estimate;
    estimate.fit_number = 1;
    estimate.time_utc = bench.clock.utc();
    estimate.model = "dynamic";
    estimate.parameter = "chi_Tg";
    relaxd::record::Gap gap;
    gap.missing = 3;
    gap.cause = "link lost";
    gap.time_utc = bench.clock.utc();
    bench.append(run_id, {event, estimate, gap}, false);
    relaxd::record::Segment segment;
    segment.segment = 1;
    segment.text = "Ramp 3 K/min to 550 K";
    segment.started_utc = bench.clock.utc();
    REQUIRE(bench.store->put_segment(run_id, segment));
    const std::string base = "/api/v1/runs/" + id(run_id);
    const auto events = bench.get(base + "/events").json();
    CHECK(events.at("events").at(0).at("detail") == "running");
    CHECK(events.at("next_after_seq") == 1);
    const auto estimates = bench.get(base + "/estimates?after_seq=1").json();
    CHECK(estimates.at("estimates").at(0).at("seq") == 2);
    CHECK(estimates.at("estimates").at(0).at("value").is_null());
    CHECK(bench.get(base + "/gaps").json().at("gaps").at(0).at("missing") == 3);
    CHECK(
        bench.get(base + "/segments").json().at("segments").at(0).at("text") ==
        json::string(segment.text)
    );
    CHECK(bench.get(base + "/specimen").json().at("T_g_K") == 453.0);
    CHECK(bench.get("/api/v1/runs/99/specimen").status == 404);
    const auto empty = bench.get(base + "/events?after_seq=40").json();
    CHECK(empty.at("events").as_array().empty());
    CHECK(empty.at("next_after_seq") == 40);
}

TEST_CASE("what each fit depended on comes in pages by fit number, whole") {
    Bench bench;
    const auto run_id = bench.create_run();
    const std::string base = "/api/v1/runs/" + id(run_id) + "/fits";
    const auto none = bench.get(base).json();
    CHECK(none.at("fits").as_array().empty());
    CHECK(none.at("next_after_fit_number") == 0);
    std::vector<relaxd::record::Row> rows;
    for (std::uint64_t number = 1; number <= 5; ++number) {
        relaxd::record::FitInputs inputs;
        inputs.fit_number = number;
        inputs.model = "dynamic";
        inputs.options = "model name=dynamic\nprior T_g_K=453.00000000000006\n";
        inputs.start = number == 1 ? "" : "ln_E_u=24.1\n";
        inputs.up_to_seq = 10 * number;
        inputs.n_given = 9 * number;
        inputs.dynamic_fit_number = number - 1;
        for (const char* parameter : {"B", "chi_Tg"}) {  // the inputs come with the first row only
            relaxd::record::Estimate estimate;
            estimate.fit_number = number;
            estimate.time_utc = bench.clock.utc();
            estimate.model = "dynamic";
            estimate.parameter = parameter;
            if (parameter[0] == 'B') {
                estimate.inputs = std::make_shared<relaxd::record::FitInputs>(inputs);
            }
            rows.emplace_back(std::move(estimate));
        }
    }
    bench.append(run_id, rows, false);
    const auto first = bench.get(base + "?limit=2").json();
    REQUIRE(first.at("fits").as_array().size() == 2);
    CHECK(first.at("next_after_fit_number") == 2);
    const auto& one = first.at("fits").at(0);
    CHECK(one.at("run_id") == run_id);
    CHECK(one.at("fit_number") == 1);
    CHECK(one.at("options") == "model name=dynamic\nprior T_g_K=453.00000000000006\n");
    CHECK(one.at("start").is_null());
    CHECK(one.at("dynamic_fit_number").is_null());
    CHECK(one.at("up_to_seq") == 10);
    CHECK(one.at("n_given") == 9);
    const auto rest = bench.get(base + "?after_fit_number=2&limit=10000").json();
    REQUIRE(rest.at("fits").as_array().size() == 3);
    CHECK(rest.at("fits").at(0).at("start") == "ln_E_u=24.1\n");
    CHECK(rest.at("fits").at(2).at("dynamic_fit_number") == 4);
    CHECK(rest.at("next_after_fit_number") == 5);
    const auto after = bench.get(base + "?after_fit_number=5").json();
    CHECK(after.at("fits").as_array().empty());
    CHECK(after.at("next_after_fit_number") == 5);
    CHECK(bench.get("/api/v1/runs/99/fits").status == 404);
    for (const char* wrong :
         {"?limit=0", "?limit=10001", "?after_fit_number=-1", "?after_seq=0", "?limit=2.5"}) {
        INFO(wrong);
        CHECK(bench.get(base + wrong).status == 400);
    }
}

TEST_CASE("an export is a whole file with a name made by us, and an unknown format is 501") {
    Bench bench;
    const auto run_id = bench.create_run();
    bench.append_points(run_id, 12);
    const std::string base = "/api/v1/runs/" + id(run_id) + "/export";
    Reply csv = bench.get(base + "?format=csv");
    CHECK(csv.status == 200);
    CHECK(csv.headers["content-type"] == "text/csv; charset=utf-8");
    CHECK(
        csv.headers["content-disposition"] == "attachment; filename=\"run-" + id(run_id) + ".csv\""
    );
    CHECK(csv.body.find("temperature_K") != std::string::npos);
    CHECK(bench.get(base).body == csv.body);
    const Reply whole = bench.get(base + "?format=json");
    CHECK(whole.json().at("points").as_array().size() == 12);
    const Reply hdf = bench.get(base + "?format=nexus");
    CHECK(hdf.status == 501);
    CHECK(hdf.error_code() == "not_built");
    CHECK(bench.get("/api/v1/runs/77/export?format=csv").status == 404);
}

TEST_CASE("unknown paths are 404 and wrong methods 405 with Allow") {
    Bench bench;
    for (const char* path :
         {"/api/v1",
          "/api/v1/",
          "/api/v1/run",
          "/api/v1/status/",
          "/api/v2/status",
          "/../etc/passwd",
          "/%2e%2e/etc/passwd",
          "//",
          "/index.html/",
          "/api/v1/runs//points",
          "/app.js%00"}) {
        INFO(path);
        CHECK(bench.get(path).status == 404);
    }
    Reply deleted = bench.ask("DELETE", "/api/v1/runs/1");
    CHECK(deleted.status == 405);
    CHECK(deleted.headers["allow"] == "GET, HEAD");
    Reply both = bench.ask("PUT", "/api/v1/runs");
    CHECK(both.headers["allow"] == "GET, HEAD, POST");
    CHECK(bench.ask("GET", "/api/v1/runs/1/stop").status == 405);
    CHECK(bench.ask("OPTIONS", "/api/v1/runs").status == 405);
    CHECK(bench.post("/", "{}").status == 405);
    Reply head = bench.ask("HEAD", "/api/v1/status");
    CHECK(head.status == 200);
    CHECK(head.headers["content-length"] != "0");
    CHECK(bench.get("/api/v1/stream").status == 426);
}

TEST_CASE("the OpenAPI document names every route and every schema it refers to") {
    Bench bench;
    const auto document = bench.get("/api/v1/openapi.json").json();
    CHECK(document.at("openapi") == "3.1.0");
    const auto& paths = document.at("paths").as_object();
    std::set<std::string> missing;
    for (const char* path :
         {"/healthz",
          "/readyz",
          "/metrics",
          "/api/v1/status",
          "/api/v1/instruments",
          "/api/v1/runs",
          "/api/v1/runs/{id}",
          "/api/v1/runs/{id}/points",
          "/api/v1/runs/{id}/estimates",
          "/api/v1/runs/{id}/fits",
          "/api/v1/runs/{id}/events",
          "/api/v1/runs/{id}/export",
          "/api/v1/openapi.json",
          "/api/v1/runs/{id}/pause",
          "/api/v1/runs/{id}/resume",
          "/api/v1/runs/{id}/stop",
          "/api/v1/runs/{id}/abort",
          "/api/v1/instruments/{name}/safe",
          "/api/v1/control/acquire",
          "/api/v1/control/release",
          "/api/v1/control/takeover",
          "/api/v1/stream"}) {
        if (!paths.contains(path)) {
            missing.insert(path);
        }
    }
    CHECK(missing.empty());
    CHECK(paths.at("/api/v1/runs").as_object().contains("post"));
    const auto& schemas = document.at("components").at("schemas").as_object();
    const std::string text = json::serialize(document);
    const std::string mark = "#/components/schemas/";
    std::size_t references = 0;
    for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + 1)) {
        const auto start = at + mark.size();
        const std::string name = text.substr(start, text.find('"', start) - start);
        INFO(name);
        CHECK(schemas.contains(name));
        ++references;
    }
    CHECK(references > 40);
}

TEST_CASE("what the routes answer are the keys of the OpenAPI document, no more and no fewer") {
    Bench bench;
    const auto run_id = bench.create_run();
    bench.append_points(run_id, 1);
    Event event;
    event.time_utc = bench.clock.utc();
    event.code = "STATE";
    relaxd::record::Estimate estimate;
    estimate.time_utc = bench.clock.utc();
    relaxd::record::FitInputs inputs;
    inputs.fit_number = 4;
    estimate.inputs = std::make_shared<relaxd::record::FitInputs>(inputs);
    relaxd::record::Gap gap;
    gap.time_utc = bench.clock.utc();
    bench.append(run_id, {event, estimate, gap}, false);
    relaxd::record::Segment segment;
    segment.segment = 1;
    REQUIRE(bench.store->put_segment(run_id, segment));
    const auto document = bench.get("/api/v1/openapi.json").json();
    const auto& schemas = document.at("components").at("schemas").as_object();
    const std::string run = "/api/v1/runs/" + std::to_string(run_id);
    const std::vector<std::array<std::string, 3>> answers{
        {"/api/v1/status", "", "Status"},
        {"/api/v1/instruments", "instruments", "Instrument"},
        {"/api/v1/runs", "runs", "Run"},
        {run, "", "Run"},
        {run + "/points", "points", "Point"},
        {run + "/gaps", "gaps", "Gap"},
        {run + "/events", "events", "Event"},
        {run + "/estimates", "estimates", "Estimate"},
        {run + "/fits?after_fit_number=3", "fits", "Fit"},
        {run + "/segments", "segments", "Segment"},
        {run + "/specimen", "", "Specimen"},
    };
    for (const auto& [target, list, schema] : answers) {
        INFO(target);
        const auto body = bench.get(target).json();
        const json::value row = list.empty() ? json::value(body) : body.at(list).at(0);
        std::set<std::string> sent;
        for (const auto& entry : row.as_object()) {
            sent.insert(entry.key());
        }
        std::set<std::string> promised;
        for (const auto& entry : schemas.at(schema).at("properties").as_object()) {
            promised.insert(entry.key());
        }
        CHECK(sent == promised);
    }
}
