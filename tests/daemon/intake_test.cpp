// SPDX-License-Identifier: MIT
#include "daemon/acquire/intake.hpp"

#include "tests/support/catch.hpp"

#include <rapidcheck.h>

#include <set>
#include <utility>
#include <variant>

using relaxd::daemon::Intake;
using relaxd::record::Gap;
using relaxd::record::Point;
using relaxd::record::Reading;
using relaxd::record::Row;

namespace {

Reading reading(std::uint64_t number) {
    Reading out;
    out.number = number;
    out.time_s = static_cast<double>(number) * 2.0;
    return out;
}

}  // namespace

TEST_CASE("a reading that comes twice or late becomes a point once", "[acquire]") {
    Intake intake;
    CHECK(intake.take(reading(1)).size() == 1);
    CHECK(intake.take(reading(1)).empty());
    CHECK(intake.take(reading(2)).size() == 1);
    CHECK(intake.take(reading(1)).empty());
    CHECK(intake.duplicates() == 2);
}

TEST_CASE("numbers that jump leave a gap with its size and times before the point", "[acquire]") {
    Intake intake;
    (void)intake.take(reading(4));
    const auto rows = intake.take(reading(8));
    REQUIRE(rows.size() == 2);
    const auto& gap = std::get<Gap>(rows[0]);
    CHECK(gap.first_number == 5);
    CHECK(gap.missing == 3);
    CHECK(gap.from_time_s == 8.0);
    CHECK(gap.to_time_s == 16.0);
    CHECK_FALSE(gap.cause.empty());
    CHECK(std::get<Point>(rows[1]).reading.number == 8);
}

TEST_CASE("a gap that the driver reports is not reported again by the numbers", "[acquire]") {
    Intake intake(10);
    Gap gap;
    gap.first_number = 9;  // 9 and 10 are recorded: only 11 to 13 are missing
    gap.missing = 5;
    const auto rows = intake.take(gap);
    REQUIRE(rows.size() == 1);
    CHECK(std::get<Gap>(rows[0]).first_number == 11);
    CHECK(std::get<Gap>(rows[0]).missing == 3);
    CHECK(intake.take(gap).empty());
    CHECK(intake.take(reading(14)).size() == 1);
}

TEST_CASE("points and gaps together cover every number exactly once", "[acquire]") {
    REQUIRE(rc::check([] {
        Intake intake;
        std::set<std::uint64_t> covered;
        const auto numbers = *rc::gen::container<std::vector<int>>(rc::gen::inRange(-40, 40));
        for (const int number : numbers) {
            std::vector<Row> rows;
            if (number > 0) {
                rows = intake.take(reading(static_cast<std::uint64_t>(number)));
            } else if (number < 0) {
                Gap gap;
                gap.first_number = static_cast<std::uint64_t>(-number);
                gap.missing = 3;
                rows = intake.take(gap);
            }
            for (const Row& row : rows) {
                if (const auto* point = std::get_if<Point>(&row)) {
                    RC_ASSERT(covered.insert(point->reading.number).second);
                } else {
                    const auto& gap = std::get<Gap>(row);
                    for (std::uint64_t k = 0; k < gap.missing; ++k) {
                        RC_ASSERT(covered.insert(gap.first_number + k).second);
                    }
                }
            }
        }
        RC_ASSERT(covered.size() == intake.last_number());
    }));
}
