// SPDX-License-Identifier: MIT
// The plain bench sends what it has sent since the first published figures: whole runs by checksum,
// some lines in full.
#include "tests/simulator/sim_host.hpp"
#include "tests/support/catch.hpp"

#include <string>
#include <vector>

namespace relaxd::simulator {
namespace {

struct Sent {
    Sent() = default;
    std::vector<std::string> readings;
    std::uint32_t crc = 0;  ///< Of the readings, one a line.
};

Sent sent_by(const std::vector<std::string>& method, double drift_relative) {
    auto options = test::sim_options(10000.0, 42);
    options.noise.drift_relative = drift_relative;
    test::SimHost host(options);
    REQUIRE(host.download(method).rfind("= method", 0) == 0);
    REQUIRE(host.ask("start run-1") == "= start token=run-1");
    REQUIRE(host.finish(0.05));
    Sent sent;
    sent.readings = host.with("R ");
    std::string all;
    for (const auto& line : sent.readings) {
        all += line + "\n";
    }
    sent.crc = crc32_ieee(all);
    return sent;
}

}  // namespace

TEST_CASE("the plain bench oscillates as it always did", "[simulator][plain]") {
    const auto calm = sent_by(test::ramp_method(), 0.0);
    REQUIRE(calm.readings.size() == 1415);
    CHECK(
        calm.readings[0] ==
        "R 1 87.2 2 300 300 1 0 0.27379 1.5e-05 0.001129 3.295204e+10 3.719255e+07 "
        "0.00113 0.0001454005 4791246 -"
    );
    CHECK(
        calm.readings[700] ==
        "R 701 2859.7 3 408.42 408.88 1 0 0.25181 1.5e-05 0.009942 3.030566e+10 "
        "3.013173e+08 0.00994 0.0001454005 4406676 -"
    );
    CHECK(
        calm.readings[1414] ==
        "R 1415 5678.45 3 549.36 549.81 16 0 0.00584 1.5e-05 1.537624 2.330212e+07 "
        "7.021939e+08 30.13433 0.0001454005 102155.5 -"
    );
    CHECK(calm.crc == 0x083BAF49U);
    CHECK(sent_by(test::ramp_method(), 0.003).crc == 0x055C46EAU);
}

TEST_CASE("the plain bench creeps as it always did", "[simulator][plain]") {
    const auto creep = sent_by(test::creep_method(), 0.0);
    REQUIRE(creep.readings.size() == 1077);
    CHECK(
        creep.readings[0] == "R 1 474.85 3 430 430 - 6.25 - 8.387e-06 - - - - 0.0008387 2.5e+07 -"
    );
    CHECK(creep.readings[1076] == "R 1077 1804.8 5 430 430 - 0 - 2.259e-06 - - - - 0.0002259 0 -");
    CHECK(creep.crc == 0x3100F6C5U);
}

TEST_CASE("the plain bench overloads as it always did", "[simulator][plain]") {
    auto method = test::ramp_method();
    method[1] = "clamp tension";
    method[2] = "geometry length_m=0.01 width_m=0.003 thickness_m=0.001 poisson_ratio=0.35";
    const auto stiff = sent_by(method, 0.0);
    CHECK(
        stiff.readings[3] ==
        "R 4 100.325 2 300 300 8 10 8 8.12e-07 0.000327 3.28419e+10 1.075353e+07 0.00033 "
        "8.119708e-05 2666667 overload"
    );
    CHECK(stiff.crc == 0x030F3CD1U);
}

}  // namespace relaxd::simulator
