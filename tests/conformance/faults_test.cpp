// SPDX-License-Identifier: MIT
//
// The driver over a line that has every byte fault of docs/fault-scripts.md: what is delivered is
// what the instrument sent, whole, once, in order.
#include "tests/conformance/driver_rig.hpp"
#include "tests/conformance/kit/careful_host.hpp"

#include <algorithm>
#include <cstdio>
#include <sys/wait.h>

using namespace relaxd::drivers;

namespace {

constexpr const char* every_byte_fault = R"(
seed = 5
[[fault]]
kind = "late"
probability = 0.01
delay = "1100 ms"
lines = "replies"
[[fault]]
kind = "split"
probability = 0.1
direction = "both"
[[fault]]
kind = "merged"
probability = 0.02
together = 7
direction = "both"
[[fault]]
kind = "duplicated"
probability = 0.05
direction = "both"
[[fault]]
kind = "reordered"
probability = 0.02
places = 3
[[fault]]
kind = "garbled"
probability = 0.01
direction = "both"
[[fault]]
kind = "truncated"
probability = 0.01
[[fault]]
kind = "baud_garbage"
at = "10 min"
count = 20
[[fault]]
kind = "endless_line"
at = "15 min"
[[fault]]
kind = "silence"
at = "20 min"
duration = "1500 ms"
[[fault]]
kind = "hang_up"
at = "55 min"
refused_for = "300 ms"
[[fault]]
kind = "half_open"
at = "80 min"
duration = "1200 ms"
[[fault]]
kind = "wrong_device"
at = "115 min"
serial = "SIM-99"
duration = "5 s"
)";

}  // namespace

TEST_CASE("over a line with every fault each reading is what was sent", "[conformance][faults]") {
    const Peer peer = GENERATE(Peer::relaxsim_tcp, Peer::relaxsim_pty);
    std::ofstream(scratch("faults.toml")) << every_byte_fault;
    auto command = command_of(peer, "1000");
    command.insert(command.end(), {"--faults", scratch("faults.toml")});
    Laboratory lab(command, 60.0);
    std::filesystem::remove(scratch("faults.toml"));
    kit::CarefulHost host(lab);
    host.connect(0);
    const auto method = method_of("\"Equilibrate at 300 K\", \"Isothermal for 150 min\"");
    lab.ok(lab.instrument->load(method, bar(), "faults-1"));
    lab.ok(lab.instrument->start());
    host.follow();
    CHECK(host.cause == "completed");
    CHECK(host.strangers > 0);
    CHECK(host.readings.size() > 500);
    check_sequence(host.readings);
    CHECK(lab.instrument->counters().corrupt_frames > 10);
    CHECK(lab.instrument->counters().resent > 10);
    CHECK(lab.instrument->counters().reconnects > 1);

    std::ifstream record_file(scratch("record"));
    std::string line;
    std::size_t lines = 0;
    while (std::getline(record_file, line)) {
        REQUIRE(lines < host.readings.size());
        check_against_record(line, host.readings[lines]);
        ++lines;
    }
    CHECK(lines == host.readings.size());
    const auto truth = lab.run(lab.instrument->truth(1, lines));
    INFO((truth ? std::string() : truth.error().sentence()));
    REQUIRE(truth.has_value());
    std::vector<std::size_t> rows(lines + 1);
    for (const record::Truth& row : *truth) {
        rows.at(row.seq) += 1;
    }
    CHECK(rows[0] > 10);
    CHECK(std::count(rows.begin() + 1, rows.end(), rows[1]) == static_cast<std::ptrdiff_t>(lines));
}

TEST_CASE("relaxsim refuses a wrong script with one sentence and 2", "[conformance][faults]") {
    const std::string script = scratch("wrong.toml");
    std::ofstream(script) << "[[fault]]\nkind = \"garbeld\"\nat = \"1 s\"\n";
    const std::string command = std::string(RELAXD_BIN_DIR) +
                                "/relaxsim q800 --listen tcp://127.0.0.1:0 --faults " + script +
                                " 2>&1";
    FILE* pipe = ::popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::string said;
    for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) {
        said += static_cast<char>(c);
    }
    const int status = ::pclose(pipe);
    std::filesystem::remove(script);
    INFO(said);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 2);
    CHECK(said.find("wrong.toml:2: unknown kind 'garbeld'") != std::string::npos);
    CHECK(said.find("'garbled'") != std::string::npos);
    CHECK(std::count(said.begin(), said.end(), '\n') == 1);
}

TEST_CASE(
    "what a faulty unit says arrives as said, as a gap, or as its end", "[conformance][faults]"
) {
    const std::string script = scratch("faults.toml");
    std::ofstream(script) << "[[fault]]\nkind = \"not_a_number\"\nat_reading = 7\n"
                             "[[fault]]\nkind = \"overload\"\nat_reading = 12\n"
                             "[[fault]]\nkind = \"thermocouple_opens\"\nat = \"20 min\"\n"
                             "reacts_after = \"1 min\"\nduration = \"30 min\"\n";
    auto command = command_of(Peer::relaxsim_tcp, "1000");
    command.insert(command.end(), {"--faults", script});
    Laboratory lab(command, 60.0);
    std::filesystem::remove(script);
    lab.open();
    const auto method = method_of("\"Equilibrate at 300 K\", \"Isothermal for 100 min\"");
    lab.ok(lab.instrument->load(method, bar(), "faults-2"));
    lab.ok(lab.instrument->start());
    std::vector<Reading> readings;
    std::vector<Gap> gaps;
    std::string cause;
    lab.follow(readings, gaps, cause);
    CHECK(cause == "fault:thermocouple_open");
    CHECK(lab.status().state == State::fault);
    REQUIRE(gaps.size() == 1);
    CHECK(gaps[0].first_number == 7);
    CHECK(gaps[0].missing == 1);
    REQUIRE(readings.size() > 100);
    CHECK(readings[10].number == 12);
    CHECK(readings[10].flags == "overload");
    CHECK(readings.back().flags == "thermocouple_open");
    CHECK(readings.back().values.get(Channel::temperature_K) == 1645.15);
}
