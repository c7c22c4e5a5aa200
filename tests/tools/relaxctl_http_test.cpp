// SPDX-License-Identifier: MIT
//
// relaxctl against a daemon that is played by the test: which requests it sends, and what it makes
// of every answer.
#include "tests/tools/command.hpp"
#include "tests/tools/played_daemon.hpp"

#include <utility>

namespace relaxd::test {

namespace {

const std::string refusal =
    R"({"error":{"code":"x","message":"it cannot be","where":"there","hint":"do that"}})";

}  // namespace

TEST_CASE("with --json the body of the route is printed unchanged") {
    const std::string body = R"({"runs": [ }, no JSON at all)";
    const std::string odd = R"({ "runs" : [{"run_id":3,"state":"running"}], "later": null })";
    const PlayedDaemon daemon(
        {answer("200 OK", odd), answer("200 OK", odd + "\n"), answer("200 OK", body)}
    );
    for (int i = 0; i < 2; ++i) {
        REQUIRE(relaxctl({"run", "list", "--json", "--url", daemon.url()}).out == odd + "\n");
    }
    const Outcome broken = relaxctl({"run", "list", "--json", "--url", daemon.url()});
    REQUIRE(broken.exit_code == 1);
}

TEST_CASE("every HTTP status has its exit code, the daemon's sentence and its advice") {
    const std::vector<std::pair<std::string, int>> table{
        {"400 Bad Request", 2},
        {"415 Unsupported Media Type", 2},
        {"421 Misdirected Request", 2},
        {"401 Unauthorized", 3},
        {"403 Forbidden", 3},
        {"409 Conflict", 3},
        {"413 Payload Too Large", 3},
        {"404 Not Found", 4},
        {"503 Service Unavailable", 5},
        {"500 Internal Server Error", 1},
        {"501 Not Implemented", 1},
    };
    for (const auto& [status, exit_code] : table) {
        INFO(status);
        const PlayedDaemon daemon({answer(status, refusal), answer(status, refusal)});
        const Outcome get = relaxctl({"status", "--url", daemon.url()});
        REQUIRE(get.exit_code == exit_code);
        REQUIRE(get.err == "relaxctl: there: it cannot be (do that)\n");
        const Outcome post = relaxctl({"--json", "run", "stop", "1", "--url", daemon.url()});
        REQUIRE(post.exit_code == exit_code);
        REQUIRE(post.out == refusal + "\n");
    }
}

TEST_CASE("check against an instrument says what the daemon would say of a method") {
    const Folder folder;
    const std::string hot = folder.write(
        "hot.toml",
        "mode = \"multi-frequency-strain\"\nclamp = \"single-cantilever\"\namplitude = \"15 um\"\n"
        "frequencies = [\"1 Hz\"]\nsegments = [\"Ramp 3 K/min to 2000 K\"]\n"
    );
    const PlayedDaemon daemon({answer(
        "400 Bad Request",
        R"({"error":{"code":"invalid_method","message":"2000 K is above 873.15 K","where":"method:5","hint":""}})"
    )});
    const Outcome refused =
        relaxctl({"--json", "check", hot, "--instrument", "dma1", "--url", daemon.url()});
    REQUIRE(refused.exit_code == 2);
    REQUIRE(has(refused.out, R"({"error":{"code":"invalid_method",)"));
    REQUIRE(has(refused.err, "2000 K"));
    REQUIRE(has(refused.err, "hot.toml:5"));
}

TEST_CASE("check against an instrument prints what the method will cost") {
    const Folder folder;
    const std::string method =
        folder.write("m.toml", "mode = \"creep\"\nsegments = [\"Equilibrate at 300 K\"]\n");
    const PlayedDaemon daemon(
        {answer("200 OK", R"({"valid":true,"forecast":["A point takes 8 min"]})")}
    );
    const Outcome told = relaxctl({"check", method, "--instrument", "dma1", "--url", daemon.url()});
    INFO(told.err);
    REQUIRE(told.exit_code == 0);
    REQUIRE(has(told.out, "forecast: A point takes 8 min"));
}

TEST_CASE("run start sends method text and specimen, and prints the run id") {
    const Folder folder;
    const std::string method = folder.write("m.toml", "mode = \"creep\"\n# 25 °C\n");
    const std::string specimen = folder.write("s.json", R"({"name": "plate 7", "length_m": 0.02})");
    const std::vector<std::string> words{
        "run", "start", "--instrument", "dma1", "--method", method, "--specimen", specimen
    };
    const std::string created = R"({"run_id":7,"state":"running"})";
    Outcome started;
    std::string request;
    {
        PlayedDaemon daemon({answer("201 Created", created)});
        std::vector<std::string> all = words;
        all.insert(all.end(), {"--url", daemon.url(), "--lease", "42"});
        started = relaxctl(all);
        request = daemon.requests().at(0);
        REQUIRE(has(request, "Host: " + daemon.url().substr(7) + "\r\n"));
    }
    REQUIRE(started.exit_code == 0);
    REQUIRE(started.out == "7\n");
    REQUIRE(request.starts_with("POST /api/v1/runs HTTP/1.1\r\n"));
    REQUIRE(has(request, "Content-Type: application/json\r\n"));
    REQUIRE(has(request, "X-Relaxd-Lease: 42\r\n"));
    REQUIRE(has(
        request,
        R"({"instrument":"dma1","method":"mode = \"creep\"\n# 25 °C\n","specimen":{"name":"plate 7")"
    ));

    const std::string wrong = folder.write("w.json", R"({"name": "x", "length_m": -1})");
    const Outcome refused =
        relaxctl({"run", "start", "--instrument", "dma1", "--method", method, "--specimen", wrong});
    REQUIRE(refused.exit_code == 2);
    REQUIRE(has(refused.err, "length_m"));
}

TEST_CASE("pause, resume, stop and abort are POSTs of their names; ids are encoded") {
    for (const std::string verb : {"pause", "resume", "stop", "abort"}) {
        PlayedDaemon daemon({answer("200 OK", R"({"run_id":1,"state":"paused"})")});
        const Outcome done = relaxctl({"run", verb, "1/..", "--url", daemon.url()});
        REQUIRE(done.exit_code == 0);
        REQUIRE(done.out == "run 1: paused\n");
        REQUIRE(daemon.requests().at(0).starts_with(
            "POST /api/v1/runs/1%2F../" + verb + " HTTP/1.1\r\n"
        ));
    }
}

TEST_CASE("a daemon that is cut off in its answer is unreachable, not believed") {
    const PlayedDaemon daemon(
        {"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"runs\":[", "", "HTTP/1.0 what\r\n\r\n"}
    );
    for (int i = 0; i < 3; ++i) {
        const Outcome outcome = relaxctl({"run", "list", "--url", daemon.url()});
        REQUIRE(outcome.exit_code == 5);
        REQUIRE(outcome.out.empty());
    }
}

TEST_CASE("a creep run is not timed from its start where its readings came without their numbers") {
    const std::string rows =
        "time_s,temperature_K,strain,stress_Pa,segment\n"
        "0,420,0,0,1\n10,420,1e-5,0,2\n11,420,8e-4,2.5e7,3\n12,420,8.1e-4,2.5e7,3\n";
    const std::string run =
        R"({"run_id":1,"method":"mode = \"creep\"\nclamp = \"tension\"\nsegments = [)"
        R"(\"Equilibrate at 420 K\", \"Displace 25 MPa for 330 s\"]\n"})";
    const auto points = [](int count) {
        std::string list;
        for (int i = 1; i <= count; ++i) {
            list += (i > 1 ? "," : "") + (R"({"seq":)" + std::to_string(i)) +
                    R"(,"reading_number":)" + std::to_string(i) + "}";
        }
        return answer(
            "200 OK",
            R"({"points":[)" + list + R"(],"next_after_seq":)" + std::to_string(count) + "}"
        );
    };
    const auto fitted = [&](int numbers) {
        const PlayedDaemon daemon(
            {answer("200 OK", rows),
             answer("200 OK", run),
             points(numbers),
             points(0),
             answer("200 OK", R"({"events":[],"next_after_seq":0})"),
             answer("200 OK", R"({"run_id":1,"clamp":"tension"})")}
        );
        return relaxctl({"fit", "run:1", "--model", "creep", "--url", daemon.url()});
    };
    const Outcome cut = fitted(2);
    REQUIRE(cut.exit_code == 5);
    REQUIRE(has(cut.err, "of 4 readings only 2 came with their numbers"));
    for (const int numbers : {4, 6}) {  // two more were taken meanwhile
        const Outcome whole = fitted(numbers);
        CAPTURE(numbers, whole.err);
        REQUIRE_FALSE(has(whole.err, "numbers"));
        REQUIRE(whole.exit_code != 5);
    }
}

TEST_CASE("what an instrument named itself cannot steer the terminal") {
    const std::string body =
        "{\"instruments\":[{\"name\":\"dma1\",\"identity\":\"\\u001b[2Jgone\"}]}";
    const PlayedDaemon daemon({answer("200 OK", body)});
    const Outcome outcome = relaxctl({"instrument", "list", "--url", daemon.url()});
    REQUIRE(outcome.exit_code == 0);
    REQUIRE(outcome.out.find('\x1b') == std::string::npos);
    REQUIRE(has(outcome.out, "?[2Jgone"));
}

TEST_CASE("the instrument list says in words what is unproven, and what was shown of it") {
    const std::string body = R"({"instruments":[{"name":"dma1","driver":"q800_class","proven":0,)"
                             R"("proof":"conformance kit on simulated instruments"},)"
                             R"({"name":"dma2","driver":"other","proven":1,"proof":null}]})";
    const PlayedDaemon daemon({answer("200 OK", body), answer("200 OK", body)});
    const Outcome outcome = relaxctl({"instrument", "list", "--url", daemon.url()});
    REQUIRE(outcome.exit_code == 0);
    const std::string first = outcome.out.substr(outcome.out.find("dma1"));
    REQUIRE(has(first.substr(0, first.find('\n')), "unproven"));
    REQUIRE(has(first.substr(0, first.find('\n')), "conformance kit on simulated instruments"));
    const std::string second = outcome.out.substr(outcome.out.find("dma2"));
    REQUIRE_FALSE(has(second, "unproven"));
    REQUIRE(has(second, "proven"));
    const Outcome raw = relaxctl({"instrument", "list", "--json", "--url", daemon.url()});
    REQUIRE(has(raw.out, "\"proven\":0"));
}

}  // namespace relaxd::test
