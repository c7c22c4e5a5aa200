// SPDX-License-Identifier: MIT
//
// What the record says of an instrument that was restarted, exchanged, or set at its own panel; and
// how often one that does not answer is tried.
#include "tests/scenario/laboratory.hpp"

#include <algorithm>
#include <cmath>

namespace relaxd::test::scenario {
namespace {

/// Lets the daemon's tasks run for so long.
void pass(Daemon& daemon, double seconds) {
    for (double t = 0.0; t < seconds; t += 0.5) {
        daemon.timing.advance_s(0.5);
        daemon.settle();
    }
}

std::vector<Event> events_of(const TempFile& file, const std::string& code) {
    auto reader = reader_of(file);
    const auto all = reader.events(1, 0, 1000);
    REQUIRE(all);
    std::vector<Event> out;
    std::copy_if(all->begin(), all->end(), std::back_inserter(out), [&](const Event& event) {
        return event.code == code;
    });
    return out;
}

}  // namespace

TEST_CASE("an instrument that was restarted during a run ends it", "[scenario]") {
    const TempFile file;
    {
        Daemon daemon(file.path, std::make_shared<Bench>());
        daemon.start_and_measure(5);
        // A line without connections: nothing breaks, but it knows no run any more.
        daemon.bench->token.clear();
        daemon.bench->state = State::idle;
        for (int i = 0; i < 10 && !daemon.laboratory->current_runs().empty(); ++i) {
            pass(daemon, 1.0);
        }
        CHECK(daemon.wait_for_end());
    }
    auto reader = reader_of(file);
    CHECK(reader.run("1")->state == RunState::interrupted);
    CHECK(reader.run("1")->end_cause.find("restarted") != std::string::npos);
    CHECK(numbers(reader, 1) == one_to(5));
    check_sound(file);
}

TEST_CASE("a setting changed at the panel is told once, and once when it is back", "[scenario]") {
    const TempFile file;
    {
        Daemon daemon(file.path, std::make_shared<Bench>());
        daemon.start_and_measure(5);
        daemon.bench->changed_settings = "width_m=0.004, was 0.003";
        pass(daemon, 9.0);
        daemon.bench->changed_settings.clear();
        pass(daemon, 9.0);
        daemon.finish();
    }
    const auto told = events_of(file, "SETTINGS_CHANGED");
    REQUIRE(told.size() == 2);
    CHECK(told[0].severity == record::Severity::major);
    CHECK(told[0].detail == "width_m=0.004, was 0.003");
    CHECK(told[0].message.find("flagged settings_changed") != std::string::npos);
    CHECK(told[1].severity == record::Severity::info);
    CHECK(told[1].detail.empty());
    check_sound(file);
}

TEST_CASE("an instrument that is not the configured one is not connected", "[scenario]") {
    const TempFile file;
    const auto bench = std::make_shared<Bench>();
    bench->expected_serial_number = "S-7";
    Daemon daemon(file.path, bench);
    daemon.start();
    CHECK(daemon.laboratory->instruments().front().link_state == "unreachable");
    const auto refused = daemon.start_run();
    REQUIRE_FALSE(refused);
    CHECK(
        refused.error().message.find(
            "another instrument answers: serial number S-1, the configuration expects S-7"
        ) != std::string::npos
    );
    CHECK(bench->starts == 0);
    bench->serial_number = "S-7";  // the right one is plugged in
    pass(daemon, 6.0);
    CHECK(daemon.laboratory->instruments().front().link_state == "connected");
    REQUIRE(daemon.start_run());
    daemon.finish();
}

TEST_CASE("a host that cannot connect pauses longer each time and never in step", "[scenario]") {
    const TempFile file;
    const auto bench = std::make_shared<Bench>();
    bench->is_reachable = false;
    Daemon daemon(file.path, bench);
    daemon.start();
    std::vector<double> pauses_s;
    double last_s = 0.0;
    int seen = bench->opens;
    for (double t = 0.0; t < 60.0; t += 0.05) {
        daemon.timing.advance_s(0.05);
        daemon.io.restart();
        daemon.io.poll();
        if (bench->opens != seen) {
            CHECK(bench->opens == seen + 1);
            seen = bench->opens;
            pauses_s.push_back(t - last_s);
            last_s = t;
        }
    }
    REQUIRE(pauses_s.size() > 8);
    CHECK(pauses_s.size() < 25);  // 60 s of pauses of 4 to 5 s, and the first few
    CHECK(pauses_s.front() <= 0.6);
    CHECK(*std::max_element(pauses_s.begin(), pauses_s.end()) <= 5.1);
    CHECK(pauses_s.back() >= 3.9);
    const auto [least, most] = std::minmax_element(pauses_s.end() - 5, pauses_s.end());
    CHECK(*most - *least > 0.05);  // jitter: two hosts do not knock together for ever
}

}  // namespace relaxd::test::scenario
