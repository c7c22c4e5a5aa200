// SPDX-License-Identifier: MIT
#include "model/estimate/estimate.hpp"
#include "schema/base/sha256.hpp"
#include "schema/record/estimate_rows.hpp"
#include "schema/record/fit_inputs.hpp"
#include "schema/record/series_window.hpp"
#include "tests/daemon/fits_bench.hpp"
#include "tests/support/catch.hpp"

#include <cmath>
#include <limits>

using relaxd::Errc;
using relaxd::daemon::FitPlan;
using relaxd::daemon::SegmentRole;
using relaxd::daemon::SeriesTest;
using relaxd::record::Channel;
using relaxd::record::Estimate;
using relaxd::record::Event;
using relaxd::record::FitResult;
using relaxd::record::Point;
using relaxd::record::Row;
using relaxd::test::Bench;
using relaxd::test::plan;
using relaxd::test::point;

TEST_CASE("snapshots that come during a fit are replaced by the newest", "[fits]") {
    Bench bench(plan(1));
    bench.add(1, 1);
    REQUIRE(bench.worker.requests.size() == 1);
    for (std::uint64_t seq = 2; seq <= 6; ++seq) {
        bench.add(seq, seq);
    }
    CHECK(bench.worker.requests.size() == 1);  // one in flight
    bench.worker.allow(1);
    bench.settle();
    REQUIRE(bench.worker.requests.size() == 2);
    CHECK(bench.worker.requests[1].points == 6);
    CHECK(bench.fits.requests_discarded() == 4);
    bench.worker.allow(1);
    bench.settle();
    CHECK(bench.worker.requests.size() == 2);
}

TEST_CASE("a fit is asked for once a pass over the frequencies", "[fits]") {
    Bench bench(plan(5));
    bench.worker.allow(100);
    for (std::uint64_t seq = 1; seq <= 14; ++seq) {
        bench.add(seq, seq);
    }
    CHECK(bench.worker.requests.size() == 2);
    CHECK_FALSE(bench.worker.requests[0].is_warm);
    CHECK(bench.worker.requests[1].is_warm);
}

TEST_CASE("the final round is cold and covers every isotherm", "[fits]") {
    FitPlan masked = plan(2, {SegmentRole::sweep, SegmentRole::ramp, SegmentRole::isotherm});
    masked.options.T_max_K = 600.0;  // a known T_x is not looked for
    Bench bench(masked);
    bench.worker.allow(100);
    bench.add(1, 1, 1);
    REQUIRE(bench.worker.requests.size() == 2);  // dynamic and chi-slope, at one point of a sweep
    CHECK(bench.worker.requests[1].model == "chi-slope");
    bench.add(2, 3, 3);
    bench.worker.requests.clear();
    REQUIRE(relaxd::test::await(bench.io, bench.fits.final_round()));
    REQUIRE(bench.worker.requests.size() == 5);
    CHECK(bench.worker.requests[0].model == "transitions");  // T_g is not known
    CHECK_FALSE(bench.worker.requests[1].is_warm);
    CHECK(bench.worker.requests[2].segments == std::vector<int>{1, 3});
    CHECK(bench.worker.requests[3].model == "master-curve");
    CHECK(bench.worker.requests[3].segments == std::vector<int>{1, 3});
    CHECK(bench.worker.requests[4].model == "beta-peaks");
    CHECK(bench.worker.requests[4].segments == std::vector<int>{2});
}

TEST_CASE("an isotherm that was not stationary is in no fit from then on", "[fits]") {
    Bench bench(
        plan(2, {SegmentRole::sweep, SegmentRole::none, SegmentRole::isotherm, SegmentRole::sweep})
    );
    bench.worker.allow(100);
    bench.add(1, 1, 1);
    bench.add(2, 2, 3);
    bench.fits.leave_out(1);
    bench.add(3, 3, 4);
    bench.worker.requests.clear();
    REQUIRE(relaxd::test::await(bench.io, bench.fits.final_round()));
    REQUIRE(bench.worker.requests.size() == 3);
    CHECK(bench.worker.requests[0].model == "dynamic");
    CHECK(bench.worker.requests[0].segments == std::vector<int>{2, 3, 4});
    CHECK(bench.worker.requests[1].model == "chi-slope");
    CHECK(bench.worker.requests[1].segments == std::vector<int>{3, 4});
    CHECK(bench.worker.requests[2].model == "master-curve");
    CHECK(bench.worker.requests[2].segments == std::vector<int>{3, 4});
}

TEST_CASE("a T_x that the ramp shows masks the fits from then on, told and noted once", "[fits]") {
    Bench bench(plan(1, {SegmentRole::none, SegmentRole::ramp}));
    std::vector<double> masks_K;
    bench.fits.on_mask([&](double T_max_K) { masks_K.push_back(T_max_K); });
    bench.worker.allow(100);
    bench.add(1, 1, 1);
    REQUIRE(bench.worker.requests.size() == 1);  // no ramp yet: T_x is not looked for
    bench.add(2, 2, 2);
    REQUIRE(bench.worker.requests.size() == 4);
    CHECK(bench.worker.requests[1].model == "transitions");
    CHECK(bench.worker.requests[1].segments == std::vector<int>{2});
    CHECK(std::isnan(bench.worker.requests[2].T_max_K));
    CHECK(bench.worker.requests[2].is_warm);
    CHECK(bench.events().empty());  // nothing seen is not told
    bench.worker.T_x_K = 505.0;
    bench.worker.requests.clear();
    bench.add(3, 3, 2);
    REQUIRE(bench.worker.requests.size() == 3);
    CHECK(bench.worker.requests[1].model == "dynamic");
    CHECK(bench.worker.requests[1].T_max_K == 500.0);
    CHECK_FALSE(bench.worker.requests[1].is_warm);
    CHECK(bench.worker.requests[2].T_max_K == 500.0);
    bench.worker.requests.clear();
    bench.add(4, 4, 2);
    REQUIRE(bench.worker.requests.size() == 3);  // T_g may still come
    CHECK(bench.worker.requests[1].model == "dynamic");
    CHECK(bench.worker.requests[1].T_max_K == 500.0);
    CHECK(masks_K == std::vector<double>{500.0});
    REQUIRE(bench.events().size() == 1);
    CHECK(bench.events()[0].code == "T_X_DETECTED");
    CHECK(bench.events()[0].severity == relaxd::record::Severity::minor);
    CHECK(bench.events()[0].detail == "500");
    int rows = 0;
    for (const Row& row : bench.rows) {
        const auto* estimate = std::get_if<Estimate>(&row);
        if (estimate != nullptr && estimate->model == "transitions") {
            ++rows;
            CHECK(estimate->parameter == "T_x_K");
            CHECK(estimate->value == 505.0);
        }
    }
    CHECK(rows == 1);
}

TEST_CASE("all rows of one fit carry its number, hash and code version", "[fits]") {
    Bench bench(plan(1));
    bench.fits.continue_after(41);
    bench.worker.allow(1);
    bench.add(1, 3);
    REQUIRE(bench.rows.size() == 2);
    const auto& first = std::get<Estimate>(bench.rows[0]);
    const auto& derived = std::get<Estimate>(bench.rows[1]);
    CHECK(first.fit_number == 42);
    CHECK(derived.fit_number == 42);
    CHECK(derived.temperature_K == 303.0);
    CHECK(first.simulated);
    CHECK_FALSE(first.code_version.empty());
    CHECK(
        first.options_sha256 ==
        relaxd::sha256_hex(relaxd::model::canonical_text(bench.fits.plan().options_for("dynamic")))
    );
}

TEST_CASE("what a fit depended on is recorded with its first row, and only there", "[fits]") {
    FitPlan masked = plan(1, {SegmentRole::sweep});
    masked.options.T_max_K = 600.0;
    Bench bench(masked);
    bench.worker.allow(100);
    bench.add(1, 3);
    bench.add(4, 4);
    std::vector<relaxd::record::FitInputs> told;
    for (const Row& row : bench.rows) {
        const auto& estimate = std::get<Estimate>(row);
        if (estimate.inputs) {
            CHECK(estimate.inputs->fit_number == estimate.fit_number);
            CHECK(estimate.inputs->model == estimate.model);
            told.push_back(*estimate.inputs);
        }
    }
    REQUIRE(told.size() == 4);  // dynamic and chi-slope, twice
    CHECK(told[0].start.empty());
    CHECK(told[0].segments.empty());
    CHECK(told[0].up_to_seq == 3);
    CHECK(told[0].n_given == 3);
    CHECK(told[0].dynamic_fit_number == 0);
    CHECK(told[1].segments == "1");
    CHECK(told[1].dynamic_fit_number == 1);
    CHECK(told[2].start == "x=1\n");  // the fake's warm start
    CHECK(told[2].up_to_seq == 4);
    CHECK(told[3].dynamic_fit_number == 3);
    const auto options = relaxd::record::options_from(told[0].options);
    REQUIRE(options);
    CHECK(options->T_max_K == 600.0);
    CHECK(
        relaxd::sha256_hex(relaxd::model::canonical_text(*options)) ==
        std::get<Estimate>(bench.rows[0]).options_sha256
    );
}

TEST_CASE("the same reason is told once, a new one again", "[fits]") {
    Bench bench(plan(1));
    bench.worker.allow(100);
    bench.worker.reason = "5 points, 9 needed";
    bench.add(1, 1);
    bench.worker.reason = "6 points, 9 needed";
    bench.add(2, 2);
    CHECK(bench.events().size() == 1);
    bench.worker.reason = "singular";
    bench.add(3, 3);
    REQUIRE(bench.events().size() == 2);
    CHECK(bench.events()[1].code == "NO_ESTIMATE");
    CHECK(bench.events()[1].message == "singular");
    bench.worker.reason = "";
    bench.add(4, 4);
    bench.worker.reason = "singular";
    bench.add(5, 5);
    CHECK(bench.events().size() == 3);
}

TEST_CASE("an alarm is told once a kind while it stands, and when it goes", "[fits]") {
    Bench bench(plan(1));
    bench.worker.allow(100);
    bench.worker.alarm = "residuals between 400 and 450 K: mean +2.1e-3, p = 3e-12";
    bench.add(1, 1);
    bench.worker.alarm = "residuals between 405.5 and 451 K: mean -0.4, p = 0.002";
    bench.add(2, 2);
    REQUIRE(bench.events().size() == 1);
    CHECK(bench.events()[0].code == "MODEL_ALARM");
    CHECK(bench.events()[0].severity == relaxd::record::Severity::minor);
    CHECK(bench.events()[0].detail == "dynamic");
    CHECK(bench.events()[0].message.find("3e-12") != std::string::npos);
    bench.worker.alarm = "neighbouring residuals are alike";
    bench.add(3, 3);
    CHECK(bench.events().size() == 2);
    bench.worker.alarm = "none";
    bench.add(4, 4);
    bench.add(5, 5);
    CHECK(bench.events().size() == 2);  // it may come back
    bench.add(6, 6);
    REQUIRE(bench.events().size() == 3);
    CHECK(bench.events()[2].code == "MODEL_ALARM_CLEARED");
    CHECK(bench.events()[2].detail == "dynamic");
    bench.worker.alarm = "neighbouring residuals are alike";
    bench.add(7, 7);
    CHECK(bench.events().size() == 4);
}

TEST_CASE("a creep test is fitted as a series with its segment and temperature", "[fits]") {
    FitPlan creep = plan(1);
    creep.material["E_u_Pa"] = 33e9;
    SeriesTest test;
    test.segments = {1};
    test.first_s = {1.0};
    test.loads = 1;
    creep.tests.push_back(test);
    Bench bench(creep);
    bench.worker.allow(100);
    for (std::uint64_t seq = 1; seq <= 9; ++seq) {
        Point one;
        one.seq = seq;
        one.reading.number = seq;
        one.reading.segment = 1;
        one.reading.time_s = static_cast<double>(seq);
        one.reading.values[Channel::temperature_K] = 430.0;
        one.reading.values[Channel::strain] = 1e-3;
        bench.fits.add(one);
        bench.fits.request_if_due();
        bench.settle();
    }
    REQUIRE(bench.worker.requests.size() == 1);
    CHECK(bench.worker.requests[0].model == "creep");
    REQUIRE_FALSE(bench.rows.empty());
    const auto& row = std::get<Estimate>(bench.rows[0]);
    CHECK(row.segment == 1);
    CHECK(row.temperature_K == 430.0);
    REQUIRE(row.inputs);
    CHECK(row.inputs->n_given == 8);
    CHECK(row.inputs->up_to_seq == 8);
    const auto window = relaxd::record::series_from(row.inputs->series);
    REQUIRE(window);
    CHECK(window->segments == std::vector<int>{1});
    const auto options = relaxd::record::options_from(row.inputs->options);
    REQUIRE(options);
    CHECK(options->material.at("E_u_Pa") == 33e9);
    REQUIRE(relaxd::test::await(bench.io, bench.fits.final_round()));
    REQUIRE(bench.worker.requests.size() == 2);
    CHECK_FALSE(bench.worker.requests[1].is_warm);
}

TEST_CASE("a worker that was killed is told as such and the next fit goes on", "[fits]") {
    Bench bench(plan(1));
    bench.worker.allow(100);
    bench.worker.error = relaxd::Error{Errc::timeout, "hung", {}, {}};
    bench.add(1, 1);
    REQUIRE(bench.events().size() == 2);
    CHECK(bench.events()[0].code == "FIT_WORKER_RESTARTED");
    CHECK(bench.events()[1].code == "NO_ESTIMATE");
    bench.worker.error = {};
    bench.add(2, 2);
    CHECK(std::holds_alternative<Estimate>(bench.rows.back()));
}

TEST_CASE("flagged or incomplete readings never reach a fit", "[fits]") {
    Point good = point(1);
    CHECK(relaxd::record::dynamic_point(good));
    Point flagged = good;
    flagged.reading.flags = "not_settled overload";
    CHECK_FALSE(relaxd::record::dynamic_point(flagged));
    Point creep = good;
    creep.reading.values[Channel::loss_modulus_Pa] = relaxd::record::unknown;
    CHECK_FALSE(relaxd::record::dynamic_point(creep));
    Point odd = good;
    odd.reading.flags = "overloaded";  // another word
    CHECK(relaxd::record::dynamic_point(odd));
}

TEST_CASE("infinite numbers of a fit are unknown in the record", "[fits]") {
    FitResult result;
    result.parameters.emplace_back();
    result.parameters[0].value = std::numeric_limits<double>::infinity();
    const auto rows = relaxd::record::estimate_rows(result, {});
    REQUIRE(rows.size() == 1);
    CHECK(std::isnan(std::get<Estimate>(rows[0]).value));
}

TEST_CASE("the plan takes T_g, T_x and the roles of segments from method and specimen", "[fits]") {
    const auto method = relaxd::method::parse(
        "mode = \"multi-frequency-strain\"\nclamp = \"single-cantilever\"\n"
        "amplitude = \"15 um\"\nfrequencies = [\"1 Hz\", \"2 Hz\"]\n"
        "segments = [\"Equilibrate at 300 K\", \"Isothermal for 10 min\", "
        "\"Ramp 3 K/min to 550 K\", \"Frequency sweep 1 Hz to 10 Hz, 5 points per decade\"]\n"
    );
    REQUIRE(method);
    const auto executed = relaxd::method::expand(*method);
    REQUIRE(executed);
    relaxd::record::Specimen specimen;
    specimen.T_g_K = 453.0;
    specimen.T_x_K = 520.0;
    const FitPlan made = relaxd::daemon::make_fit_plan(*method, *executed, specimen);
    CHECK(made.options.T_max_K == 515.0);
    REQUIRE(made.options.T_g_prior_K);
    CHECK(made.options.T_g_prior_K->mean == 453.0);
    CHECK(made.options.T_g_prior_K->sd == 3.0);
    CHECK(made.cycle == 2);
    CHECK(made.readings_a_fit(3) == 2);
    CHECK(made.readings_a_fit(4) == 1);
    CHECK(made.segments_for("chi-slope", 4) == std::vector<int>{2, 4});
    CHECK(made.segments_for("beta-peaks", 4) == std::vector<int>{3});
}
