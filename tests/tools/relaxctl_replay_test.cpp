// SPDX-License-Identifier: MIT
//
// `replay` of a run that a daemon gives out: what it asks for, where it stops, and what it says
// when it cannot be done. That it computes what the file gives is tests/system/test_fits.py.
#include "tests/tools/command.hpp"
#include "tests/tools/played_daemon.hpp"

#include <string>
#include <vector>

namespace relaxd::test {

namespace {

std::string ok(const std::string& body) {
    return answer("200 OK", body);
}

std::string run_of(const std::string& state, int last_seq) {
    return ok(
        R"({"run_id":7,"uuid":"u-7","state":")" + state + R"(","last_seq":)" +
        std::to_string(last_seq) + R"(,"simulated":1,"code_version":"old"})"
    );
}

std::string list(const std::string& name, const std::string& rows, int next) {
    const std::string cursor = name == "fits" ? "next_after_fit_number" : "next_after_seq";
    return ok(
        R"({")" + name + R"(":[)" + rows + R"(],")" + cursor + R"(":)" + std::to_string(next) + "}"
    );
}

std::string estimate(int seq, int fit_number) {
    return R"({"seq":)" + std::to_string(seq) + R"(,"fit_number":)" + std::to_string(fit_number) +
           R"(,"model":"dynamic","parameter":"B","value":0.5,"state":"determined",)"
           R"("n_points":3,"code_version":"old"})";
}

const std::string no_estimates = list("estimates", "", 0);
const std::string no_fits = list("fits", "", 0);
const std::string no_points = list("points", "", 0);
const std::string no_route = answer(
    "404 Not Found",
    R"({"error":{"code":"not_found","message":"there is no such path","where":"","hint":""}})"
);

Outcome replayed(const std::vector<std::string>& answers, bool as_json = false) {
    const PlayedDaemon daemon(answers);
    std::vector<std::string> words{"replay", "7", "--url", daemon.url()};
    if (as_json) {
        words.emplace_back("--json");
    }
    return relaxctl(words);
}

}  // namespace

TEST_CASE("a daemon that does not give out its fits is said to be too old, with the way round") {
    const std::vector<std::string> answers{run_of("completed", 9), no_estimates, no_route};
    const Outcome outcome = replayed(answers);
    CHECK(outcome.exit_code == 1);
    CHECK(outcome.out.empty());
    CHECK(has(outcome.err, "this relaxd is older than relaxctl"));
    CHECK(has(outcome.err, "add --database FILE"));
    const Outcome with_json = replayed(answers, true);
    CHECK(with_json.exit_code == 1);
    CHECK(has(with_json.out, R"({"error":{"code":"not_built",)"));
}

TEST_CASE("a run that the daemon does not know is not found, in the daemon's words") {
    const Outcome outcome = replayed({answer(
        "404 Not Found",
        R"({"error":{"code":"not_found","message":"there is no run '7'","where":"","hint":"look"}})"
    )});
    CHECK(outcome.exit_code == 4);
    CHECK(outcome.err == "relaxctl: there is no run '7' (look)\n");
}

TEST_CASE("a run without fits has nothing to replay; one that goes on is said to") {
    const Outcome ended = replayed({run_of("completed", 9), no_estimates, no_fits, no_points});
    CHECK(ended.exit_code == 0);
    CHECK(ended.out == "run 7 SIMULATED: no stored fit, nothing to replay\n");
    const Outcome running = replayed({run_of("running", 9), no_estimates, no_fits, no_points});
    CHECK(running.exit_code == 0);
    CHECK(
        has(running.out,
            "nothing to replay (the run has not ended: it is running, this is what "
            "was stored up to seq 9)")
    );
    const Outcome paused = replayed({run_of("paused", 9), no_estimates, no_fits, no_points}, true);
    CHECK(has(paused.out, R"("state":"paused","up_to_seq":9)"));
}

TEST_CASE("everything is taken page by page up to the seq that the run had, and no further") {
    PlayedDaemon daemon(
        {run_of("running", 5),
         list("estimates", estimate(2, 1), 2),
         list("estimates", estimate(5, 2) + "," + estimate(6, 3), 6),
         no_fits,
         list("points", R"({"seq":1},{"seq":3})", 3),
         list("points", "", 3)}
    );
    const Outcome outcome = relaxctl({"replay", "u-7", "--url", daemon.url(), "--json"});
    CHECK(outcome.exit_code == 3);  // fits whose inputs nobody stored
    CHECK(has(outcome.out, R"("n_fits":2,"n_estimates":2,)"));
    CHECK(has(outcome.out, R"("n_without_inputs":2,"stored_by":["old"])"));
    CHECK(has(outcome.err, "2 of 2 fits cannot be replayed"));
    const std::vector<std::string> asked{
        "/api/v1/runs/u-7 ",
        "/api/v1/runs/7/estimates?limit=10000&after_seq=0 ",
        "/api/v1/runs/7/estimates?limit=10000&after_seq=2 ",
        "/api/v1/runs/7/fits?limit=10000&after_fit_number=0 ",
        "/api/v1/runs/7/points?limit=10000&after_seq=0 ",
        "/api/v1/runs/7/points?limit=10000&after_seq=3 ",
    };
    REQUIRE(daemon.requests().size() == asked.size());
    for (std::size_t i = 0; i < asked.size(); ++i) {
        INFO(daemon.requests()[i]);
        CHECK(daemon.requests()[i].starts_with("GET " + asked[i]));
    }
}

TEST_CASE("a part that does not come is an error, never a shorter run") {
    const std::string cut = "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"points\":[";
    const std::string busy = answer(
        "503 Service Unavailable",
        R"({"error":{"code":"stopping","message":"the daemon is stopping","where":"","hint":""}})"
    );
    const std::string run = run_of("completed", 9);
    const std::string stuck = list("estimates", estimate(2, 1), 0);
    struct Case {
        int exit_code;
        std::string what;
        std::vector<std::string> answers;
    };
    const std::vector<Case> cases{
        {5, "connection", {run, no_estimates, no_fits, cut}},
        {5, "the daemon is stopping", {run, no_estimates, busy}},
        {1, "something else", {ok("<html>")}},
        {1, "something else", {run, ok(R"({"estimates":[]})")}},
        {1, "something else", {run, ok(R"({"points":[],"next_after_seq":0})")}},
        {1, "something else", {run, stuck}},
        {1, "fit_number", {run, list("estimates", R"({"seq":1})", 1)}},
        {1, "options", {run, no_estimates, list("fits", R"({"fit_number":1,"model":"x"})", 1)}},
        {1,
         "tan_delta",
         {run, no_estimates, no_fits, list("points", R"({"seq":1,"tan_delta":"a"})", 1)}},
        {1, "last_seq", {ok(R"({"run_id":7,"state":"completed"})")}},
    };
    for (const auto& [exit_code, what, answers] : cases) {
        const Outcome outcome = replayed(answers);
        CAPTURE(what, outcome.err);
        CHECK(outcome.exit_code == exit_code);
        CHECK(has(outcome.err, what));
        CHECK(outcome.out.empty());
    }
}

}  // namespace relaxd::test
