// SPDX-License-Identifier: MIT
// The instrument's side of docs/protocols/q800_class.md, clause by clause.
#include "tests/simulator/sim_host.hpp"
#include "tests/support/catch.hpp"

#include <rapidcheck.h>

#include <algorithm>

namespace relaxd::simulator {
using test::creep_method;
using test::ramp_method;
using test::sim_options;
using test::SimHost;

namespace {

std::string head_of(const std::string& answer) {
    return answer.substr(0, answer.find(' ', 2));
}

void arm(SimHost& host, const std::vector<std::string>& method = ramp_method()) {
    const std::string segments =
        std::to_string(method.size() - (method[0] == "mode creep" ? 3 : 5));
    REQUIRE(
        host.download(method).rfind(
            "= method token=run-1 segments=" + segments + " length_m=", 0
        ) == 0
    );
}

void start(SimHost& host, const std::vector<std::string>& method = ramp_method()) {
    arm(host, method);
    REQUIRE(host.ask("start run-1") == "= start token=run-1");
}

std::string value_of(const std::string& answer, const std::string& key) {
    const auto at = answer.find(" " + key + "=");
    if (at == std::string::npos) {
        return "absent";
    }
    const auto from = at + key.size() + 2;
    return answer.substr(from, answer.find(' ', from) - from);
}

}  // namespace

TEST_CASE("the instrument says who it is", "[simulator][device]") {
    SimHost host(sim_options(1.0, 5));
    const auto answer = host.ask("identify");
    CHECK(value_of(answer, "protocol") == "1");
    CHECK(value_of(answer, "simulated") == "1");
    CHECK(value_of(answer, "serial") == "SIM-5");
    CHECK(value_of(answer, "keeps") == "65536");
}

TEST_CASE("status follows the run through its states", "[simulator][device]") {
    SimHost host(sim_options(1000.0));
    CHECK(value_of(host.ask("status"), "state") == "idle");
    CHECK(value_of(host.ask("status"), "token") == "-");
    arm(host);
    CHECK(value_of(host.ask("status"), "state") == "armed");
    host.ask("start run-1");
    host.advance_s(0.5);
    auto status = host.ask("status");
    CHECK(value_of(status, "state") == "running");
    CHECK(value_of(status, "segment") == "2");
    CHECK(value_of(status, "time_s") == "500");
    CHECK(value_of(status, "kept") == "1");
    REQUIRE(host.finish(0.1));
    status = host.ask("status");
    CHECK(value_of(status, "state") == "cooling");
    CHECK(value_of(status, "cause") == "completed");
    CHECK(value_of(status, "reading") == "1415");
    host.advance_s(2.0);
    host.advance_s(2.0);
    CHECK(value_of(host.ask("status"), "state") == "idle");
    CHECK(value_of(host.ask("status"), "token") == "run-1");
    const std::vector<std::string> changes = {
        "S armed 0 run-1 0 -",
        "S running 1 run-1 0 -",
        "S running 2 run-1 0 -",
        "S running 3 run-1 150 -",
        "S cooling 0 run-1 1415 completed",
        "S idle 0 run-1 1415 completed",
    };
    CHECK(host.with("S ") == changes);
}

TEST_CASE("a resent reading is the same line byte for byte", "[simulator][device]") {
    SimHost host(sim_options(1000.0));
    start(host);
    host.advance_s(0.6);
    const auto sent = host.with("R ");
    REQUIRE(sent.size() > 100);
    host.lines.clear();
    CHECK(host.ask("resend 5 20") == "= resend first=5 last=20 count=16");
    CHECK(host.with("R ") == std::vector<std::string>(sent.begin() + 4, sent.begin() + 20));
    host.lines.clear();
    const std::string all = std::to_string(sent.size());
    CHECK(host.ask("resend 1") == "= resend first=1 last=" + all + " count=" + all);
    CHECK(host.with("R ") == sent);
    CHECK(host.ask("resend 99999") == "= resend first=0 last=0 count=0");
    CHECK(head_of(host.ask("resend 0")) == "! bad_argument");
    CHECK(head_of(host.ask("resend 7 3")) == "! bad_argument");
}

TEST_CASE("readings outlive the run until the next start", "[simulator][device]") {
    SimHost host(sim_options(1000.0));
    start(host);
    host.advance_s(0.6);
    host.ask("safe");
    CHECK(value_of(host.ask("status"), "cause") == "safe");
    CHECK(value_of(host.ask("resend 1 3"), "count") == "3");
    arm(host);
    CHECK(value_of(host.ask("resend 1 3"), "count") == "3");
    host.ask("start run-1");
    CHECK(value_of(host.ask("resend 1 3"), "count") == "0");
}

TEST_CASE("the clock waits rather than forget an unstored reading", "[simulator][device]") {
    auto options = sim_options(1000.0);
    options.keeps = 20;
    SimHost host(options);
    start(host);
    host.advance_s(1.0);
    host.advance_s(1.0);
    CHECK(host.count("R ") == 20);
    CHECK(host.ask("ack 15") == "= ack ack=15");
    host.advance_s(1.0);
    CHECK(host.count("R ") == 35);
    CHECK(host.ask("resend 1 100") == "= resend first=16 last=35 count=20");
}

TEST_CASE("the clock waits while output backs up and loses nothing", "[simulator][device]") {
    SimHost host(sim_options(10000.0));
    auto method = creep_method();
    method[3] = "segment sampling interval_s=0.1";
    start(host, method);
    for (int k = 0; k < 200; ++k) {
        host.now_ns += 10'000'000;
        host.device.advance_to(SteadyTime{host.now_ns});  // nobody takes the output
    }
    const std::size_t backlog = host.device.take_output().size();
    CHECK(backlog > 200000);
    CHECK(backlog < 400000);
    host.device.disconnect();  // and what was taken is found again by number
    host.device.connect();
    const auto status = host.ask("status");
    CHECK(
        host.ask("resend 1") == "= resend first=1 last=" + value_of(status, "reading") +
                                    " count=" + value_of(status, "reading")
    );
}

TEST_CASE("the clock does not pass the allowed reading", "[simulator][device]") {
    SimHost host(sim_options(1000.0));
    CHECK(host.ask("allow 7") == "= allow allow=7");
    start(host);
    host.advance_s(5.0);
    host.advance_s(5.0);
    CHECK(host.count("R ") == 7);
    host.ask("allow 9");
    host.advance_s(1.0);
    CHECK(host.count("R ") == 9);
    host.ask("allow 0");
    host.advance_s(0.1);
    CHECK(host.count("R ") > 12);
}

TEST_CASE("a segment ends after the named reading", "[simulator][device]") {
    auto method = ramp_method();
    method[6] = "segment isothermal_until duration_s=100000";
    SimHost host(sim_options(1000.0));
    start(host, method);
    CHECK(host.ask("end_segment 12") == "= end_segment after=12");
    host.advance_s(1.0);
    REQUIRE(host.count("S running 3 run-1 12 -") == 0);  // segment 1 was meant: it ended by itself
    host.ask("allow " + std::to_string(host.count("R ") + 5));
    host.advance_s(1.0);
    const std::size_t newest = host.count("R ");
    CHECK(
        host.ask("end_segment " + std::to_string(newest)) ==
        "= end_segment after=" + std::to_string(newest)
    );
    host.ask("allow 0");
    host.advance_s(0.2);
    CHECK(host.count("S running 3 run-1 " + std::to_string(newest) + " -") == 1);
    const auto late = host.ask("end_segment " + std::to_string(newest - 1));
    CHECK(head_of(late) == "! late");
    CHECK(head_of(host.ask("end_segment 3")) == "! late");
}

TEST_CASE("a future reading ends the segment in which it comes", "[simulator][device]") {
    auto method = ramp_method();
    method[6] = "segment isothermal_until duration_s=100000";
    SimHost host(sim_options(1000.0));
    start(host, method);
    while (host.count("R ") == 0) {
        host.advance_s(0.01);
    }
    CHECK(host.ask("end_segment 40") == "= end_segment after=40");
    host.advance_s(1.0);
    CHECK(host.count("S running 3 run-1 40 -") == 1);
}

TEST_CASE("hold freezes the programme and readings go on", "[simulator][device]") {
    SimHost host(sim_options(100.0));
    start(host);
    host.advance_s(3.0);
    CHECK(host.ask("hold") == "= hold");
    CHECK(host.ask("hold") == "= hold");
    const std::size_t before = host.count("R ");
    host.advance_s(20.0);
    CHECK(host.count("R ") > before + 200);
    CHECK(value_of(host.ask("status"), "segment") == "2");  // 600 s are long over
    CHECK(host.ask("resume") == "= resume");
    host.advance_s(6.0);
    CHECK(value_of(host.ask("status"), "segment") == "3");
    host.ask("hold");
    const auto set = value_of(host.ask("status"), "set_temperature_K");
    host.advance_s(50.0);
    CHECK(value_of(host.ask("status"), "set_temperature_K") == set);
    CHECK(host.count("S holding") == 2);
    host.ask("stop");
    CHECK(host.lines.back() == "= " + std::to_string(20) + " stop");
    CHECK(head_of(host.ask("hold")) == "! state");
    CHECK(head_of(host.ask("resume")) == "! state");
}

TEST_CASE("a host that stays silent makes the instrument safe", "[simulator][device]") {
    SimHost host(sim_options(10.0));
    CHECK(host.ask("heartbeat 5") == "= heartbeat seconds=5");
    start(host);
    host.advance_s(4.9);
    CHECK(value_of(host.ask("status"), "state") == "running");
    host.advance_s(4.9);
    host.raw("noise that is no valid line\n");
    CHECK(host.lines.back() == "! 0 bad_crc line dropped");
    host.advance_s(0.2);
    CHECK(host.lines.back() == "S idle 0 run-1 2 heartbeat");
    const auto status = host.ask("status");
    CHECK(value_of(status, "state") == "idle");
    CHECK(value_of(status, "cause") == "heartbeat");
    // The clock of the run stood still at the deadline, 2 x 4.9 s + 0.1 s after the start.
    CHECK(value_of(status, "time_s") == "99");
}

TEST_CASE("a lost connection does not end a run, a missed heartbeat does", "[simulator][device]") {
    SimHost host(sim_options(1000.0));
    host.ask("heartbeat 30");
    start(host);
    host.device.disconnect();
    host.advance_s(1.0);
    CHECK(host.count("R ") == 0);
    host.device.connect();
    CHECK(value_of(host.ask("status"), "state") == "running");
    CHECK(value_of(host.ask("resend 1"), "first") == "1");
    host.device.disconnect();
    host.advance_s(31.0);
    host.device.connect();
    CHECK(value_of(host.ask("status"), "cause") == "heartbeat");
}

TEST_CASE("the heartbeat has bounds and cannot be switched off in a run", "[simulator][device]") {
    SimHost host(sim_options(10.0));
    CHECK(head_of(host.ask("heartbeat 0.5")) == "! bad_argument");
    CHECK(head_of(host.ask("heartbeat 3601")) == "! bad_argument");
    CHECK(head_of(host.ask("heartbeat x")) == "! bad_argument");
    CHECK(host.ask("heartbeat 0") == "= heartbeat seconds=0");
    start(host);
    CHECK(head_of(host.ask("heartbeat 0")) == "! state");
}

TEST_CASE(
    "a request with the same ID is answered again and not executed again", "[simulator][device]"
) {
    SimHost host(sim_options(1.0));
    host.raw(framed("77 method begin abc 3"));
    host.raw(framed("78 method line 1 mode creep"));
    host.raw(framed("78 method line 1 mode creep"));
    REQUIRE(host.lines.size() == 3);
    CHECK(host.lines[1] == "= 78 method line=1");
    CHECK(host.lines[2] == host.lines[1]);
    host.raw(framed("79 method line 1 mode creep"));
    CHECK(host.lines[3].rfind("! 79 bad_argument", 0) == 0);
    for (int k = 0; k < 64; ++k) {
        host.raw(framed(std::to_string(1000 + k) + " status"));
    }
    host.raw(framed("78 method line 2 clamp tension"));  // forgotten by now
    CHECK(host.lines.back() == "= 78 method line=2");
    host.device.disconnect();
    host.device.connect();
    host.raw(framed("78 method line 3 geometry x=1"));
    CHECK(host.lines.back().rfind("! 78 method", 0) == 0);
}

TEST_CASE("requests that are not of the language are refused", "[simulator][device]") {
    SimHost host(sim_options(1.0));
    for (const char* payload :
         {"identify", "0 identify", "1000000000 identify", "-1 identify", "x"}) {
        host.raw(framed(payload));
        CHECK(host.lines.back().rfind("! 0 syntax ", 0) == 0);
    }
    CHECK(head_of(host.ask("dance")) == "! unknown_verb");
    CHECK(head_of(host.ask("status now")) == "! syntax");
    CHECK(head_of(host.ask(" status")) == "! syntax");
    CHECK(head_of(host.ask("status ")) == "! syntax");
    CHECK(head_of(host.ask("start x")) == "! state");
    CHECK(head_of(host.ask("method commit")) == "! state");
    CHECK(head_of(host.ask("method line 1 mode creep")) == "! state");
    CHECK(head_of(host.ask("method begin a/b 3")) == "! bad_argument");
    CHECK(head_of(host.ask("method begin a 0")) == "! bad_argument");
    CHECK(head_of(host.ask("method begin a 20001")) == "! bad_argument");
    CHECK(head_of(host.ask("end_segment 1")) == "! state");
    CHECK(head_of(host.ask("truth 1 1001")) == "! bad_argument");
    CHECK(host.ask("truth 1 1000") == "= truth count=0");
    CHECK(host.ask("stop") == "= stop");
    arm(host);
    CHECK(head_of(host.ask("start other")) == "! bad_argument");
    host.ask("start run-1");
    CHECK(head_of(host.ask("method begin b 3")) == "! state");
    CHECK(head_of(host.ask("start run-1")) == "! state");
}

TEST_CASE("a bad method line is refused with its code", "[simulator][device]") {
    struct Case {
        std::size_t line;
        const char* text;
        const char* head;
    };
    const auto bad = GENERATE(
        Case{0, "mode stress-ramp", "! unsupported"},
        Case{0, "clamp tension", "! method"},
        Case{1, "clamp vice", "! method"},
        Case{1, "geometry length_m=1", "! method"},
        Case{2, "geometry length_m=0.0175 width_m=0.003", "! method"},
        Case{
            2, "geometry length_m=0.0175 width_m=0 thickness_m=0.001 poisson_ratio=0.3", "! limit"
        },
        Case{2, "geometry length_m=- width_m=0 thickness_m=- poisson_ratio=-", "! limit"},
        Case{2, "geometry length_m=- width_m=- thickness_m=- poisson_ratio=0.6", "! method"},
        Case{2, "geometry length_m=- width_m=- thickness_m=-", "! method"},
        Case{3, "amplitude displacement_m=4e-07", "! limit"},
        Case{3, "amplitude displacement_m=0.02", "! limit"},
        Case{4, "frequencies 1 250", "! limit"},
        Case{4, "frequencies 0.009", "! limit"},
        Case{4, "frequencies one", "! method"},
        Case{5, "segment equilibrate temperature_K=900", "! limit"},
        Case{5, "segment equilibrate temperature_K=nan", "! method"},
        Case{5, "segment equilibrate", "! method"},
        Case{5, "segment dance", "! method"},
        Case{6, "segment isothermal duration_s=-1", "! method"},
        Case{6, "segment displace stress_Pa=1 duration_s=1", "! method"},
        Case{7, "segment ramp rate_K_per_s=0.5 temperature_K=550", "! limit"},
        Case{7, "segment ramp rate_K_per_s=0.3 temperature_K=200", "! limit"},
        Case{7, "segment ramp rate_K_per_s=0 temperature_K=200", "! method"},
        Case{7, "segment  ramp", "! syntax"}
    );
    SimHost host(sim_options(1.0));
    auto method = ramp_method();
    method[bad.line] = bad.text;
    INFO(bad.text);
    CHECK(head_of(host.download(method)) == bad.head);
    CHECK(head_of(host.ask("method commit")) == "! method");
    CHECK(head_of(host.ask("start run-1")) == "! state");
    // The refused line may be given again.
    CHECK(
        host.ask(
            "method line " + std::to_string(bad.line + 1) + " " + ramp_method()[bad.line]
        )[0] == '='
    );
}

TEST_CASE("limits hold up to their bound", "[simulator][device]") {
    auto method = ramp_method();
    method[4] = "frequencies 0.01 200";
    method[7] = "segment ramp rate_K_per_s=0.3333333333333333 temperature_K=873.15";
    SimHost host(sim_options(1.0));
    CHECK(host.download(method)[0] == '=');
    auto creep = creep_method();
    creep[5] = "segment displace stress_Pa=72000000 duration_s=1";  // 18 N on 0.25 mm^2
    CHECK(host.download(creep)[0] == '=');
    creep[5] = "segment displace stress_Pa=-72000000 duration_s=1";
    CHECK(host.download(creep)[0] == '=');
    for (const char* beyond : {"72100000", "-72100000"}) {
        creep[5] = "segment displace stress_Pa=" + std::string(beyond) + " duration_s=1";
        CHECK(head_of(host.download(creep)) == "! limit");
    }
}

TEST_CASE("truth is told by name", "[simulator][device]") {
    SimHost host(sim_options(1000.0, 9));
    const auto told = host.ask("truth run");
    CHECK(value_of(told, "count") == std::to_string(host.count("T 0 ")));
    CHECK(host.count("T 0 E_u_Pa 3.3e+10") == 1);
    CHECK(host.count("T 0 seed 9") == 1);
    CHECK(host.count("T 0 noise_storage_relative 0.003") == 1);
    CHECK(host.count("T 0 sigma1_Pa") == 0);  // unknown here: not told
    start(host);
    host.advance_s(0.5);
    CHECK(host.count("T 0 tau_max_Tg_s ") == 1);
    CHECK(host.ask("truth 2 3") == "= truth count=12");
    CHECK(host.count("T 2 storage_modulus_Pa 3") == 1);
    CHECK(host.count("T 2 temperature_K ") == 1);
    CHECK(host.count("T 2 strain ") == 0);  // of creep
    CHECK(host.count("T 2 chi 0.4") == 1);
    CHECK(host.count("T 3 tau_beta_s ") == 1);
    CHECK(host.count("T 3 tau_max_s ") == 1);
}

TEST_CASE("safe ends everything at once in every state", "[simulator][device]") {
    SimHost host(sim_options(100.0));
    CHECK(host.ask("safe") == "= safe");
    arm(host);
    CHECK(host.ask("safe") == "= safe");
    CHECK(value_of(host.ask("status"), "state") == "idle");
    CHECK(head_of(host.ask("start run-1")) == "! state");
    start(host);
    host.advance_s(10.0);
    host.ask("hold");
    CHECK(host.ask("safe") == "= safe");
    CHECK(value_of(host.ask("status"), "state") == "idle");
    const auto readings = host.count("R ");
    host.advance_s(10.0);
    CHECK(host.count("R ") == readings);
}

TEST_CASE(
    "garbage never crashes it and is answered at most once a line", "[simulator][device][property]"
) {
    CHECK(rc::check("garbage", [] {
        SimHost host(sim_options(1000.0));
        const auto chunks = *rc::gen::container<std::vector<std::string>>(
            rc::gen::container<std::string>(rc::gen::inRange<char>(-128, 127))
        );
        std::size_t ends = 0;
        for (const auto& chunk : chunks) {
            ends += static_cast<std::size_t>(std::count(chunk.begin(), chunk.end(), '\n'));
            host.raw(chunk);
        }
        RC_ASSERT(host.lines.size() <= ends);
        RC_ASSERT(host.count("CORRUPT") == 0U);
    }));
}

TEST_CASE("any well-framed request is answered exactly once", "[simulator][device][property]") {
    const std::vector<std::string> words = {
        "identify", "status",   "heartbeat",  "method",      "begin",    "line",
        "commit",   "start",    "hold",       "resume",      "stop",     "safe",
        "resend",   "ack",      "allow",      "end_segment", "truth",    "run",
        "0",        "1",        "2",          "5",           "-1",       "99999999999999999999",
        "1e400",    "nan",      "mode",       "creep",       "aging",    "clamp",
        "tension",  "geometry", "length_m=1", "segment",     "displace", "stress_Pa=1",
        "=",        "a=b=c",    "token",      "-",
    };
    CHECK(rc::check("requests", [&words] {
        SimHost host(sim_options(1000.0));
        if (*rc::gen::arbitrary<bool>()) {
            start(host);
        }
        const auto requests = *rc::gen::container<std::vector<std::vector<std::string>>>(
            rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(words))
        );
        for (const auto& request : requests) {
            std::string text;
            for (const auto& word : request) {
                text += text.empty() ? word : " " + word;
            }
            const std::size_t before = host.lines.size();
            const std::string answer = host.ask(text.substr(0, 400));
            RC_ASSERT(answer != "no answer");
            std::size_t answers = 0;
            for (std::size_t i = before; i < host.lines.size(); ++i) {
                answers += host.lines[i][0] == '=' || host.lines[i][0] == '!' ? 1U : 0U;
            }
            RC_ASSERT(answers == 1U);
            host.advance_s(0.05);
        }
    }));
}

}  // namespace relaxd::simulator
