// SPDX-License-Identifier: MIT
//
// GET /api/v1/stream over a real socket: hello, catch-up, live, current, errors, slow clients.

#include "tests/serve/bench.hpp"
#include "tests/support/manual_clock.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstdint>
#include <string>

namespace json = boost::json;
using relaxd::test::Bench;
using relaxd::test::RawClient;
using relaxd::test::Reply;
using relaxd::test::Task;

namespace {

std::string type_of(const json::object& message) {
    return std::string(message.at("type").as_string());
}

std::string subscribe_text(std::int64_t run_id, std::uint64_t after_seq) {
    return R"({"subscribe":{"run":)" + std::to_string(run_id) + R"(,"after_seq":)" +
           std::to_string(after_seq) + "}}";
}

/// Upgrades and takes the hello.
Task<json::object> open_stream(RawClient* client) {
    const Reply reply = co_await client->upgrade();
    REQUIRE(reply.status == 101);
    // RFC 6455, 1.3: the answer to the key of its own example.
    CHECK(reply.headers.at("sec-websocket-accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    json::object hello = co_await client->next();
    CHECK(type_of(hello) == "hello");
    co_return hello;
}

/// Takes points from `from` to `to`, each exactly once and in order.
Task<void> expect_points(
    RawClient* client, std::int64_t run_id, std::uint64_t from, std::uint64_t to
) {
    for (std::uint64_t seq = from; seq <= to; ++seq) {
        const json::object message = co_await client->next_row();
        REQUIRE(type_of(message) == "point");
        REQUIRE(message.at("seq") == seq);
        REQUIRE(message.at("run_id") == run_id);
        REQUIRE(message.at("data").at("seq") == seq);
        REQUIRE(message.at("data").at("loss_modulus_Pa") == 1e9);
    }
}

Task<void> says_hello(Bench* bench, std::int64_t run_id) {
    RawClient client(bench->io, bench->port);
    const json::object hello = co_await open_stream(&client);
    CHECK(hello.at("api_version") == "v1");
    CHECK(hello.at("page_build").as_string().size() == 16);
    CHECK(hello.at("runs").at(0).at("run_id") == run_id);
    CHECK(hello.at("runs").at(0).at("last_seq") == 9);
    const json::object tick = co_await client.next();
    CHECK(type_of(tick) == "tick");
    CHECK_FALSE(tick.contains("seq"));
    CHECK(tick.at("time_utc").is_string());
}

Task<void> catches_up(Bench* bench, std::int64_t run_id) {
    RawClient client(bench->io, bench->port);
    co_await open_stream(&client);
    co_await client.send_text(subscribe_text(run_id, 100));
    co_await expect_points(&client, run_id, 101, 130);
    // Rows that are published while the client still reads its history …
    bench->append_points(run_id, 40, 1, true);
    co_await expect_points(&client, run_id, 131, 400);
    bench->append_points(run_id, 1, 1, true);
    co_await expect_points(&client, run_id, 401, 741);
    // … and when it is live.
    for (std::uint64_t seq = 742; seq < 762; ++seq) {
        bench->append_points(run_id, 1, 1, true);
        co_await expect_points(&client, run_id, seq, seq);
    }
    // A subscription replaces the one before.
    co_await client.send_text(subscribe_text(run_id, 758));
    co_await expect_points(&client, run_id, 759, 761);
}

Task<void> kinds(Bench* bench, std::int64_t run_id) {
    RawClient client(bench->io, bench->port);
    co_await open_stream(&client);
    co_await client.send_text(subscribe_text(run_id, 0));
    for (const char* type : {"state", "event", "estimate", "gap"}) {
        const json::object message = co_await client.next_row();
        CHECK(type_of(message) == type);
        CHECK(message.at("time_utc").is_string());
    }
}

Task<void> follows_current(Bench* bench) {
    RawClient client(bench->io, bench->port);
    co_await open_stream(&client);
    co_await client.send_text(R"({"subscribe":{"run":"current","instrument":"dma1","after_seq":0}})"
    );
    const auto first = bench->create_run();
    bench->append_points(first, 3, 1, true);
    co_await expect_points(&client, first, 1, 3);
    const auto elsewhere = bench->create_run("dma2");
    bench->append_points(elsewhere, 3, 1, true);
    const auto second = bench->create_run();
    bench->append_points(second, 2, 1, true);
    co_await expect_points(&client, second, 1, 2);
    bench->append_points(first, 1, 1, true);
    co_await expect_points(&client, first, 4, 4);
    // A page that comes back after the newest run started brings the old run's seq along.
    co_await client.send_text(
        R"({"subscribe":{"run":"current","instrument":"dma1","after_seq":4000}})"
    );
    co_await expect_points(&client, second, 1, 2);
}

Task<void> stays_open(Bench* bench, std::int64_t run_id) {
    RawClient client(bench->io, bench->port);
    co_await open_stream(&client);
    const std::pair<const char*, const char*> wrong[] = {
        {"{", "invalid"},
        {"[]", "invalid"},
        {"{}", "invalid"},
        {R"({"subscribe":7})", "invalid"},
        {R"({"subscribe":{}})", "invalid"},
        {R"({"subscribe":{"run":-1}})", "invalid"},
        {R"({"subscribe":{"run":1.5}})", "invalid"},
        {R"({"subscribe":{"run":1,"after_seq":-1}})", "invalid"},
        {R"({"subscribe":{"run":1,"after":1}})", "invalid"},
        {R"({"subscribe":{"run":1},"x":1})", "invalid"},
        {R"({"subscribe":{"run":99}})", "not_found"},
        {R"({"subscribe":{"run":"no-such-uuid"}})", "not_found"},
        {R"({"subscribe":{"run":"current","instrument":"dma9"}})", "not_found"},
    };
    for (const auto& [text, code] : wrong) {
        INFO(text);
        co_await client.send_text(text);
        const json::object message = co_await client.next_row();
        CHECK(type_of(message) == "error");
        CHECK(message.at("error").at("code") == code);
    }
    co_await client.send_text(subscribe_text(run_id, 0));
    co_await expect_points(&client, run_id, 1, 5);
}

Task<void> floods(Bench* bench, std::int64_t run_id) {
    RawClient client(bench->io, bench->port);
    co_await open_stream(&client);
    for (int i = 0; i < 60; ++i) {
        co_await client.send_text("{}");
    }
    bool was_told = false;
    for (int i = 0; i < 21; ++i) {
        const json::object message = co_await client.next_row();
        was_told = was_told || message.at("error").at("code") == "refused";
    }
    CHECK(was_told);
    // In the next second it is heard again.
    json::object tick = co_await client.next();
    tick = co_await client.next();
    CHECK(type_of(tick) == "tick");
    co_await client.send_text(subscribe_text(run_id, 4));
    co_await expect_points(&client, run_id, 5, 5);
}

Task<void> oversize(Bench* bench) {
    RawClient client(bench->io, bench->port);
    co_await open_stream(&client);
    co_await client.send_text(std::string(65 * 1024, ' '));
    const json::object closed = co_await client.next_row();
    CHECK(type_of(closed) == "closed");
    CHECK(closed.at("code") == 1009);
}

/// Leaves in the middle of a catch-up.
Task<void> asks_and_leaves(RawClient* client, std::int64_t run_id) {
    co_await open_stream(client);
    co_await client->send_text(subscribe_text(run_id, 0));
    co_await client->next();
}

Task<void> waits_for_close(RawClient* client) {
    const json::object closed = co_await client->next_row();
    CHECK(closed.at("code") == 1001);
    co_await client->send_frame(8, std::string("\x03\xe9", 2));
}

}  // namespace

TEST_CASE("hello comes first and a tick every second") {
    Bench bench;
    const auto run_id = bench.create_run();
    relaxd::daemon::CurrentRun current;
    current.run_id = run_id;
    current.instrument = "dma1";
    current.last_seq = 9;
    bench.laboratory.current.push_back(current);
    bench.run(says_hello(&bench, run_id));
}

TEST_CASE("a late client catches up and goes live without hole or duplicate") {
    Bench bench;
    const auto run_id = bench.create_run();
    bench.append_points(run_id, 700);
    bench.run(catches_up(&bench, run_id));
}

TEST_CASE("every kind of row has its message type") {
    Bench bench;
    const auto run_id = bench.create_run();
    relaxd::record::Event state;
    state.time_utc = bench.clock.utc();
    state.code = "STATE";
    state.detail = "running";
    relaxd::record::Event event = state;
    event.code = "LINK_LOST";
    relaxd::record::Estimate estimate;
    estimate.fit_number = 1;
    estimate.time_utc = bench.clock.utc();
    estimate.model = "dynamic";
    estimate.parameter = "chi_Tg";
    relaxd::record::Gap gap;
    gap.missing = 1;
    gap.time_utc = bench.clock.utc();
    bench.append(run_id, {state, event, estimate, gap}, false);
    bench.run(kinds(&bench, run_id));
}

TEST_CASE("current follows the newest run of the instrument and those that start later") {
    Bench bench;
    bench.run(follows_current(&bench));
}

TEST_CASE("a bad message is answered and the stream stays open") {
    Bench bench;
    const auto run_id = bench.create_run();
    bench.append_points(run_id, 5);
    bench.run(stays_open(&bench, run_id));
}

TEST_CASE("a client that floods is told once and heard again in the next second") {
    Bench bench;
    const auto run_id = bench.create_run();
    bench.append_points(run_id, 5);
    bench.run(floods(&bench, run_id));
}

TEST_CASE("a message over 64 KiB closes the stream with 1009") {
    Bench bench;
    bench.run(oversize(&bench));
}

TEST_CASE("a stop closes streams with 1001") {
    Bench bench;
    RawClient client(bench.io, bench.port);
    const auto opened = [](RawClient* one) -> Task<void> { co_await open_stream(one); };
    bench.run(opened(&client));
    bool is_stopped = false;
    const auto stop = [](Bench* one, bool* flag) -> Task<void> {
        co_await one->server->stop();
        *flag = true;
    };
    boost::asio::co_spawn(bench.io, stop(&bench, &is_stopped), [](const std::exception_ptr&) {});
    bench.run(waits_for_close(&client));
    const auto ended = [](Bench* one, const bool* flag) -> Task<void> {
        while (!*flag) {
            co_await boost::asio::post(one->io, boost::asio::use_awaitable);
        }
    };
    bench.run(ended(&bench, &is_stopped));
    CHECK(is_stopped);
}

TEST_CASE("a server can go while its queries are still running") {
    for (int i = 0; i < 20; ++i) {
        Bench bench;
        const auto run_id = bench.create_run();
        bench.append_points(run_id, 500);
        RawClient client(bench.io, bench.port);
        bench.run(asks_and_leaves(&client, run_id));
        bench.server.reset();
        bench.settle();
    }
}

namespace {

/// Reads nothing until it is cut off; another client misses nothing meanwhile.
Task<void> is_cut_off(Bench* bench, relaxd::test::ManualClock* clock, std::int64_t run_id) {
    RawClient lazy(bench->io, bench->port);
    RawClient busy(bench->io, bench->port);
    co_await open_stream(&lazy);
    co_await open_stream(&busy);
    co_await lazy.send_text(subscribe_text(run_id, 0));
    co_await busy.send_text(subscribe_text(run_id, 0));
    std::uint64_t seq = 0;
    for (int burst = 0; burst < 30; ++burst) {
        bench->append_points(run_id, 100, 1, true);
        co_await expect_points(&busy, run_id, seq + 1, seq + 100);
        seq += 100;
    }
    clock->advance_s(6.0);
    for (int ticks = 0; ticks < 2;) {
        const json::object message = co_await busy.next();
        ticks += type_of(message) == "tick" ? 1 : 0;
    }
    bench->append_points(run_id, 1, 1, true);
    co_await expect_points(&busy, run_id, seq + 1, seq + 1);
}

}  // namespace

TEST_CASE("a client that never reads is cut off and delays nobody") {
    relaxd::test::ManualClock clock;
    Bench bench(&clock);
    const auto run_id = bench.create_run();
    bench.run(is_cut_off(&bench, &clock, run_id));
    const Reply metrics = bench.get("/metrics");
    CHECK(metrics.body.find("relaxd_websocket_stuck_total 1\n") != std::string::npos);
    CHECK(metrics.body.find("relaxd_stream_squashed_rows_total 0\n") != std::string::npos);
}
