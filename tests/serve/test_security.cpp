// SPDX-License-Identifier: MIT
//
// OPERATOR T1-T3: who may talk to the daemon, decided by the header alone.

#include "daemon/serve/security.hpp"
#include "tests/serve/bench.hpp"

#include <string>
#include <vector>

using relaxd::daemon::HostList;
using relaxd::daemon::http::Request;
using relaxd::test::Bench;
using relaxd::test::RawClient;
using relaxd::test::Reply;
using relaxd::test::Task;

namespace {

Request request_of(
    const std::string& method, const std::vector<std::pair<std::string, std::string>>& headers
) {
    Request request;
    request.method = method;
    request.target = "/api/v1/runs";
    for (const auto& header : headers) {
        request.headers.emplace(header.first, header.second);
    }
    return request;
}

unsigned verdict(const Request& request, bool is_stream = false) {
    const HostList hosts("127.0.0.1", 8737, {"dma-pc.lab:8737"});
    const auto refusal = relaxd::daemon::judge(request, hosts, is_stream);
    return refusal ? refusal->status : 200;
}

constexpr auto host = "127.0.0.1:8737";
constexpr auto json = "application/json";

}  // namespace

TEST_CASE("a host that is not on the list is refused, whatever it resembles") {
    const std::vector<std::pair<std::string, unsigned>> forms{
        {"127.0.0.1:8737", 200},       // the address
        {"localhost:8737", 200},       // the name
        {"LocalHost:8737", 200},       // case does not matter
        {"[::1]:8737", 200},           // IPv6
        {"dma-pc.lab:8737", 200},      // configured
        {"localhost", 421},            // no port, and the port is not 80
        {"localhost.:8737", 421},      // trailing dot
        {"user@localhost:8737", 421},  // user information
        {"localhost:8738", 421},       // another port
        {"evil.example:8737", 421},    // rebinding
        {"127.0.0.1.evil.example:8737", 421},
        {"::1:8737", 421},         // IPv6 without brackets
        {"2130706433:8737", 421},  // 127.0.0.1 as one number
        {"127.1:8737", 421},       // short form
        {"localhost:08737", 421},
        {" localhost:8737", 421},
        {"", 421},
    };
    for (const auto& [form, expected] : forms) {
        INFO(form);
        CHECK(verdict(request_of("GET", {{"host", form}})) == expected);
    }
    CHECK(verdict(request_of("GET", {})) == 421);
    CHECK(verdict(request_of("GET", {{"host", host}, {"host", "evil.example"}})) == 421);
    CHECK(verdict(request_of("GET", {{"host", host}, {"host", host}})) == 421);
}

TEST_CASE("without a port a loopback host is taken on port 80 alone") {
    const HostList web("127.0.0.1", 80, {});
    CHECK(web.allows_host("localhost"));
    CHECK(web.allows_host("127.0.0.1"));
    CHECK(web.allows_host("[::1]"));
    CHECK(web.allows_host("localhost:80"));
    CHECK_FALSE(web.allows_host("localhost:8080"));
    CHECK(HostList("::1", 99, {}).allows_host("[::1]:99"));
    CHECK(HostList("127.0.0.5", 99, {}).allows_host("127.0.0.5:99"));
}

TEST_CASE("a page of another origin can neither post nor open the stream") {
    const std::vector<std::pair<std::string, unsigned>> origins{
        {"http://127.0.0.1:8737", 200},
        {"http://localhost:8737", 200},
        {"http://[::1]:8737", 200},
        {"https://127.0.0.1:8737", 403},
        {"http://127.0.0.1:9999", 403},
        {"http://127.0.0.1", 403},
        {"http://evil.example", 403},
        {"http://127.0.0.1:8737.evil.example", 403},
        {"http://127.0.0.1:8737/", 403},
        {"null", 403},
        {"", 403},
        {"file://", 403},
    };
    for (const auto& [origin, expected] : origins) {
        INFO(origin);
        CHECK(
            verdict(request_of("POST", {{"host", host}, {"content-type", json}, {"origin", origin}})
            ) == expected
        );
        CHECK(verdict(request_of("GET", {{"host", host}, {"origin", origin}}), true) == expected);
        // Reading is guarded by the browser: there are no CORS headers.
        CHECK(verdict(request_of("GET", {{"host", host}, {"origin", origin}})) == 200);
    }
    CHECK(
        verdict(request_of(
            "POST", {{"host", host}, {"content-type", json}, {"sec-fetch-site", "cross-site"}}
        )) == 403
    );
    CHECK(
        verdict(request_of(
            "POST", {{"host", host}, {"content-type", json}, {"sec-fetch-site", "same-site"}}
        )) == 403
    );
    CHECK(
        verdict(request_of(
            "POST", {{"host", host}, {"content-type", json}, {"sec-fetch-site", "same-origin"}}
        )) == 200
    );
    CHECK(
        verdict(request_of(
            "POST",
            {{"host", host},
             {"content-type", json},
             {"origin", "http://localhost:8737"},
             {"origin", "http://evil.example"}}
        )) == 403
    );
}

TEST_CASE("a POST is application/json, or empty without a content type") {
    using Headers = std::vector<std::pair<std::string, std::string>>;
    const std::vector<std::pair<Headers, unsigned>> posts{
        {{{"content-type", "application/json"}, {"content-length", "2"}}, 200},
        {{{"content-type", "Application/JSON; charset=utf-8"}, {"content-length", "2"}}, 200},
        {{{"content-length", "0"}}, 200},
        {{}, 200},
        {{{"content-length", "2"}}, 415},
        {{{"transfer-encoding", "chunked"}}, 415},
        {{{"content-type", "text/plain"}, {"content-length", "2"}}, 415},
        {{{"content-type", "text/plain"}}, 415},
        {{{"content-type", "application/x-www-form-urlencoded"}, {"content-length", "0"}}, 415},
        {{{"content-type", "multipart/form-data"}, {"content-length", "9"}}, 415},
        {{{"content-type", "application/jsonx"}, {"content-length", "2"}}, 415},
        {{{"content-type", ""}, {"content-length", "0"}}, 415},
        {{{"content-type", json}, {"content-type", "text/plain"}}, 415},
    };
    for (auto [headers, expected] : posts) {
        INFO((headers.empty() ? "no header" : headers[0].first + ": " + headers[0].second));
        headers.emplace_back("host", host);
        CHECK(verdict(request_of("POST", headers)) == expected);
    }
}

TEST_CASE("a response header can never hold a control byte") {
    relaxd::daemon::http::HeaderList headers;
    CHECK(headers.set("X-Name", "plain text"));
    for (int byte = 0; byte < 0x20; ++byte) {
        CHECK_FALSE(headers.set("X-Name", std::string("a") + static_cast<char>(byte) + "b"));
    }
    CHECK_FALSE(headers.set("X-Name", "a\x7f"));
    CHECK_FALSE(headers.set("X Name", "a"));
    CHECK_FALSE(headers.set("X-Name:", "a"));
    CHECK_FALSE(headers.set("", "a"));
    CHECK(headers.find("x-name") == "plain text");
    CHECK(headers.entries().size() == 1);
}

TEST_CASE("every response carries the security headers, and no CORS header") {
    Bench bench;
    for (const char* target : {"/", "/api/v1/status", "/api/v1/nowhere", "/healthz"}) {
        INFO(target);
        Reply reply = bench.get(target, "Origin: http://evil.example\r\n");
        CHECK(
            reply.headers["content-security-policy"] ==
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
            "connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
        );
        CHECK(reply.headers["x-content-type-options"] == "nosniff");
        CHECK(reply.headers["referrer-policy"] == "no-referrer");
        CHECK(reply.headers["cross-origin-opener-policy"] == "same-origin");
        CHECK(reply.headers["cross-origin-resource-policy"] == "same-origin");
        CHECK_FALSE(reply.headers["cache-control"].empty());
        CHECK(reply.headers.count("access-control-allow-origin") == 0);
    }
}

namespace {

Task<void> foreign_host(Bench* bench) {
    RawClient client(bench->io, bench->port);
    const Reply reply = co_await client.ask(
        "GET", "/api/v1/status", "Host: evil.example:" + std::to_string(bench->port) + "\r\n"
    );
    CHECK(reply.status == 421);
    CHECK(reply.error_code() == "misdirected");
    const bool closed = co_await client.is_closed();
    CHECK(closed);
}

Task<void> foreign_stream(Bench* bench) {
    RawClient client(bench->io, bench->port);
    const Reply refused = co_await client.upgrade("Origin: http://127.0.0.1:1\r\n");
    CHECK(refused.status == 403);
    RawClient rebound(bench->io, bench->port);
    const Reply misdirected = co_await rebound.upgrade("Host: evil.example\r\n");
    CHECK(misdirected.status == 421);
    RawClient script(bench->io, bench->port);
    const Reply without_origin = co_await script.upgrade();
    CHECK(without_origin.status == 101);
    RawClient page(bench->io, bench->port);
    const Reply same_origin = co_await page.upgrade("Origin: http://" + page.host() + "\r\n");
    CHECK(same_origin.status == 101);
}

}  // namespace

TEST_CASE("a wrong host is answered 421 and the connection closed") {
    Bench bench;
    bench.run(foreign_host(&bench));
}

TEST_CASE("the stream's origin is judged before the upgrade") {
    Bench bench;
    bench.run(foreign_stream(&bench));
}

TEST_CASE("a cross-origin POST changes nothing") {
    Bench bench;
    const Reply answer =
        bench.ask("POST", "/api/v1/instruments/dma1/safe", "Origin: http://evil.example\r\n");
    CHECK(answer.status == 403);
    CHECK(answer.error_code() == "cross_origin");
    CHECK(bench.laboratory.made_safe.empty());
}

TEST_CASE("the server refuses to listen beyond loopback") {
    boost::asio::io_context io;
    relaxd::test::FakeLaboratory laboratory;
    relaxd::SystemClock clock;
    relaxd::daemon::ServeConfig config;
    for (const char* address : {"0.0.0.0", "192.168.1.4", "::", "example.org", "127.0.0.1.evil"}) {
        INFO(address);
        config.listen_host = address;
        relaxd::daemon::ApiServer server(io, laboratory, config, clock);
        const auto started = server.start();
        REQUIRE_FALSE(started);
        CHECK(started.error().sentence().find(address) != std::string::npos);
    }
}
