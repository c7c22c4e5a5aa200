// SPDX-License-Identifier: MIT
//
// A test in time that lasts for days: what its fits use of it.
#include "schema/method/series_watch.hpp"
#include "tests/support/catch.hpp"

#include <cmath>
#include <vector>

using relaxd::method::SeriesTest;
using relaxd::method::SeriesWatch;
using relaxd::record::Channel;
using relaxd::record::Point;
using relaxd::record::SeriesData;
using relaxd::record::SeriesKind;
using relaxd::record::SeriesPoint;

namespace {

Point reading(std::uint64_t number, int segment, double time_s) {
    Point point;
    point.seq = 2 * number;  // events lie between
    point.reading.number = number;
    point.reading.segment = segment;
    point.reading.time_s = time_s;
    point.reading.values[Channel::strain] = 1e-3;
    point.reading.values[Channel::stress_Pa] = 25e6;
    point.reading.values[Channel::temperature_K] = 430.0;
    return point;
}

std::vector<SeriesTest> one_test(int segments) {
    SeriesTest test;
    for (int k = 1; k <= segments; ++k) {
        test.segments.push_back(k);
        test.first_s.push_back(0.1);
    }
    test.loads = segments / 2;
    return {test};
}

bool is_same(const SeriesData& a, const SeriesData& b) {
    bool same = a.points.size() == b.points.size();
    for (std::size_t k = 0; same && k < a.points.size(); ++k) {
        same = a.points[k].seq == b.points[k].seq && a.points[k].time_s == b.points[k].time_s;
    }
    return same;
}

}  // namespace

TEST_CASE("a creep test of days is fitted to its end, on as many readings as one of hours") {
    SeriesWatch watch(one_test(2));
    std::vector<SeriesPoint> all;
    std::uint64_t number = 0;
    int fits = 0;
    std::size_t used = 0;
    double last_s = 0.0;
    for (int segment = 1; segment <= 2; ++segment) {
        for (int k = 1; k <= 150'000; ++k) {
            const double time_s = 500.0 + 0.1 * k + (segment == 2 ? 15'000.0 : 0.0);
            const Point point = reading(++number, segment, time_s);
            watch.add(point);
            all.push_back(*relaxd::record::series_point(point, SeriesKind::creep));
            const bool is_end = segment == 2 && k == 150'000;
            for (const auto& due : watch.take(is_end)) {
                REQUIRE(due.trouble.empty());
                // What a replay makes of all readings is what the fit had.
                REQUIRE(
                    is_same(due.data, relaxd::record::series_data(all, due.window, due.up_to_seq))
                );
                ++fits;
                used = due.data.points.size();
                last_s = due.data.points.back().time_s;
                CHECK(due.left_out == all.size() - watch.points());
            }
        }
    }
    CHECK(fits > 60);
    CHECK(used >= 20'000);
    CHECK(used < 30'000);
    CHECK(last_s > 30'000.0 - 15'000.0 / 500.0);
    // Densely again after the load was taken off.
    const auto end = watch.take(true);
    CHECK(end.empty());
    std::size_t early = 0;
    const auto data = relaxd::record::series_data(
        all, {SeriesKind::creep, {1, 2}, 500.0, 15'000.0, 0.0}, all.back().seq
    );
    for (const SeriesPoint& p : data.points) {
        early += p.segment == 2 && p.time_s <= 15'010.0 ? 1 : 0;
    }
    CHECK(early >= 99);  // of 100 in the first ten seconds
}

TEST_CASE("a test with too many loads says at once that its fits end, and what to do") {
    SeriesWatch watch(one_test(400));
    std::uint64_t number = 0;
    int told = 0;
    for (int segment = 1; segment <= 400; ++segment) {
        for (int k = 1; k <= 300; ++k) {
            const double time_s = 0.1 * k + 30.0 * segment;
            watch.add(reading(++number, segment, time_s));
            for (const auto& due : watch.take(false)) {
                told += due.trouble.empty() ? 0 : 1;
                const bool is_clear =
                    due.trouble.empty() ||
                    (due.trouble.find("more than 50000 readings") != std::string::npos &&
                     due.trouble.find("points per decade") != std::string::npos);
                CHECK(is_clear);
            }
        }
    }
    CHECK(told == 1);
}
