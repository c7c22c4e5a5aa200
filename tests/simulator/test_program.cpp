// SPDX-License-Identifier: MIT
// relaxsim from outside: exit codes and the one sentence that explains them.
#include "tests/support/catch.hpp"

#include <array>
#include <cstdio>
#include <filesystem>
#include <string>
#include <sys/wait.h>

namespace {

struct Outcome {
    int code = -1;
    std::string text;  ///< stdout and stderr
};

Outcome call(const std::string& arguments) {
    const std::string command = std::string(RELAXD_BIN_DIR) + "/relaxsim " + arguments + " 2>&1";
    Outcome outcome;
    FILE* pipe = popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::array<char, 512> buffer{};
    while (fgets(buffer.data(), static_cast<int>(buffer.size()), pipe) != nullptr) {
        outcome.text += buffer.data();
    }
    const int status = pclose(pipe);
    outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return outcome;
}

}  // namespace

TEST_CASE("a bad option of relaxsim ends it with one sentence", "[simulator][program]") {
    if (!std::filesystem::exists(std::string(RELAXD_BIN_DIR) + "/relaxsim")) {
        WARN("relaxsim is not built here");
        return;
    }
    struct Case {
        const char* arguments;
        int code;
        const char* words;
    };
    const auto bad = GENERATE(
        Case{"", 2, "instrument"},
        Case{"q800", 2, "--listen"},
        Case{"q700 --listen tcp://127.0.0.1:0", 2, "q700"},
        Case{"q800 --listen 127.0.0.1", 2, "127.0.0.1"},
        Case{"q800 --listen tcp://127.0.0.1:0 --speed 10001", 2, "--speed"},
        Case{"q800 --listen tcp://127.0.0.1:0 --speed 0", 2, "--speed"},
        Case{"q800 --listen tcp://127.0.0.1:0 --seed -1", 2, "--seed"},
        Case{"q800 --listen tcp://127.0.0.1:0 --sede 1", 2, "--sede"},
        Case{"q800 --listen tcp://127.0.0.1:0 --material unobtainium", 2, "unobtainium"},
        Case{"q800 --listen tcp://127.0.0.1:0 --pty x", 2, "--pty"},
        Case{"q800 --listen tcp://127.0.0.1:0 --bench realstic", 2, "realistic"},
        Case{"q800 --listen tcp://127.0.0.1:0 --bench no/such/bench.toml", 2, "no/such/bench.toml"},
        Case{"q800 --listen tcp://127.0.0.1:0 --faults f", 2, "f: the fault script"},
        Case{"pendulum", 2, "--listen"},
        Case{"pendulum --part generator=keysight_33500", 2, "@ is missing"},
        Case{"q800 --part generator=keysight_33500@tcp://127.0.0.1:0", 2, "relaxsim pendulum"},
        Case{"q800 --listen tcp://127.0.0.1:0 --record /no/such/folder/f", 1, "/no/such/folder/f"}
    );
    const Outcome outcome = call(bad.arguments);
    INFO(bad.arguments);
    CHECK(outcome.code == bad.code);
    CHECK(outcome.text.find(bad.words) != std::string::npos);
    CHECK(outcome.text.find('\n') + 1 == outcome.text.size());
}
