// SPDX-License-Identifier: MIT
#include "schema/method/series_watch.hpp"

#include "tests/support/catch.hpp"

#include <cmath>

using relaxd::method::series_tests;
using relaxd::method::SeriesSnapshot;
using relaxd::method::SeriesTest;
using relaxd::method::SeriesWatch;
using relaxd::record::Channel;
using relaxd::record::Point;
using relaxd::record::SeriesKind;

namespace {

constexpr const char* two_temperatures =
    "mode = \"creep\"\nclamp = \"tension\"\nsegments = [\"Equilibrate at 430 K\", "
    "\"Sampling interval 0.5 s/pt\", \"Displace 25 MPa for 100 s\", "
    "\"Sampling interval 2 s/pt\", \"Recover for 200 s\", \"Equilibrate at 440 K\", "
    "\"Sampling 10 points per decade from 0.05 s\", \"Displace 25 MPa for 100 s\"]\n";

std::vector<SeriesTest> tests_of(const char* text) {
    const auto method = relaxd::method::parse(text);
    REQUIRE(method);
    const auto executed = relaxd::method::expand(*method);
    REQUIRE(executed);
    return series_tests(*method, *executed);
}

/// Readings of a run, numbered from 1.
class Readings {
  public:
    explicit Readings(SeriesWatch& watch) : watch_(watch) {}
    void creep(int segment, double time_s, double strain, const char* flags = "") {
        Point point = next(segment, time_s);
        point.reading.values[Channel::strain] = strain;
        point.reading.values[Channel::stress_Pa] = 25e6;
        point.reading.flags = flags;
        watch_.add(point);
    }
    void oscillation(int segment, double time_s, double temperature_K) {
        Point point = next(segment, time_s);
        point.reading.values[Channel::temperature_K] = temperature_K;
        point.reading.values[Channel::set_temperature_K] = 420.0;
        point.reading.values[Channel::frequency_Hz] = 1.0;
        point.reading.values[Channel::storage_modulus_Pa] = 30e9;
        point.reading.values[Channel::loss_modulus_Pa] = 0.3e9;
        watch_.add(point);
    }
    void lose(std::uint64_t readings) { number_ += readings; }

  private:
    Point next(int segment, double time_s) {
        Point point;
        point.seq = ++seq_;
        point.reading.number = ++number_;
        point.reading.segment = segment;
        point.reading.time_s = time_s;
        point.reading.values[Channel::temperature_K] = 430.0;
        return point;
    }
    SeriesWatch& watch_;
    std::uint64_t seq_ = 0;
    std::uint64_t number_ = 0;
};

}  // namespace

TEST_CASE("a load with its recovery is one test, a new temperature begins another", "[fits]") {
    const auto tests = tests_of(two_temperatures);
    REQUIRE(tests.size() == 2);
    CHECK(tests[0].segments == std::vector<int>{3, 5});
    CHECK(tests[0].first_s == std::vector<double>{0.5, 2.0});
    CHECK(tests[0].loads == 1);
    CHECK(tests[1].segments == std::vector<int>{8});
    CHECK(tests[1].first_s == std::vector<double>{0.05});
}

TEST_CASE("time counts from the load, whose end is known once the recovery begins", "[fits]") {
    SeriesWatch watch(tests_of(two_temperatures));
    Readings readings(watch);
    for (int i = 1; i <= 200; ++i) {
        readings.creep(3, 900.0 + 0.5 * i, 1e-3);
    }
    auto due = watch.take(false);
    REQUIRE(due.size() == 1);
    CHECK(due[0].is_afresh);
    CHECK(due[0].window.start_time_s == 900.0);
    CHECK(std::isnan(due[0].window.load_time_s));
    CHECK(due[0].data.points.front().time_s == 0.5);
    CHECK(due[0].data.points.back().time_s == 100.0);
    readings.creep(5, 1002.0, 2e-4);
    due = watch.take(true);
    REQUIRE(due.size() == 1);
    CHECK(due[0].window.load_time_s == 100.0);
    CHECK(due[0].data.inputs.at(0).load_time_s == 100.0);
    CHECK(due[0].data.points.size() == 201);
    const auto back = relaxd::record::series_from(relaxd::record::series_text(due[0].window));
    REQUIRE(back);
    CHECK(back->segments == due[0].window.segments);
    CHECK(back->start_time_s == 900.0);
    CHECK(back->load_time_s == 100.0);
}

TEST_CASE("fits of a test in time come at ten a decade, however many readings", "[fits]") {
    SeriesWatch watch(tests_of(two_temperatures));
    Readings readings(watch);
    int fits = 0;
    for (int i = 1; i <= 10'000; ++i) {  // four decades
        readings.creep(3, 0.5 * i, 1e-3);
        fits += static_cast<int>(watch.take(false).size());
    }
    CHECK(fits >= 28);
    CHECK(fits <= 42);
}

TEST_CASE("a test that ended is fitted whole, the next one without the strain it left", "[fits]") {
    SeriesWatch watch(tests_of(two_temperatures));
    Readings readings(watch);
    for (int i = 1; i <= 12; ++i) {
        readings.creep(3, 0.5 * i, 1e-3);
    }
    (void)watch.take(false);
    readings.creep(3, 6.5, 4e-3);
    readings.creep(8, 700.05, 5e-3);
    const auto due = watch.take(true);
    REQUIRE(due.size() == 2);
    CHECK(due[0].window.segments == std::vector<int>{3});
    CHECK(due[0].is_afresh);
    CHECK(due[0].data.points.size() == 13);
    CHECK(due[1].window.start_time_s == Approx(700.0));
    CHECK(due[1].window.strain_before == 4e-3);
    CHECK(due[1].data.points.at(0).strain == Approx(1e-3));
}

TEST_CASE("without the first readings nobody knows when the load began", "[fits]") {
    SeriesWatch watch(tests_of(two_temperatures));
    Readings readings(watch);
    readings.lose(3);
    for (int i = 4; i <= 30; ++i) {
        readings.creep(3, 0.5 * i, 1e-3);
    }
    const auto due = watch.take(false);
    REQUIRE(due.size() == 1);
    CHECK(due[0].trouble.find("first readings under load are missing") != std::string::npos);
}

TEST_CASE("flagged readings of a test count and are not fitted", "[fits]") {
    SeriesWatch watch(tests_of(two_temperatures));
    Readings readings(watch);
    readings.creep(3, 0.5, 9e-3, "clipped");
    for (int i = 2; i <= 20; ++i) {
        readings.creep(3, 0.5 * i, 1e-3);
    }
    const auto due = watch.take(false);
    REQUIRE(due.size() == 1);
    CHECK(due[0].trouble.empty());
    CHECK(due[0].window.start_time_s == 0.0);
    CHECK(due[0].data.points.size() == 19);
}

TEST_CASE("ageing begins at entry into the band of half a kelvin", "[fits]") {
    const auto tests = tests_of(
        "mode = \"aging\"\nclamp = \"single-cantilever\"\namplitude = \"15 um\"\n"
        "frequencies = [\"1 Hz\"]\n"
        "segments = [\"Equilibrate at 420 K\", \"Isothermal for 60 min\"]\n"
    );
    REQUIRE(tests.size() == 1);
    CHECK(tests[0].kind == SeriesKind::aging);
    SeriesWatch watch(tests);
    Readings readings(watch);
    readings.oscillation(2, 100.0, 418.0);
    readings.oscillation(2, 110.0, 419.2);
    for (int i = 0; i < 20; ++i) {
        readings.oscillation(2, 120.0 + 10.0 * i, 419.8);
    }
    const auto due = watch.take(false);
    REQUIRE(due.size() == 1);
    CHECK(due[0].window.start_time_s == 120.0);
    CHECK(due[0].data.points.size() == 20);
    CHECK(due[0].data.points.front().time_s == 0.0);
    CHECK(due[0].data.points.front().tan_delta == Approx(0.01));
    CHECK(relaxd::record::mean_temperature_K(due[0].data) == Approx(419.8));
}

TEST_CASE("other modes have no tests in time", "[fits]") {
    CHECK(tests_of("mode = \"multi-frequency-strain\"\nclamp = \"single-cantilever\"\n"
                   "amplitude = \"15 um\"\nfrequencies = [\"1 Hz\"]\n"
                   "segments = [\"Isothermal for 10 min\"]\n")
              .empty());
}

TEST_CASE("each strain that is held is a test of its own, from when it was applied", "[fits]") {
    const auto tests = tests_of(
        "mode = \"stress-relaxation\"\nclamp = \"tension\"\nsegments = [\"Equilibrate at 430 K\", "
        "\"Sampling 20 points per decade from 0.05 s\", \"Hold strain 0.1 % for 100 s\", "
        "\"Hold strain 0.2 % for 100 s\", \"Recover for 100 s\", \"Sampling interval 2 s/pt\", "
        "\"Hold strain 0.1 % for 100 s\"]\n"
    );
    REQUIRE(tests.size() == 2);  // the second strain relaxes what the first one left
    CHECK(tests[0].kind == SeriesKind::relaxation);
    CHECK(tests[0].segments == std::vector<int>{3});
    CHECK(tests[0].first_s == std::vector<double>{0.05});
    CHECK(tests[1].segments == std::vector<int>{7});
    CHECK(tests[1].first_s == std::vector<double>{2.0});

    SeriesWatch watch(tests);
    Readings readings(watch);
    for (int i = 1; i <= 40; ++i) {
        readings.creep(3, 900.0 + 0.05 * i, 1e-3);  // 25 MPa at 0.1 %
    }
    readings.creep(4, 1000.0, 2e-3);
    const auto due = watch.take(true);
    REQUIRE(due.size() == 1);
    CHECK(due[0].trouble.empty());
    CHECK(due[0].window.start_time_s == Approx(900.0));
    CHECK(due[0].data.points.size() == 40);
    CHECK(due[0].data.points.front().time_s == Approx(0.05));
    CHECK(due[0].data.points.front().strain == 1e-3);
    const auto back = relaxd::record::series_from(relaxd::record::series_text(due[0].window));
    REQUIRE(back);
    CHECK(back->kind == SeriesKind::relaxation);
    CHECK(back->segments == std::vector<int>{3});
}
