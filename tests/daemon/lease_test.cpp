// SPDX-License-Identifier: MIT
#include "daemon/run/lease.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/manual_clock.hpp"

using relaxd::Errc;
using relaxd::daemon::LeaseTable;
using relaxd::test::ManualClock;

TEST_CASE("while nobody holds the lease a command without a number passes", "[lease]") {
    const ManualClock clock;
    LeaseTable table;
    CHECK(table.check("dma1", std::nullopt, clock.steady()));
}

TEST_CASE("while somebody holds it only the present number passes", "[lease]") {
    const ManualClock clock;
    LeaseTable table;
    const auto number = table.acquire("dma1", "anna", "night run", false, clock.steady());
    REQUIRE(number);
    CHECK(table.check("dma1", *number, clock.steady()));
    const auto missing = table.check("dma1", std::nullopt, clock.steady());
    REQUIRE_FALSE(missing);
    CHECK(missing.error().code == Errc::refused);
    CHECK(missing.error().message.rfind("lease_held", 0) == 0);
    CHECK(missing.error().message.find("anna") != std::string::npos);
    CHECK(missing.error().message.find("night run") != std::string::npos);
    CHECK_FALSE(table.check("dma1", *number + 1, clock.steady()));
    // Another instrument has a lease of its own.
    CHECK(table.check("dma2", std::nullopt, clock.steady()));
}

TEST_CASE("a lease expires 30 s after its last use", "[lease]") {
    ManualClock clock;
    LeaseTable table;
    const auto number = table.acquire("dma1", "anna", "", false, clock.steady());
    REQUIRE(number);
    clock.advance_s(29.0);
    CHECK_FALSE(table.acquire("dma1", "bert", "", false, clock.steady()));
    CHECK(table.check("dma1", *number, clock.steady()));  // renews
    clock.advance_s(29.0);
    CHECK_FALSE(table.check("dma1", std::nullopt, clock.steady()));
    clock.advance_s(1.1);
    CHECK(table.check("dma1", std::nullopt, clock.steady()));
    CHECK(table.holder("dma1", clock.steady()).empty());
    const auto next = table.acquire("dma1", "bert", "", false, clock.steady());
    REQUIRE(next);
    CHECK(*next > *number);
}

TEST_CASE("taking over gives a greater number and the old one is refused for ever", "[lease]") {
    ManualClock clock;
    LeaseTable table;
    const auto old = table.acquire("dma1", "anna", "", false, clock.steady());
    const auto taken = table.acquire("dma1", "bert", "", true, clock.steady());
    REQUIRE(old);
    REQUIRE(taken);
    CHECK(*taken > *old);
    CHECK_FALSE(table.check("dma1", *old, clock.steady()));
    CHECK_FALSE(table.release("dma1", *old, clock.steady()));
    CHECK(table.holder("dma1", clock.steady()) == "bert");
    clock.advance_s(31.0);
    CHECK_FALSE(table.check("dma1", *old, clock.steady()));
}

TEST_CASE("the holder asking again keeps its number, releasing twice is success", "[lease]") {
    const ManualClock clock;
    LeaseTable table;
    const auto first = table.acquire("dma1", "anna", "", false, clock.steady());
    const auto again = table.acquire("dma1", "anna", "", false, clock.steady());
    REQUIRE(first);
    REQUIRE(again);
    CHECK(*first == *again);
    CHECK(table.release("dma1", *first, clock.steady()));
    CHECK(table.release("dma1", *first, clock.steady()));
    CHECK(table.check("dma1", std::nullopt, clock.steady()));
    CHECK_FALSE(table.acquire("dma1", "", "", false, clock.steady()));
}
