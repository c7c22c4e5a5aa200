// SPDX-License-Identifier: MIT
// Dimensions that the host leaves absent: the geometry that is set at the instrument itself.
#include "tests/simulator/sim_host.hpp"
#include "tests/support/catch.hpp"

#include <string>
#include <vector>

using relaxd::simulator::SimOptions;
using relaxd::test::ramp_method;
using relaxd::test::run;
using relaxd::test::sim_options;
using relaxd::test::SimHost;

TEST_CASE(
    "what the host leaves absent is the geometry set at the instrument", "[simulator][device]"
) {
    const auto committed = [](const std::string& clamp, const std::string& geometry) {
        SimHost host(sim_options(1.0));
        auto method = ramp_method();
        method[1] = "clamp " + clamp;
        method[2] = "geometry " + geometry;
        return host.download(method);
    };
    const std::string none = "length_m=- width_m=- thickness_m=- poisson_ratio=-";
    CHECK(
        committed("single-cantilever", none) ==
        "= method token=run-1 segments=3 length_m=0.0175 width_m=0.003 thickness_m=0.001 "
        "poisson_ratio=0.35"
    );
    CHECK(
        committed("tension", none) ==
        "= method token=run-1 segments=3 length_m=0.0175 width_m=0.001 thickness_m=4e-05 "
        "poisson_ratio=0.35"
    );
    CHECK(
        committed("dual-cantilever", "length_m=- width_m=0.004 thickness_m=- poisson_ratio=0.3") ==
        "= method token=run-1 segments=3 length_m=0.0175 width_m=0.004 thickness_m=0.001 "
        "poisson_ratio=0.3"
    );
    for (const char* clamp : {"3-point-bending", "compression", "shear-sandwich"}) {
        INFO(clamp);
        CHECK(committed(clamp, none).find("poisson_ratio=0.35") != std::string::npos);
    }
}

TEST_CASE("the set geometry measures as the same numbers given by the host", "[simulator][run]") {
    auto method = ramp_method();
    const auto given = run(method, sim_options(10000.0), 0.05);
    method[2] = "geometry length_m=- width_m=- thickness_m=- poisson_ratio=-";
    CHECK(run(method, sim_options(10000.0), 0.05) == given);
    // Every clamp's set geometry can be measured at the smallest amplitude without overload.
    method[3] = "amplitude displacement_m=5e-07";
    for (const char* clamp :
         {"dual-cantilever", "3-point-bending", "tension", "compression", "shear-sandwich"}) {
        INFO(clamp);
        method[1] = std::string("clamp ") + clamp;
        const std::string line = run(method, sim_options(10000.0), 0.05).front();
        CHECK(line.substr(line.size() - 2) == " -");
    }
}
