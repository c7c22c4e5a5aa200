// SPDX-License-Identifier: MIT
//
// Starts that meet a daemon, a link or a file which is not ready, and what is left of them.
#include "tests/daemon/fake_campaign.hpp"
#include "tests/scenario/laboratory.hpp"

namespace relaxd::test::scenario {

TEST_CASE(
    "a start waits for the first attempt to connect, then goes on or says why", "[scenario]"
) {
    const bool is_there = GENERATE(true, false);
    const TempFile file;
    const auto bench = std::make_shared<Bench>();
    bench->holds_open = true;
    bench->is_reachable = is_there;
    Daemon daemon(file.path, bench);
    daemon.start();
    const auto first = daemon.begin_run();
    const auto second = daemon.begin_run();
    CHECK_FALSE(first->has_value());
    CHECK(daemon.laboratory->instruments().front().link_state == "connecting");
    CHECK(daemon.command(9, "stop").error().code == Errc::not_found);  // nothing else waits
    bench->holds_open = false;
    daemon.instrument->poke();
    daemon.settle();
    REQUIRE(first->has_value());
    REQUIRE(second->has_value());
    if (is_there) {
        REQUIRE(first->value());
        CHECK(first->value()->state == RunState::running);
        CHECK(second->value().error().message.rfind("instrument_busy", 0) == 0);
    } else {
        CHECK(first->value().error().code == Errc::unreachable);
        CHECK(first->value().error().message.find("no route to the bench") != std::string::npos);
        // From now on the answer is there at once.
        CHECK(daemon.start_run().error().code == Errc::unreachable);
    }
}

TEST_CASE("a start does not wait for ever, nor beyond the end of the daemon", "[scenario]") {
    const bool ends = GENERATE(false, true);
    const TempFile file;
    const auto bench = std::make_shared<Bench>();
    bench->holds_open = true;
    Daemon daemon(file.path, bench);
    daemon.start();
    const auto answer = daemon.begin_run();
    if (ends) {
        CHECK(await(daemon.io, daemon.laboratory->shut_down()));
        daemon.is_dead = true;
        daemon.settle();
    } else {
        daemon.timing.advance_s(4.9);
        daemon.settle();
        CHECK_FALSE(answer->has_value());
        daemon.timing.advance_s(0.2);
        daemon.settle();
    }
    REQUIRE(answer->has_value());
    CHECK(answer->value().error().code == Errc::unreachable);
    CHECK(
        answer->value().error().message.find(ends ? "shutting down" : "still connecting") !=
        std::string::npos
    );
    CHECK(reader_of(file).runs()->empty());
}

TEST_CASE("a STOP while the method is on its way: the run never starts", "[scenario]") {
    const bool ends = GENERATE(false, true);
    const TempFile file;
    const auto bench = std::make_shared<Bench>();
    bench->holds_load = true;
    {
        Daemon daemon(file.path, bench);
        daemon.start();
        const auto answer = daemon.begin_run();
        if (ends) {  // of the daemon: the same as STOP
            bool is_down = false;
            boost::asio::co_spawn(
                daemon.io,
                daemon.laboratory->shut_down(),
                [&is_down](const std::exception_ptr&) { is_down = true; }
            );
            for (int i = 0; i < 80 && !is_down; ++i) {
                daemon.timing.advance_s(0.1);
                daemon.settle();
            }
            CHECK(is_down);
            daemon.is_dead = true;
        } else {
            REQUIRE(await(daemon.io, daemon.laboratory->safe("dma1")));
            bench->holds_load = false;
            daemon.instrument->poke();
            CHECK(daemon.wait_for_end());
        }
        REQUIRE(answer->has_value());
        CHECK_FALSE(answer->value());
        CHECK(bench->starts == 0);
        CHECK(bench->state == State::idle);
    }
    CHECK(reader_of(file).run("1")->state == (ends ? RunState::stopped : RunState::aborted));
    check_sound(file);
}

TEST_CASE("what was measured after a start whose answer was lost is recorded", "[scenario]") {
    const TempFile file;
    const auto bench = std::make_shared<Bench>();
    bench->loses_start_answer = true;
    {
        Daemon daemon(file.path, bench);
        daemon.start();
        CHECK(daemon.start_run().error().code == Errc::timeout);
        CHECK(daemon.wait_for_end());
        CHECK(bench->safes >= 1);
    }
    auto reader = reader_of(file);
    CHECK(numbers(reader, 1) == one_to(3));
    CHECK(reader.run("1")->state == RunState::interrupted);
    check_sound(file);
}

TEST_CASE("a run that could not be stored whole is rejected, not left armed", "[scenario]") {
    const auto campaign = std::make_shared<FakeFile>();
    campaign->fail_facts = 1;
    Daemon daemon(std::make_unique<FakeCampaign>(campaign), std::make_shared<Bench>());
    daemon.start();
    CHECK(daemon.start_run().error().code == Errc::io);
    CHECK(daemon.wait_for_end());
    CHECK(campaign->runs[1].state == RunState::rejected);
    CHECK(daemon.bench->starts == 0);
}

TEST_CASE("rows that the file refuses end the run with a safe instrument", "[scenario]") {
    const auto campaign = std::make_shared<FakeFile>();
    Daemon daemon(std::make_unique<FakeCampaign>(campaign), std::make_shared<Bench>());
    daemon.start_and_measure(2);
    campaign->fail_code = Errc::invalid;  // trying again cannot help
    campaign->fail_from = campaign->commits + 1;
    campaign->fail_count = 1;
    daemon.measure(1);
    CHECK(daemon.wait_for_end());
    CHECK(daemon.bench->safes == 1);
    CHECK(campaign->runs[1].state == RunState::interrupted);
}

TEST_CASE("rows that the file did not take for a minute are a gap with its cause", "[scenario]") {
    const auto campaign = std::make_shared<FakeFile>();
    Daemon daemon(std::make_unique<FakeCampaign>(campaign), std::make_shared<Bench>());
    daemon.start_and_measure(2);
    campaign->fail_from = campaign->commits + 1;
    campaign->fail_count = 121;  // the first attempt and those of a minute
    daemon.bench->measure(3);
    daemon.instrument->poke();
    for (int i = 0; i < 130; ++i) {
        daemon.timing.advance_s(0.5);
        daemon.io.restart();
        daemon.io.poll();
    }
    CHECK(daemon.wait_for_end());
    CHECK(daemon.bench->safes == 1);
    CHECK(campaign->runs[1].state == RunState::interrupted);
    std::uint64_t lost = 0;
    for (const auto& row : campaign->rows[1]) {
        if (const auto* gap = std::get_if<relaxd::record::Gap>(&row)) {
            CHECK(gap->first_number == 3);
            CHECK(gap->cause.find("could not be recorded") != std::string::npos);
            lost += gap->missing;
        }
    }
    CHECK(lost == 3);
}

}  // namespace relaxd::test::scenario
