// SPDX-License-Identifier: MIT
// An armed method that is never started (docs/protocols/q800_class.md, section 2).
#include "tests/simulator/sim_host.hpp"
#include "tests/support/catch.hpp"

#include <string>

namespace relaxd::simulator {
using test::ramp_method;
using test::sim_options;
using test::SimHost;

namespace {

bool contains(const std::string& answer, const std::string& words) {
    return answer.find(words) != std::string::npos;
}

}  // namespace

TEST_CASE("a method that was never started is forgotten with its token", "[simulator][device]") {
    // The readings still kept are those of the run before: nobody may take them for the new one's.
    const std::string way = GENERATE("stop", "safe", "method begin run-3 1", "");
    CAPTURE(way);
    SimHost host(sim_options(1000.0));
    REQUIRE(host.download(ramp_method())[0] == '=');
    REQUIRE(host.ask("start run-1")[0] == '=');
    REQUIRE(host.finish(0.1));
    host.advance_s(4.0);
    host.ask("heartbeat 5");
    REQUIRE(host.download(ramp_method(), "run-2")[0] == '=');
    CHECK(contains(host.ask("status"), " token=run-2 "));
    if (way.empty()) {
        host.advance_s(6.0);
    } else {
        host.ask(way);
    }
    const auto status = host.ask("status");
    CHECK(contains(status, " state=idle "));
    CHECK(contains(status, " token=- "));
    CHECK(contains(status, " reading=1415 "));
}

}  // namespace relaxd::simulator
