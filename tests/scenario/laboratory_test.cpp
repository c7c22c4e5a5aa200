// SPDX-License-Identifier: MIT
//
// Runs from start to end: what happened on the bench in, what is stored out.
#include "tests/scenario/laboratory.hpp"

#include <cmath>

namespace relaxd::test::scenario {

TEST_CASE("every reading of a run is a row, in order, and the end is the last", "[scenario]") {
    const TempFile file;
    {
        Daemon daemon(file.path, std::make_shared<Bench>());
        daemon.start();
        const auto started = daemon.start_run(method_text("name = \"night ramp\"\n"));
        REQUIRE(started);
        CHECK(started->state == RunState::running);
        daemon.measure(20);
        CHECK(daemon.bench->acknowledged == 20);
        daemon.bench->segment = 2;
        daemon.measure(30);
        daemon.finish();
        CHECK(daemon.published_in_order);
        CHECK(daemon.worker.fits > 0);
    }
    auto reader = reader_of(file);
    const auto run = reader.run("1");
    REQUIRE(run);
    CHECK(run->state == RunState::completed);
    CHECK(run->simulated);
    CHECK(run->name == "night ramp");
    CHECK(numbers(reader, 1) == one_to(50));
    CHECK(codes(reader, 1) == std::vector<std::string>{"armed", "running", "completed"});
    const auto events = reader.events(1, 0, 100);
    REQUIRE(events);
    CHECK(events->back().seq == run->last_seq);
    const auto segments = reader.segments(1);
    REQUIRE(segments);
    REQUIRE(segments->size() == 2);
    CHECK((*segments)[1].text == "Ramp 3 K/min to 550 K");
    const auto points = reader.points(1, 0, 100);
    REQUIRE(points);
    CHECK((*segments)[0].last_seq == (*points)[19].seq);
    CHECK((*segments)[1].first_seq == (*points)[20].seq);
    CHECK((*segments)[1].last_seq == (*points)[49].seq);
    CHECK((*segments)[1].ended_utc.ns != 0);
    const auto truth = reader.truth(1);
    REQUIRE(truth);
    CHECK(truth->size() == 51);
    for (const auto& row : *truth) {
        if (row.seq != 0) {  // mapped from reading number to the point's own number
            const auto found = reader.points(1, row.seq - 1, 1);
            REQUIRE(found);
            CHECK(static_cast<double>(found->front().reading.number) == row.value);
        }
    }
    const auto token = reader.fact(1, "run_token");
    REQUIRE(token);
    CHECK(token->value_or("") == run->uuid);
    check_sound(file);
}

TEST_CASE(
    "after a restart another token or 60 s of silence end the run interrupted", "[scenario]"
) {
    const bool is_unreachable = GENERATE(false, true);
    const TempFile file;
    const auto bench = std::make_shared<Bench>();
    {
        Daemon first(file.path, bench);
        first.start_and_measure(4);
        first.die();
    }
    bench->is_reachable = !is_unreachable;
    bench->token = "somebody-else";
    {
        Daemon second(file.path, bench);
        second.last_published = 6;
        const auto started = await(second.io, second.laboratory->start());
        REQUIRE(started);
        second.settle();
        for (int i = 0; i < 62; ++i) {
            second.timing.advance_s(1.0);
            second.settle();
        }
        CHECK(second.laboratory->current_runs().empty());
    }
    auto reader = reader_of(file);
    const auto run = reader.run("1");
    REQUIRE(run);
    CHECK(run->state == RunState::interrupted);
    CHECK(run->end_cause.find(is_unreachable ? "60 s" : "no longer knows") != std::string::npos);
    check_sound(file);
}

TEST_CASE("a method that cannot be loaded leaves a rejected run and a safe bench", "[scenario]") {
    const bool fails_load = GENERATE(true, false);
    const TempFile file;
    const auto bench = std::make_shared<Bench>();
    bench->fails_load = fails_load;
    bench->fails_start = !fails_load;
    {
        Daemon daemon(file.path, bench);
        daemon.start();
        const auto refused = daemon.start_run();
        CHECK(refused.error().code == (fails_load ? Errc::invalid : Errc::timeout));
        CHECK(daemon.wait_for_end());
        CHECK(bench->safes >= 1);
        // The instrument is free again.
        bench->fails_load = false;
        bench->fails_start = false;
        CHECK(daemon.start_run());
    }
    auto reader = reader_of(file);
    const auto run = reader.run("1");
    REQUIRE(run);
    CHECK(run->state == (fails_load ? RunState::rejected : RunState::interrupted));
    CHECK_FALSE(run->end_cause.empty());
    check_sound(file);
}

TEST_CASE("what cannot start is refused before anything is stored", "[scenario]") {
    const TempFile file;
    const auto bench = std::make_shared<Bench>();
    Daemon daemon(file.path, bench);
    daemon.start();
    const std::string coarse =
        std::string(method_text()).replace(method_text().find("15 um"), 5, "15 mm");
    for (const std::string& wrong : {std::string("mode = \"nonsense\"\n"), coarse}) {
        const auto refused = daemon.start_run(wrong);
        CHECK(refused.error().code == Errc::invalid);  // 409 is for conflicts with the moment
        CHECK(refused.error().message.rfind("invalid_method: ", 0) == 0);
    }
    bench->is_simulated = false;
    daemon.unplug();
    CHECK(daemon.start_run().error().code == Errc::unreachable);
    daemon.plug();
    CHECK(daemon.start_run(method_text("fits = \"every\"\n")).error().code == Errc::invalid);
    auto lease = daemon.laboratory->acquire_lease("dma1", "anna", "", false);
    REQUIRE(lease);
    CHECK(daemon.start_run().error().message.rfind("lease_held", 0) == 0);
    REQUIRE(daemon.laboratory->release_lease("dma1", lease->lease));
    REQUIRE(daemon.start_run());
    const auto second = daemon.start_run();
    REQUIRE_FALSE(second);
    CHECK(second.error().message.rfind("instrument_busy", 0) == 0);
    auto reader = reader_of(file);
    CHECK(reader.runs()->size() == 1);
}

TEST_CASE("dimensions that the instrument supplied are recorded as such", "[scenario]") {
    const TempFile file;
    {
        const auto bench = std::make_shared<Bench>();
        bench->geometry.length_m = 0.0175;
        bench->geometry.width_m = 0.0123;
        bench->geometry.thickness_m = 0.001;
        Daemon daemon(file.path, bench);
        daemon.start();
        REQUIRE(daemon.start_run(method_text(), relaxd::record::Specimen{}));
        daemon.measure(3);
        daemon.finish();
        auto partly = measured_specimen();
        partly.width_m = relaxd::record::unknown;
        REQUIRE(daemon.start_run(method_text(), partly));
        daemon.finish();
        REQUIRE(daemon.start_run());
        daemon.finish();
    }
    auto reader = reader_of(file);
    CHECK(
        codes(reader, 1) ==
        std::vector<std::string>{"armed", "GEOMETRY_FROM_INSTRUMENT", "running", "completed"}
    );
    const auto events = reader.events(1, 0, 10);
    REQUIRE(events);
    const Event& event = (*events)[1];
    CHECK(event.severity == relaxd::record::Severity::minor);
    for (const char* part :
         {"length_m = 0.0175",
          "width_m = 0.0123",
          "thickness_m = 0.001",
          "does not tell its poisson_ratio",
          "moduli depend on them"}) {
        INFO(part << " in " << event.message);
        CHECK(event.message.find(part) != std::string::npos);
    }
    CHECK(event.detail == "length_m=0.0175 width_m=0.0123 thickness_m=0.001 poisson_ratio=-");
    const auto specimen = reader.specimen(1);
    REQUIRE(specimen);
    CHECK(specimen->name.empty());
    CHECK(specimen->clamp == "single-cantilever");
    CHECK(std::isnan(specimen->length_m));
    CHECK(std::isnan(specimen->poisson_ratio));
    // Only what was lacking is named; where nothing was, nothing is said.
    const auto second = reader.events(2, 0, 10);
    REQUIRE(second);
    CHECK((*second)[1].message.find("used: width_m = 0.0123; moduli") != std::string::npos);
    CHECK(codes(reader, 3) == std::vector<std::string>{"armed", "running", "completed"});
    check_sound(file);
}

TEST_CASE("pause, resume, stop and abort act once and are recorded", "[scenario]") {
    const TempFile file;
    {
        Daemon daemon(file.path, std::make_shared<Bench>());
        daemon.start();
        REQUIRE(daemon.start_run());
        CHECK(daemon.command(1, "pause")->state == RunState::paused);
        CHECK(daemon.command(1, "pause")->state == RunState::paused);
        CHECK(daemon.command(1, "resume")->state == RunState::running);
        daemon.measure(3);
        CHECK(daemon.command(1, "stop")->state == RunState::stopped);
        CHECK(daemon.command(1, "stop")->state == RunState::stopped);
        CHECK(daemon.command(1, "resume").error().code == Errc::refused);
        CHECK(daemon.command(9, "stop").error().code == Errc::not_found);
        REQUIRE(daemon.start_run());
        CHECK(daemon.command(2, "abort")->state == RunState::aborted);
        CHECK(daemon.bench->safes == 1);
        REQUIRE(daemon.start_run());
        const auto safe = await(daemon.io, daemon.laboratory->safe("dma1"));
        REQUIRE(safe);
        CHECK(*safe);
        CHECK(daemon.wait_for_end());
    }
    auto reader = reader_of(file);
    CHECK(
        codes(reader, 1) ==
        std::vector<std::string>{"armed", "running", "paused", "running", "stopped"}
    );
    CHECK(numbers(reader, 1) == one_to(3));
    CHECK(codes(reader, 2) == std::vector<std::string>{"armed", "running", "aborted"});
    CHECK(reader.run("3")->end_cause == "STOP, heater off");
    check_sound(file);
}

TEST_CASE("shutting down makes the bench safe and ends the run with its cause", "[scenario]") {
    const TempFile file;
    const auto bench = std::make_shared<Bench>();
    {
        Daemon daemon(file.path, bench);
        daemon.start_and_measure(6);
    }
    CHECK(bench->safes == 1);
    auto reader = reader_of(file);
    CHECK(reader.run("1")->state == RunState::stopped);
    CHECK(reader.run("1")->end_cause == "daemon shut down");
    CHECK(numbers(reader, 1) == one_to(6));
    check_sound(file);
}

TEST_CASE("with fits = every no reading is allowed before its fit", "[scenario]") {
    const TempFile file;
    {
        Daemon daemon(file.path, std::make_shared<Bench>());
        daemon.start();
        REQUIRE(daemon.start_run(method_text("fits = \"every\"\n")));
        CHECK(daemon.bench->allowed == 1);
        daemon.measure(1);
        const int fits = daemon.worker.fits;
        CHECK(fits > 0);
        CHECK(daemon.bench->allowed == 2);
        daemon.measure(1);
        CHECK(daemon.worker.fits > fits);
        CHECK(daemon.bench->allowed == 3);
        daemon.finish();
        CHECK(daemon.bench->allowed == 0);
    }
    check_sound(file);
}

TEST_CASE("a shut-down ends a run whose fit hangs, within its time", "[scenario]") {
    TempFile file;
    auto bench = std::make_shared<Bench>();
    Daemon daemon(file.path, bench);
    daemon.worker.hangs_in = &daemon.timing;
    daemon.start_and_measure(60);
    // The instrument's own word that it is safe comes before the answer to `safe`.
    bool is_over = false;
    boost::asio::co_spawn(
        daemon.io,
        daemon.laboratory->shut_down(),
        [&is_over](const std::exception_ptr&) { is_over = true; }
    );
    for (int i = 0; i < 80 && !is_over; ++i) {
        daemon.settle();
        daemon.timing.advance_s(0.05);
    }
    CHECK(is_over);
    daemon.is_dead = true;
    daemon.store->close();
    auto reader = reader_of(file);
    CHECK(reader.run("1")->state == RunState::stopped);
    CHECK(reader.run("1")->end_cause == "daemon shut down");
    check_sound(file);
}

}  // namespace relaxd::test::scenario
