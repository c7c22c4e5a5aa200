// SPDX-License-Identifier: MIT
//
// What the fits decide about a run: the end of a segment by condition, the mask above T_x.
#include "tests/scenario/laboratory.hpp"

namespace relaxd::test::scenario {

namespace {

std::string until_method(const std::string& first_line = "") {
    return first_line +
           "mode = \"multi-frequency-strain\"\nclamp = \"single-cantilever\"\n"
           "amplitude = \"15 um\"\nfrequencies = [\"1 Hz\", \"2 Hz\"]\n"
           "segments = [\"Isothermal until chi is known to 0.005, at most 60 min\", "
           "\"Ramp 3 K/min to 550 K\"]\n";
}

/// chi_slope of the newest segment whose error falls as points come: 0.05/points.
void tell_chi(const daemon::FitRequest& request, record::FitResult& result) {
    if (request.options.model != "chi-slope") {
        return;
    }
    record::IsothermEstimate isotherm;
    isotherm.segment = request.segments.back();
    isotherm.temperature_K = 300.0;
    isotherm.chi_slope.name = "chi_slope";
    isotherm.chi_slope.value = 0.4;
    isotherm.chi_slope.standard_error = 0.05 / static_cast<double>(request.points.size());
    isotherm.chi_slope.state = record::ParameterState::determined;
    result.isotherms.push_back(isotherm);
    result.status = "converged";
    result.last_seq = request.points.back().seq;
}

std::vector<Event> events_of(const TempFile& file, const std::string& code) {
    auto reader = reader_of(file);
    auto events = reader.events(1, 0, 1000);
    REQUIRE(events);
    std::erase_if(*events, [&](const Event& event) { return event.code != code; });
    return *events;
}

}  // namespace

TEST_CASE("a segment ends once its parameter is known, and says by what", "[scenario]") {
    const TempFile file;
    const auto bench = std::make_shared<Bench>();
    const bool refuses = GENERATE(false, true);
    bench->refuses_end = refuses ? 1 : 0;
    {
        Daemon daemon(file.path, bench);
        daemon.worker.answer = tell_chi;
        daemon.start();
        REQUIRE(daemon.start_run(until_method()));
        for (int i = 0; i < 4; ++i) {
            daemon.measure(2);
        }
        CHECK(bench->ended_after.empty());  // 8 points: 0.00625
        daemon.measure(2);                  // 10 points: 0.005
        daemon.measure(2);
        daemon.measure(2);
        // A refused request is made again with the next fit, a granted one never.
        REQUIRE(bench->ended_after.size() == 1);
        CHECK(bench->ended_after[0] == (refuses ? 14U : 12U));
        bench->segment = 2;
        daemon.measure(4);
        daemon.finish();
        CHECK(bench->ended_after.size() == 1);
    }
    const auto told = events_of(file, "SEGMENT_ENDED_BY_CONDITION");
    REQUIRE(told.size() == 1);
    CHECK(told[0].message.find("segment 1 ends after reading") != std::string::npos);
    CHECK(told[0].message.find("chi_slope = 0.4 ± 0.00") != std::string::npos);
    check_sound(file);
}

TEST_CASE("with fits = every the segment ends at the reading decided on", "[scenario]") {
    const TempFile file;
    const auto bench = std::make_shared<Bench>();
    {
        Daemon daemon(file.path, bench);
        daemon.worker.answer = tell_chi;
        daemon.start();
        REQUIRE(daemon.start_run(until_method("fits = \"every\"\n")));
        for (int i = 0; i < 12; ++i) {
            daemon.measure(1);
        }
        CHECK(bench->ended_after == std::vector<std::uint64_t>{10});
        CHECK(bench->allowed_at_end == 10);  // told before the gate opens for reading 11
        daemon.finish();
    }
    CHECK(events_of(file, "SEGMENT_ENDED_BY_CONDITION").size() == 1);
}

TEST_CASE(
    "a detected T_x is a row, an event and a stored mask that outlives the daemon", "[scenario]"
) {
    const TempFile file;
    const auto bench = std::make_shared<Bench>();
    std::vector<double> masks_K;
    int looks = 0;
    const auto answer = [&](const daemon::FitRequest& request, record::FitResult& result) {
        masks_K.push_back(request.options.T_max_K);
        if (request.options.model == "transitions" && ++looks == 2) {
            record::ParameterEstimate T_x;
            T_x.name = "T_x_K";
            T_x.value = 505.0;
            result.parameters.push_back(T_x);
            result.status = "converged";
            result.reason = "crystallisation begins at 505 K";
        }
    };
    {
        Daemon first(file.path, bench);
        first.worker.answer = answer;
        first.start();
        REQUIRE(first.start_run());
        bench->segment = 2;
        first.measure(2);
        CHECK(looks == 1);
        first.measure(2);
        first.measure(2);
        CHECK(looks == 3);  // T_g is still looked for
        CHECK(masks_K.back() == 500.0);
        auto reader = reader_of(file);
        CHECK(reader.fact(1, "fit_T_max_K")->value_or("") == "500");
        first.die();
    }
    masks_K.clear();
    auto last_seq = reader_of(file).run("1")->last_seq;
    {
        Daemon second(file.path, bench);
        second.worker.answer = answer;
        second.start(last_seq);
        second.measure(2);
        second.finish();
    }
    REQUIRE_FALSE(masks_K.empty());
    for (const double mask_K : masks_K) {
        CHECK(mask_K == 500.0);
    }
    const auto told = events_of(file, "T_X_DETECTED");
    REQUIRE(told.size() == 1);
    CHECK(told[0].severity == record::Severity::minor);
    CHECK(told[0].message.find("505") != std::string::npos);
}

}  // namespace relaxd::test::scenario
