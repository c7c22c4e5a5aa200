// SPDX-License-Identifier: MIT
//
// Links that break, daemons that die: what is stored in the end.
#include "tests/scenario/laboratory.hpp"

#include <algorithm>

namespace relaxd::test::scenario {

TEST_CASE("what was measured while the cable was out is fetched, nothing twice", "[scenario]") {
    const TempFile file;
    {
        Daemon daemon(file.path, std::make_shared<Bench>());
        daemon.start_and_measure(10);
        daemon.bench->is_reachable = false;
        daemon.measure(7);
        daemon.plug();
        daemon.measure(3);
        daemon.finish();
        CHECK(daemon.published_in_order);
    }
    auto reader = reader_of(file);
    CHECK(numbers(reader, 1) == one_to(20));
    CHECK(
        codes(reader, 1) ==
        std::vector<std::string>{"armed", "running", "LINK_LOST", "LINK_BACK", "completed"}
    );
    check_sound(file);
}

TEST_CASE("an instrument that does not hear where to go on is told again", "[scenario]") {
    const TempFile file;
    const auto bench = std::make_shared<Bench>();
    bench->fails_fetch = 2;
    {
        Daemon daemon(file.path, bench);
        daemon.start_and_measure(10);
        daemon.unplug();
        bench->measure(7);
        daemon.plug();
        CHECK(bench->acknowledged == 10);
        for (int i = 0; i < 2; ++i) {
            daemon.timing.advance_s(1.1);
            daemon.settle();
        }
        daemon.measure(3);
        CHECK(bench->acknowledged == 20);  // while it runs, not only at its end
        daemon.finish();
    }
    auto reader = reader_of(file);
    CHECK(numbers(reader, 1) == one_to(20));
    check_sound(file);
}

TEST_CASE("what was received is recorded, although what came before it is lost", "[scenario]") {
    const TempFile file;
    const auto bench = std::make_shared<Bench>();
    {
        Daemon daemon(file.path, bench);
        daemon.start_and_measure(10);
        daemon.unplug();
        bench->measure(4);
        bench->holds_fetch = true;
        daemon.plug();
        daemon.measure(3);
        daemon.unplug();
        daemon.timing.advance_s(601.0);
        CHECK(daemon.wait_for_end());
    }
    auto reader = reader_of(file);
    auto expected = one_to(17);
    expected.erase(expected.begin() + 10, expected.begin() + 14);
    CHECK(numbers(reader, 1) == expected);
    const auto gaps = reader.gaps(1, 0, 10);
    REQUIRE(gaps);
    REQUIRE(gaps->size() == 2);
    CHECK(gaps->front().missing == 4);
    // It was unplugged when the run ended: what it measured since then is nobody's knowledge.
    CHECK(gaps->back().missing == 0);
    CHECK(gaps->back().first_number == 18);
    CHECK(reader.run("1")->end_cause.find("is not known") != std::string::npos);
    check_sound(file);
}

TEST_CASE("what the instrument no longer keeps is one gap with its size", "[scenario]") {
    const TempFile file;
    {
        Daemon daemon(file.path, std::make_shared<Bench>());
        daemon.start_and_measure(10);
        daemon.bench->is_reachable = false;
        daemon.measure(30);
        daemon.bench->first_kept = 26;
        daemon.plug();
        daemon.finish();
    }
    auto reader = reader_of(file);
    const auto gaps = reader.gaps(1, 0, 10);
    REQUIRE(gaps);
    REQUIRE(gaps->size() == 1);
    CHECK(gaps->front().missing == 15);
    CHECK(gaps->front().cause == "instrument memory overrun");
    CHECK(numbers(reader, 1).size() == 25);
    CHECK(numbers(reader, 1).back() == 40);
    check_sound(file);
}

TEST_CASE("a restarted daemon goes on with the run that its instrument still runs", "[scenario]") {
    const TempFile file;
    const auto bench = std::make_shared<Bench>();
    {
        Daemon first(file.path, bench);
        first.start_and_measure(12);
        first.unplug();
        first.die();
    }
    bench->measure(8);
    bench->is_reachable = true;
    {
        Daemon second(file.path, bench);
        auto reader = reader_of(file);
        const auto run = reader.run("1");
        REQUIRE(run);
        REQUIRE(run->state == RunState::running);
        second.start(run->last_seq);
        second.measure(5);
        second.finish();
        CHECK(second.published_in_order);
    }
    auto reader = reader_of(file);
    CHECK(numbers(reader, 1) == one_to(25));
    const auto seen = codes(reader, 1);
    CHECK(std::count(seen.begin(), seen.end(), "DAEMON_RESTARTED") == 1);
    CHECK(seen.back() == "completed");
    check_sound(file);
}

TEST_CASE("a heartbeat that the instrument missed interrupts the run", "[scenario]") {
    const TempFile file;
    {
        Daemon daemon(file.path, std::make_shared<Bench>());
        daemon.start_and_measure(5);
        daemon.unplug();
        daemon.bench->measure(4);
        daemon.bench->change(State::idle, "heartbeat");
        daemon.plug();
        CHECK(daemon.wait_for_end());
    }
    auto reader = reader_of(file);
    CHECK(reader.run("1")->state == RunState::interrupted);
    CHECK(reader.run("1")->end_cause.find("heartbeat") != std::string::npos);
    CHECK(numbers(reader, 1) == one_to(9));  // what it took meanwhile was fetched first
    check_sound(file);
}

TEST_CASE("another instrument on the same cable does not go on with the run", "[scenario]") {
    const TempFile file;
    {
        Daemon daemon(file.path, std::make_shared<Bench>());
        daemon.start_and_measure(5);
        daemon.unplug();
        // The same token: what it has measured and its truth are not this run's all the same.
        daemon.bench->serial_number = "S-2";
        daemon.bench->measure(4);
        daemon.plug();
        CHECK(daemon.wait_for_end());
        CHECK(daemon.bench->acknowledged <= 5);
    }
    auto reader = reader_of(file);
    CHECK(reader.run("1")->state == RunState::interrupted);
    CHECK(
        reader.run("1")->end_cause ==
        "another instrument answers: serial number S-2, the run began with S-1; whether readings "
        "are missing at its end is not known"
    );
    CHECK(numbers(reader, 1) == one_to(5));
    const auto truth = reader.truth(1);
    REQUIRE(truth);
    CHECK(truth->empty());
    check_sound(file);
}

}  // namespace relaxd::test::scenario
