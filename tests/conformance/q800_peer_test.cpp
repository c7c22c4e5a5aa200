// SPDX-License-Identifier: MIT
//
// The third implementation of the line protocol agrees with itself, and finds what is broken.
#include "tests/conformance/child_process.hpp"
#include "tests/support/catch.hpp"

#include <cstdlib>
#include <filesystem>
#include <string>
#include <unistd.h>
#include <vector>

namespace {

int peer(const std::string& arguments) {
    const std::string command = "python3 " + std::string(RELAXD_SOURCE_DIR) +
                                "/tests/conformance/q800_peer.py " + arguments;
    return std::system(command.c_str());  // NOLINT(concurrency-mt-unsafe): one thread
}

}  // namespace

TEST_CASE("the Python peer's host finds no fault in the Python peer's instrument") {
    CHECK(peer("selftest") == 0);
}

TEST_CASE("the Python peer's host finds an instrument that breaks a rule") {
    for (const char* fault :
         {"hole",
          "resend",
          "reexecute",
          "checksum",
          "state",
          "geometry",
          "columns",
          "track",
          "static"}) {
        INFO(fault);
        CHECK(peer(std::string("selftest --fault ") + fault + " >/dev/null") != 0);
    }
}

TEST_CASE("the Python peer's host finds no fault in relaxsim, on TCP and on a pty") {
    const std::string relaxsim = std::string(RELAXD_BIN_DIR) + "/relaxsim";
    if (!std::filesystem::exists(relaxsim)) {
        WARN("skipped: " << relaxsim << " is not built");
        return;
    }
    const std::string pty = "/tmp/relaxd-peer-test-pty-" + std::to_string(getpid());
    for (const auto& where :
         {std::vector<std::string>{"--listen", "tcp://127.0.0.1:0"}, {"--pty", pty}}) {
        relaxd::test::ChildProcess instrument(
            {relaxsim, "q800", where[0], where[1], "--speed", "1000", "--seed", "3"}
        );
        std::string uri = instrument.first_line();
        INFO(uri);
        REQUIRE(uri.starts_with("listening "));
        uri.erase(0, std::string("listening ").size());
        CHECK(peer("host " + (uri.starts_with("pty ") ? "serial://" + pty : uri)) == 0);
    }
}
