// SPDX-License-Identifier: MIT
//
// Which fits of a run are asked for when: transitions on ramps, the whole model during ageing.
#include "schema/record/geometry_error.hpp"
#include "tests/daemon/fits_bench.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>

using relaxd::daemon::FitPlan;
using relaxd::daemon::make_fit_plan;
using relaxd::daemon::SegmentRole;
using relaxd::record::Channel;
using relaxd::record::Estimate;
using relaxd::record::Point;
using relaxd::record::Row;
using relaxd::test::Bench;
using relaxd::test::plan;
using relaxd::test::point;

namespace {

std::vector<Estimate> rows_of(const Bench& bench, const std::string& model) {
    std::vector<Estimate> found;
    for (const Row& row : bench.rows) {
        const auto* estimate = std::get_if<Estimate>(&row);
        if (estimate != nullptr && estimate->model == model) {
            found.push_back(*estimate);
        }
    }
    return found;
}

/// Heating: `per_K` readings a kelvin from `from_K`, numbered on.
void heat(Bench& bench, double from_K, double to_K, int per_K) {
    for (double T_K = from_K; T_K < to_K - 1e-9; T_K += 1.0 / per_K) {
        Point next = point(bench.fits.points() + 1, 1);
        next.reading.values[Channel::temperature_K] = T_K;
        bench.fits.add(next);
        bench.fits.request_if_due();
        bench.settle();
    }
}

std::optional<relaxd::record::Prior> last_prior(const Bench& bench) {
    const auto found = std::find_if(
        bench.worker.requests.rbegin(),
        bench.worker.requests.rend(),
        [](const auto& one) { return one.model == "dynamic"; }
    );
    REQUIRE(found != bench.worker.requests.rend());
    return found->T_g_prior_K;
}

FitPlan ageing_plan(std::size_t cycle) {
    FitPlan made = plan(cycle, {SegmentRole::isotherm});
    relaxd::daemon::SeriesTest test;
    test.kind = relaxd::record::SeriesKind::aging;
    test.segments = {1};
    test.first_s = {0.0};
    made.tests.push_back(test);
    return made;
}

Point aged(std::uint64_t number, double frequency_Hz) {
    Point out = point(number, 1);
    out.reading.time_s = 12.0 * static_cast<double>(number);
    out.reading.values[Channel::temperature_K] = 420.0;
    out.reading.values[Channel::frequency_Hz] = frequency_Hz;
    return out;
}

}  // namespace

TEST_CASE("transitions are looked for at most once a kelvin of a ramp", "[fits]") {
    Bench bench(plan(1, {SegmentRole::ramp}));
    bench.worker.allow(1000);
    heat(bench, 400.0, 420.0, 10);
    CHECK(bench.worker.asked_for("dynamic") == 200);
    CHECK(bench.worker.asked_for("transitions") >= 18);
    CHECK(bench.worker.asked_for("transitions") <= 20);
    CHECK(bench.events().empty());
}

TEST_CASE("a T_g that the ramp shows is recorded and is a prior where nobody gave one", "[fits]") {
    Bench bench(plan(1, {SegmentRole::ramp}));
    bench.worker.allow(1000);
    heat(bench, 440.0, 460.0, 2);
    CHECK_FALSE(last_prior(bench));
    bench.worker.requests.clear();
    bench.worker.T_g_K = 453.0;
    heat(bench, 460.0, 461.0, 2);
    REQUIRE(last_prior(bench));
    CHECK(last_prior(bench)->mean == 453.0);
    CHECK(last_prior(bench)->sd == 5.0);
    const auto first = std::find_if(
        bench.worker.requests.begin(),
        bench.worker.requests.end(),
        [](const auto& one) { return one.model == "dynamic"; }
    );
    CHECK_FALSE(first->is_warm);  // the first fit that knows it
    heat(bench, 461.0, 470.0, 2);
    CHECK(rows_of(bench, "transitions").size() == 1);  // the same value again is no news
    bench.worker.T_g_K = 452.0;
    heat(bench, 470.0, 480.0, 2);
    const auto rows = rows_of(bench, "transitions");
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].parameter == "T_g_K");
    CHECK(rows[0].value == 453.0);
    CHECK(rows[0].standard_error == 1.5);
    CHECK(rows[0].method == "chi kink, 3 K/min");
    CHECK(rows[1].value == 452.0);
    CHECK(last_prior(bench)->mean == 452.0);
    REQUIRE(bench.events().size() == 1);
    CHECK(bench.events()[0].code == "T_G_DETECTED");
    CHECK(bench.events()[0].detail == "453");
    CHECK(bench.events()[0].message.find("chi kink, 3 K/min") != std::string::npos);
}

TEST_CASE("a T_g that was given stays, the ramp's stands beside it", "[fits]") {
    FitPlan given = plan(1, {SegmentRole::ramp});
    given.options.T_g_prior_K = relaxd::record::Prior{448.0, 3.0};
    Bench bench(given);
    bench.worker.allow(1000);
    bench.worker.T_g_K = 453.0;
    heat(bench, 455.0, 460.0, 2);
    REQUIRE(last_prior(bench));
    CHECK(last_prior(bench)->mean == 448.0);
    CHECK(last_prior(bench)->sd == 3.0);
    CHECK(rows_of(bench, "transitions").size() == 1);
}

TEST_CASE("transitions are looked for until T_x is known and T_g is left behind", "[fits]") {
    FitPlan masked = plan(1, {SegmentRole::ramp});
    masked.options.T_max_K = 600.0;  // T_x is in the specimen's record
    Bench bench(masked);
    bench.worker.allow(1000);
    bench.worker.T_g_K = 450.0;
    heat(bench, 460.0, 494.0, 1);
    CHECK(bench.worker.asked_for("transitions") == 34);
    bench.worker.requests.clear();
    heat(bench, 496.0, 510.0, 1);
    CHECK(bench.worker.asked_for("transitions") == 0);
}

TEST_CASE("ageing at one temperature and frequency fits no whole model, and says so", "[fits]") {
    Bench bench(ageing_plan(1));
    bench.worker.allow(10'000);
    for (std::uint64_t i = 1; i <= 600; ++i) {  // 2 h
        bench.fits.add(aged(i, 1.0));
        bench.fits.request_if_due();
        bench.settle();
    }
    CHECK(bench.worker.asked_for("dynamic") == 0);
    CHECK(bench.worker.asked_for("aging") >= 100);  // each minute and more often at first
    CHECK(bench.worker.asked_for("aging") <= 140);
    REQUIRE(bench.events().size() == 1);
    CHECK(bench.events()[0].code == "NO_ESTIMATE");
    CHECK(bench.events()[0].detail == "dynamic");
    CHECK(bench.events()[0].message.find("one temperature and one frequency") != std::string::npos);
}

TEST_CASE("ageing at several frequencies fits the whole model ten times a decade", "[fits]") {
    Bench bench(ageing_plan(2));
    bench.worker.allow(10'000);
    for (std::uint64_t i = 1; i <= 1000; ++i) {
        bench.fits.add(aged(i, i % 2 == 0 ? 1.0 : 10.0));
        bench.fits.request_if_due();
        bench.settle();
    }
    CHECK(bench.worker.asked_for("dynamic") >= 18);
    CHECK(bench.worker.asked_for("dynamic") <= 30);
    CHECK(bench.worker.asked_for("dynamic") == bench.worker.asked_for("chi-slope"));
    const int before = bench.worker.asked_for("dynamic");
    REQUIRE(relaxd::test::await(bench.io, bench.fits.final_round()));
    CHECK(bench.worker.asked_for("dynamic") == before + 1);
}

TEST_CASE("dimensions and thermocouple make the plan's systematic errors", "[fits]") {
    const auto method = relaxd::method::parse(
        "mode = \"multi-frequency-strain\"\nclamp = \"single-cantilever\"\n"
        "amplitude = \"15 um\"\nfrequencies = [\"1 Hz\"]\n"
        "segments = [\"Ramp 3 K/min to 550 K\"]\n"
    );
    REQUIRE(method);
    const auto executed = relaxd::method::expand(*method);
    REQUIRE(executed);
    relaxd::record::Specimen bar;
    bar.length_m = 0.0175;
    bar.width_m = 0.003;
    bar.thickness_m = 0.001;
    CHECK(make_fit_plan(*method, *executed, bar).options.modulus_scale_relative_sd == 0.0);
    bar.length_sigma_m = 1.75e-5;  // 0.1 %
    bar.width_sigma_m = 6e-6;      // 0.2 %
    bar.thickness_sigma_m = 1e-5;  // 1 %
    relaxd::daemon::GivenKnowledge given;
    given.temperature_error_K = 1.5;
    const auto made = make_fit_plan(*method, *executed, bar, given);
    // l^3 / (w t^3)
    CHECK(
        made.options.modulus_scale_relative_sd ==
        Approx(std::sqrt(0.003 * 0.003 + 0.002 * 0.002 + 0.03 * 0.03))
    );
    CHECK(made.options.temperature_offset_sd_K == 1.5);
    CHECK(made.options_for("creep").modulus_scale_relative_sd > 0.0);
    bar.clamp = "tension";  // what the specimen's record says comes first
    CHECK(
        make_fit_plan(*method, *executed, bar).options.modulus_scale_relative_sd ==
        Approx(std::sqrt(0.001 * 0.001 + 0.002 * 0.002 + 0.01 * 0.01))
    );
}

TEST_CASE("a modulus' error is that of its finite differences in the dimensions", "[fits]") {
    relaxd::record::Specimen bar;
    bar.length_m = 0.02;
    bar.width_m = 0.004;
    bar.thickness_m = 0.0015;
    struct Formula {
        const char* clamp;
        double (*modulus)(double l, double w, double t);
    };
    const auto bending = [](double l, double w, double t) { return l * l * l / (w * t * t * t); };
    const auto pulled = [](double l, double w, double t) { return l / (w * t); };
    const auto pressed = [](double l, double w, double t) { return t / (l * w); };
    const auto twisted = [](double l, double w, double t) { return l / (w * t * t * t); };
    for (const Formula& one :
         {Formula{"dual-cantilever", bending},
          Formula{"3-point-bending", bending},
          Formula{"tension", pulled},
          Formula{"compression", pressed},
          Formula{"shear-sandwich", pressed},
          Formula{"torsion", twisted}}) {
        INFO(one.clamp);
        bar.length_sigma_m = 2e-6;
        bar.width_sigma_m = 3e-6;
        bar.thickness_sigma_m = 1e-6;
        const double l = bar.length_m;
        const double w = bar.width_m;
        const double t = bar.thickness_m;
        const double at = one.modulus(l, w, t);
        const double expected = std::hypot(
            one.modulus(l + 2e-6, w, t) / at - 1.0,
            one.modulus(l, w + 3e-6, t) / at - 1.0,
            one.modulus(l, w, t + 1e-6) / at - 1.0
        );
        const auto error = relaxd::record::modulus_error(one.clamp, bar);
        CHECK(error.relative_sd == Approx(expected).epsilon(0.005));
        CHECK_FALSE(error.formula.empty());
    }
    CHECK(relaxd::record::modulus_error("", bar).relative_sd == 0.0);
    const auto back =
        relaxd::record::systematic_errors_from(relaxd::record::systematic_errors_text({0.0317, 1.25}
        ));
    CHECK(back.modulus_scale_relative_sd == 0.0317);
    CHECK(back.temperature_offset_sd_K == 1.25);
    CHECK(relaxd::record::systematic_errors_from("nonsense").modulus_scale_relative_sd == 0.0);
}
