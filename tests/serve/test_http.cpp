// SPDX-License-Identifier: MIT
//
// HTTP itself: limits, time-outs, pipelining, embedded files.

#include "daemon/serve/assets.hpp"
#include "daemon/serve/http_server.hpp"
#include "schema/base/sha256.hpp"
#include "tests/serve/bench.hpp"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

using relaxd::daemon::http::HttpServer;
using relaxd::daemon::http::Limits;
using relaxd::daemon::http::Request;
using relaxd::daemon::http::Response;
using relaxd::test::Bench;
using relaxd::test::RawClient;
using relaxd::test::Reply;
using relaxd::test::Task;

namespace {

Task<Reply> raw(RawClient* client, std::string bytes) {
    co_await client->connect();
    co_await client->send(std::move(bytes));
    co_return co_await client->receive();
}

Reply send_raw(Bench& bench, const std::string& bytes) {
    RawClient client(bench.io, bench.port);
    return bench.reply_of(raw(&client, bytes));
}

}  // namespace

TEST_CASE("the page is served by exact name, with its ETag") {
    Bench bench;
    Reply page = bench.get("/");
    CHECK(page.status == 200);
    CHECK(page.headers["content-type"] == "text/html; charset=utf-8");
    CHECK(page.headers["cache-control"] == "no-cache");
    const std::string tag = page.headers["etag"];
    CHECK(tag == "\"" + relaxd::sha256_hex(page.body) + "\"");
    Reply known = bench.get("/index.html", "If-None-Match: \"x\", W/" + tag + "\r\n");
    CHECK(known.status == 304);
    CHECK(known.body.empty());
    Reply zipped = bench.get("/", "Accept-Encoding: br, gzip;q=0.5\r\n");
    const auto asset = relaxd::daemon::find_asset("index.html");
    REQUIRE(asset);
    REQUIRE_FALSE(asset->gzip.empty());
    CHECK(zipped.headers["content-encoding"] == "gzip");
    CHECK(zipped.body == asset->gzip);
    CHECK(zipped.headers["etag"] != tag);
    CHECK(bench.get("/", "Accept-Encoding: gzip;q=0\r\n").headers.count("content-encoding") == 0);
    CHECK(relaxd::daemon::page_build() == relaxd::sha256_hex(page.body).substr(0, 16));
}

TEST_CASE("what is too large or no HTTP is refused and closed") {
    Bench bench;
    const std::string host = "Host: 127.0.0.1:" + std::to_string(bench.port) + "\r\n";
    const Reply large = bench.post("/api/v1/runs", std::string(1024 * 1024 + 1, ' '));
    CHECK(large.status == 413);
    CHECK(large.error_code() == "too_large");
    const Reply announced = send_raw(
        bench,
        "POST /api/v1/runs HTTP/1.1\r\n" + host +
            "Content-Type: application/json\r\nContent-Length: 99999999\r\n\r\n"
    );
    CHECK(announced.status == 413);
    const Reply line =
        send_raw(bench, "GET /" + std::string(4096, 'a') + " HTTP/1.1\r\n" + host + "\r\n");
    CHECK(line.status == 414);
    const Reply header =
        send_raw(bench, "GET / HTTP/1.1\r\n" + host + "X: " + std::string(8192, 'a') + "\r\n\r\n");
    CHECK(header.status == 431);
    std::string many;
    for (int i = 0; i < 70; ++i) {
        many += "X-" + std::to_string(i) + ": 1\r\n";
    }
    CHECK(send_raw(bench, "GET / HTTP/1.1\r\n" + host + many + "\r\n").status == 431);
    CHECK(send_raw(bench, "\x16\x03\x01 nonsense\r\n\r\n").status == 400);
    CHECK(send_raw(bench, "GET http://127.0.0.1/ HTTP/1.1\r\n" + host + "\r\n").status == 400);
    CHECK(bench.get("/healthz").status == 200);
}

namespace {

Task<void> two_on_one_connection(Bench* bench) {
    RawClient client(bench->io, bench->port);
    for (int i = 0; i < 3; ++i) {
        const Reply reply = co_await client.ask("GET", "/healthz");
        CHECK(reply.status == 200);
    }
    const std::string request = "GET /healthz HTTP/1.1\r\nHost: " + client.host() + "\r\n\r\n";
    co_await client.send(request + request);
    const Reply first = co_await client.receive();
    const Reply second = co_await client.receive();
    CHECK(first.status == 200);
    CHECK(second.status == 200);
}

Task<void> expects_continue(Bench* bench) {
    RawClient client(bench->io, bench->port);
    co_await client.connect();
    co_await client.send(
        "POST /api/v1/runs/1/stop HTTP/1.1\r\nHost: " + client.host() +
        "\r\nContent-Type: application/json\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
    );
    const Reply go_on = co_await client.receive(true);
    CHECK(go_on.status == 100);
    co_await client.send("{}");
    const Reply reply = co_await client.receive();
    CHECK(reply.status == 200);
}

}  // namespace

TEST_CASE("a connection serves several requests, one after the other") {
    Bench bench;
    bench.run(two_on_one_connection(&bench));
    bench.run(expects_continue(&bench));
}

namespace {

Task<Response> answer_hello(Request) {
    co_return Response(200, "text/plain", std::string("hello"));
}

/// A bare server with limits of the test's choice.
struct BareServer {
    explicit BareServer(Limits limits) : server(io, limits, hooks(), clock) {
        const auto bound = server.listen("127.0.0.1", 0);
        REQUIRE(bound);
        port = *bound;
    }
    ~BareServer() {
        try {
            relaxd::test::run_on(io, server.stop(std::chrono::milliseconds(100)));
        } catch (const std::exception& failure) {
            WARN(failure.what());
        }
    }
    BareServer(const BareServer&) = delete;
    BareServer& operator=(const BareServer&) = delete;

    static relaxd::daemon::http::Hooks hooks() {
        relaxd::daemon::http::Hooks hooks;
        hooks.gate = [](const Request&) { return std::optional<Response>(); };
        hooks.handle = [](Request request) { return answer_hello(std::move(request)); };
        hooks.refuse = [](unsigned status, std::string_view sentence) {
            return Response(status, "text/plain", std::string(sentence));
        };
        hooks.websocket_path = "/stream";
        return hooks;
    }

    boost::asio::io_context io;
    relaxd::SystemClock clock;
    HttpServer server;
    std::uint16_t port = 0;
};

Task<void> sends_and_waits(RawClient* client, std::string bytes) {
    co_await client->connect();
    co_await client->send(std::move(bytes));
    const bool closed = co_await client->is_closed();
    CHECK(closed);
}

Task<void> asks_and_waits(RawClient* client) {
    const Reply reply = co_await client->ask("GET", "/");
    CHECK(reply.status == 200);
    const bool closed = co_await client->is_closed();
    CHECK(closed);
}

Task<void> is_turned_away(BareServer* bare) {
    RawClient first(bare->io, bare->port);
    RawClient second(bare->io, bare->port);
    const Reply served = co_await first.ask("GET", "/");
    CHECK(served.status == 200);
    co_await second.connect();
    const Reply refused = co_await second.receive();
    CHECK(refused.status == 503);
    CHECK(bare->server.counters().turned_away == 1);
}

}  // namespace

TEST_CASE("a request that does not arrive in time is cut off") {
    Limits limits;
    limits.header_time = std::chrono::milliseconds(60);
    limits.body_time = std::chrono::milliseconds(60);
    limits.idle_time = std::chrono::milliseconds(60);
    BareServer bare(limits);
    const std::vector<std::string> slow{
        "",
        "GET / HT",
        "GET / HTTP/1.1\r\nHost: a\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n123",
    };
    for (const std::string& bytes : slow) {
        INFO(bytes);
        RawClient client(bare.io, bare.port);
        relaxd::test::run_on(bare.io, sends_and_waits(&client, bytes));
    }
    RawClient idle(bare.io, bare.port);
    relaxd::test::run_on(bare.io, asks_and_waits(&idle));
}

TEST_CASE("connections over the cap are turned away at once") {
    Limits limits;
    limits.connections = 1;
    BareServer bare(limits);
    relaxd::test::run_on(bare.io, is_turned_away(&bare));
}

TEST_CASE("a port that is in use is an error with the address") {
    BareServer bare(Limits{});
    HttpServer second(bare.io, Limits{}, BareServer::hooks(), bare.clock);
    const auto bound = second.listen("127.0.0.1", bare.port);
    REQUIRE_FALSE(bound);
    CHECK(bound.error().sentence().find(std::to_string(bare.port)) != std::string::npos);
    CHECK_FALSE(second.listen("localhost", 0));
}
