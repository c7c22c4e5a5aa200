// SPDX-License-Identifier: MIT
//
// Nobody says of a driver that it passes this kit unless the kit runs it, and the other way round.
#include "drivers/registry/proof.hpp"
#include "drivers/registry/registry.hpp"
#include "tests/conformance/kit/subject.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>

using relaxd::drivers::proof_of;
using relaxd::test::kit::subject_names;

TEST_CASE("what is said of a driver's proof is what this kit runs", "[conformance][kit]") {
    const auto run = subject_names();
    for (const std::string& name : run) {
        INFO(name);
        CHECK(proof_of(name).passes_kit);
    }
    for (const std::string& name : relaxd::drivers::driver_names()) {
        INFO(name);
        const bool is_run = std::find(run.begin(), run.end(), name) != run.end();
        CHECK(proof_of(name).passes_kit == is_run);
        CHECK_FALSE(proof_of(name).words.empty());
    }
    CHECK_FALSE(proof_of("no_such_driver").passes_kit);
    CHECK(proof_of("no_such_driver").words == "nothing");
}
