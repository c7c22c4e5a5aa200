// SPDX-License-Identifier: MIT
//
// The third implementation of the line protocol agrees with itself, and finds what is broken.
#include "tests/support/catch.hpp"

#include <cstdlib>
#include <string>

namespace {

int selftest(const std::string& options) {
    const std::string command = "python3 " + std::string(RELAXD_SOURCE_DIR) +
                                "/tests/conformance/q800_peer.py selftest " + options +
                                " >/dev/null";
    return std::system(command.c_str());  // NOLINT(concurrency-mt-unsafe): one thread
}

}  // namespace

TEST_CASE("the Python peer's host finds no fault in the Python peer's instrument") {
    CHECK(selftest("") == 0);
}

TEST_CASE("the Python peer's host finds an instrument that breaks a rule") {
    for (const char* fault : {"hole", "resend", "reexecute", "checksum", "state"}) {
        INFO(fault);
        CHECK(selftest(std::string("--fault ") + fault) != 0);
    }
}
