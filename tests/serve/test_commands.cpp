// SPDX-License-Identifier: MIT
//
// The POST routes of CONTRACT 5: what reaches the laboratory, and what never does.

#include "daemon/serve/idempotency.hpp"
#include "tests/serve/bench.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <string>
#include <utility>
#include <vector>

using relaxd::Errc;
using relaxd::Error;
using relaxd::daemon::IdempotencyLog;
using relaxd::test::Bench;
using relaxd::test::RawClient;
using relaxd::test::Reply;
using relaxd::test::Task;

namespace {

std::string id(std::int64_t run_id) {
    return std::to_string(run_id);
}

constexpr auto start_body =
    R"({"instrument":"dma1","method":"mode = \"aging\"","specimen":{"name":"la-1","length_m":0.01}})";

}  // namespace

TEST_CASE("a run starts once with what was sent") {
    Bench bench;
    Reply reply = bench.post("/api/v1/runs", start_body, "X-Relaxd-Lease: 12\r\n");
    CHECK(reply.status == 201);
    CHECK(reply.json().at("run_id") == 7);
    CHECK(reply.json().at("state") == "running");
    CHECK(reply.headers["location"] == "/api/v1/runs/7");
    REQUIRE(bench.laboratory.started.size() == 1);
    CHECK(bench.laboratory.started[0].request.method_toml == "mode = \"aging\"");
    CHECK(bench.laboratory.started[0].request.specimen.length_m == 0.01);
    CHECK(bench.laboratory.started[0].lease == 12);
}

TEST_CASE("what a read-only instrument measures is followed without a method") {
    Bench bench;
    Reply reply = bench.post("/api/v1/runs", R"({"instrument":"q800","follow":true})");
    CHECK(reply.status == 201);
    REQUIRE(bench.laboratory.started.size() == 1);
    CHECK(bench.laboratory.started[0].request.follow);
    CHECK(bench.laboratory.started[0].request.method_toml.empty());
    reply = bench.post("/api/v1/runs", R"({"instrument":"q800","follow":"yes"})");
    CHECK(reply.status == 400);
    CHECK(reply.body.find("follow") != std::string::npos);
    CHECK(bench.laboratory.started.size() == 1);
}

TEST_CASE("a body that cannot be meant is refused by the name of what is wrong") {
    Bench bench;
    std::string deep = R"({"instrument":)" + std::string(40, '[') + std::string(40, ']') + "}";
    const std::vector<std::pair<std::string, std::string>> wrong{
        {"{", "body"},
        {"[]", "object"},
        {"\"\"", "object"},
        {deep, "body"},
        {R"({"instrument":"dma1"})", "method"},
        {R"({"instrument":7,"method":"x"})", "instrument"},
        {R"({"instrument":"","method":"x"})", "instrument"},
        {R"({"instrument":"dma1","methode":"x"})", "methode"},
        {R"({"instrument":"dma1","method":"x","specimen":7})", "specimen"},
        {R"({"instrument":"dma1","method":"x","specimen":{"length_m":-1}})", "length_m"},
    };
    for (const auto& [body, named] : wrong) {
        INFO(body);
        const Reply reply = bench.post("/api/v1/runs", body);
        CHECK(reply.status == 400);
        INFO(reply.body);
        CHECK(reply.error_text().find(named) != std::string::npos);
    }
    CHECK(bench.post("/api/v1/runs", "", "").status == 400);
    CHECK(bench.post("/api/v1/runs/7/stop", R"({"now":true})").status == 400);
    CHECK(bench.laboratory.started.empty());
    CHECK(bench.laboratory.commanded.empty());
    const Reply lease = bench.post("/api/v1/runs", start_body, "X-Relaxd-Lease: mine\r\n");
    CHECK(lease.status == 400);
    CHECK(lease.error_text().find("X-Relaxd-Lease") != std::string::npos);
}

TEST_CASE("the laboratory's refusals keep their code") {
    Bench bench;
    const auto answer = [&](Errc code, const char* message) {
        Error error;
        error.code = code;
        error.message = message;
        bench.laboratory.refusal = error;
        return bench.post("/api/v1/runs", start_body);
    };
    const Reply busy = answer(Errc::refused, "instrument_busy: dma1 executes run 3");
    CHECK(busy.status == 409);
    CHECK(busy.error_code() == "instrument_busy");
    CHECK(busy.error_text().starts_with("dma1 executes run 3"));
    const Reply held = answer(Errc::refused, "lease_held by J. Doe");
    CHECK(held.status == 409);
    CHECK(held.error_code() == "lease_held");
    CHECK(held.error_text().find("J. Doe") != std::string::npos);
    CHECK(answer(Errc::refused, "the run has ended").error_code() == "refused");
    CHECK(answer(Errc::invalid, "no").status == 400);
    const Reply hot = answer(Errc::invalid, "invalid_method: temperature 2000 K is outside");
    CHECK(hot.status == 400);
    CHECK(hot.error_code() == "invalid_method");
    CHECK(hot.error_text().starts_with("temperature 2000 K"));
    CHECK(answer(Errc::not_found, "no").status == 404);
    CHECK(answer(Errc::unreachable, "no").status == 503);
    CHECK(answer(Errc::timeout, "no").status == 503);
    CHECK(answer(Errc::not_built, "no").status == 501);
    CHECK(answer(Errc::internal, "no").status == 500);
}

TEST_CASE("an action takes an empty body or an empty object") {
    Bench bench;
    const auto run_id = bench.create_run();
    const std::string uuid(bench.get("/api/v1/runs/" + id(run_id)).json().at("uuid").as_string());
    CHECK(bench.post("/api/v1/runs/" + id(run_id) + "/pause", "{}").json().at("state") == "paused");
    CHECK(bench.ask("POST", "/api/v1/runs/" + uuid + "/stop").json().at("run_id") == run_id);
    CHECK(bench.post("/api/v1/runs/nonsense/stop", "{}").status == 404);
    REQUIRE(bench.laboratory.commanded.size() == 2);
    CHECK(bench.laboratory.commanded[0].verb == "pause");
    CHECK(bench.laboratory.commanded[1].run_id == run_id);
    const Reply safe = bench.ask("POST", "/api/v1/instruments/dma1/safe");
    CHECK(safe.status == 200);
    CHECK(safe.json().at("instrument") == "dma1");
    CHECK(safe.json().at("state") == "idle");
    CHECK(bench.post("/api/v1/instruments/dma9/safe", "{}").status == 404);
}

TEST_CASE("the trace of a link is switched, and the instrument list tells since when and where") {
    Bench bench;
    relaxd::record::Instrument known;
    known.name = "dma1";
    bench.laboratory.known.push_back(known);
    const auto listed = [&] {
        return bench.get("/api/v1/instruments").json().at("instruments").at(0).as_object();
    };
    CHECK(listed().at("trace") == "off");
    CHECK(listed().at("trace_file").is_null());
    CHECK(listed().at("trace_since_utc").is_null());
    const std::string path = "/api/v1/instruments/dma1/trace";
    const Reply on = bench.post(path, R"({"on":true})", "X-Relaxd-Lease: 3\r\n");
    CHECK(on.status == 200);
    CHECK(on.json().at("instrument") == "dma1");
    CHECK(on.json().at("trace") == "on");
    CHECK(bench.laboratory.trace_lease == 3);
    CHECK(listed().at("trace") == "on");
    CHECK(listed().at("trace_file") == "/data/traffic/dma1.traffic");
    CHECK(listed().at("trace_since_utc") == "2026-01-01T00:00:00.000000Z");
    CHECK(listed().at("trace_lost_chunks") == 0);
    CHECK(bench.post(path, R"({"on":false})").json().at("trace") == "off");
    for (const char* wrong :
         {"{}", "", R"({"on":"yes"})", R"({"on":1})", R"({"off":true})", "[]"}) {
        INFO(wrong);
        CHECK(bench.post(path, wrong).status == 400);
    }
    CHECK(bench.post("/api/v1/instruments/dma9/trace", R"({"on":true})").status == 404);
    Error held;
    held.code = Errc::refused;
    held.message = "lease_held by J. Doe";
    bench.laboratory.refusal = held;
    CHECK(bench.post(path, R"({"on":true})").error_code() == "lease_held");
    CHECK(bench.laboratory.trace.state == "off");
}

TEST_CASE("the control lease is acquired, refused, taken over and released") {
    Bench bench;
    const std::string body = R"({"instrument":"dma1","client":"page","note":"ramp"})";
    const Reply first = bench.post("/api/v1/control/acquire", body);
    CHECK(first.status == 200);
    CHECK(first.json().at("lease") == 1);
    CHECK(first.json().at("expires_utc") == "2026-01-01T00:00:30.000000Z");
    CHECK(bench.laboratory.holder_note == "page/ramp");
    CHECK(bench.post("/api/v1/control/acquire", body).error_code() == "lease_held");
    CHECK(bench.post("/api/v1/control/takeover", body).json().at("lease") == 2);
    CHECK(bench.post("/api/v1/control/release", body, "X-Relaxd-Lease: 1\r\n").status == 409);
    const Reply released = bench.post("/api/v1/control/release", body, "X-Relaxd-Lease: 2\r\n");
    CHECK(released.status == 200);
    CHECK(released.json().empty());
    CHECK(bench.post("/api/v1/control/acquire", R"({"client":"x"})").status == 400);
}

TEST_CASE("an idempotency key makes a POST act once") {
    Bench bench;
    const std::string key = "Idempotency-Key: 4711\r\n";
    const Reply first = bench.post("/api/v1/runs", start_body, key);
    const Reply again = bench.post("/api/v1/runs", start_body, key);
    CHECK(first.status == 201);
    CHECK(again.status == 201);
    CHECK(again.body == first.body);
    CHECK(bench.laboratory.started.size() == 1);
    const Reply other =
        bench.post("/api/v1/runs", R"({"instrument":"dma1","method":"other"})", key);
    CHECK(other.status == 409);
    CHECK(other.error_code() == "idempotency_conflict");
    CHECK(bench.laboratory.started.size() == 1);
    CHECK(bench.post("/api/v1/runs", start_body, "Idempotency-Key: 4712\r\n").status == 201);
    CHECK(bench.laboratory.started.size() == 2);
    CHECK(
        bench.post("/api/v1/runs", start_body, "Idempotency-Key: " + std::string(201, 'x') + "\r\n")
            .status == 400
    );
}

TEST_CASE("a refused request may act when it is sent again with its key") {
    Bench bench;
    Error error;
    error.code = Errc::refused;
    error.message = "instrument_busy";
    bench.laboratory.refusal = error;
    CHECK(bench.post("/api/v1/runs", start_body, "Idempotency-Key: k\r\n").status == 409);
    bench.laboratory.refusal.reset();
    CHECK(bench.post("/api/v1/runs", start_body, "Idempotency-Key: k\r\n").status == 201);
}

TEST_CASE("STOP acts every time, whatever its key and body") {
    Bench bench;
    for (int i = 0; i < 3; ++i) {
        CHECK(
            bench.post("/api/v1/instruments/dma1/safe", "{\"x\":", "Idempotency-Key: one\r\n")
                .status == 200
        );
    }
    CHECK(bench.laboratory.made_safe.size() == 3);
}

namespace {

Task<void> same_key(Bench* bench, Reply* reply) {
    RawClient client(bench->io, bench->port);
    *reply = co_await client.post("/api/v1/runs", start_body, "Idempotency-Key: twin\r\n");
}

Task<void> until_both(Bench* bench, const Reply* first, const Reply* second) {
    while (first->status == 0 || second->status == 0) {
        co_await boost::asio::post(bench->io, boost::asio::use_awaitable);
    }
}

}  // namespace

TEST_CASE("the same key sent twice at the same time acts once") {
    Bench bench;
    bench.laboratory.starts_slowly = true;
    Reply first;
    Reply second;
    for (Reply* reply : {&first, &second}) {
        boost::asio::co_spawn(bench.io, same_key(&bench, reply), [](const std::exception_ptr&) {});
    }
    bench.run(until_both(&bench, &first, &second));
    CHECK(first.status == 201);
    CHECK(second.body == first.body);
    CHECK(bench.laboratory.started.size() == 1);
}

TEST_CASE("a thousand newer keys push the oldest one out, not fewer") {
    boost::asio::io_context io;
    IdempotencyLog log;
    const relaxd::daemon::http::Response done(201, "text/plain", std::string("done"));
    for (std::size_t i = 0; i <= IdempotencyLog::capacity; ++i) {
        const std::string key = std::to_string(i);
        log.begin(key, "sha", io.get_executor());
        log.finish(key, done);
        REQUIRE((log.find("0") != nullptr) == (i < IdempotencyLog::capacity));
    }
    CHECK(log.size() == IdempotencyLog::capacity);
    CHECK(log.find("1") != nullptr);
}
