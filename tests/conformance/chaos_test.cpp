// SPDX-License-Identifier: MIT
//
// The chaos itself: it does what its plan says, says what it did, and does the same again.
#include "tests/conformance/kit/plans.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>

using namespace relaxd::test::kit;
using relaxd::SteadyTime;

namespace {

struct Passed {
    std::string bytes;
    std::size_t portions = 0;
    SteadyTime last;
    ChaosReport report;
};

/// A hundred numbered lines, 10 ms apart, and all that comes out.
Passed pass(const ChaosPlan& plan, int lines = 100) {
    Passed passed;
    ChaosWay way(plan, true, passed.report);
    SteadyTime now;
    const auto collect = [&] {
        for (std::string got = way.release(now); !got.empty(); got = way.release(now)) {
            passed.bytes += got;
            ++passed.portions;
            passed.last = now;
        }
    };
    for (int i = 1; i <= lines; ++i) {
        now.ns = std::int64_t{i} * 10'000'000;
        way.take("line " + std::to_string(i) + "\n", now);
        collect();
    }
    while (const auto next = way.next_release()) {
        now = std::max(now, *next);
        collect();
    }
    return passed;
}

std::string all_lines() {
    std::string text;
    for (int i = 1; i <= 100; ++i) {
        text += "line " + std::to_string(i) + "\n";
    }
    return text;
}

ChaosPlan with(Hurt hurt, double probability) {
    ChaosPlan plan;
    plan.to_host.with(hurt, probability);
    return plan;
}

}  // namespace

TEST_CASE("a calm line passes what is put in", "[conformance][chaos]") {
    const Passed passed = pass(ChaosPlan());
    CHECK(passed.bytes == all_lines());
    CHECK(passed.report.total() == 0);
}

TEST_CASE("what is split, delayed or late arrives whole, later", "[conformance][chaos]") {
    const Hurt hurt = GENERATE(Hurt::split, Hurt::delayed, Hurt::late);
    const Passed passed = pass(with(hurt, 0.3));
    CHECK(passed.bytes == all_lines());
    CHECK(passed.report.of(hurt) > 10);
    CHECK((hurt != Hurt::split || passed.portions > 120));
    CHECK((hurt != Hurt::late || passed.last.ns > 1'500'000'000));
}

TEST_CASE("each hurt changes the lines in its own way, and is counted", "[conformance][chaos]") {
    const auto count = [](const std::string& text) {
        return std::count(text.begin(), text.end(), '\n');
    };
    const Passed twice = pass(with(Hurt::duplicated, 0.3));
    CHECK(
        count(twice.bytes) == 100 + static_cast<std::ptrdiff_t>(twice.report.of(Hurt::duplicated))
    );
    const Passed fewer = pass(with(Hurt::dropped, 0.3));
    CHECK(count(fewer.bytes) == 100 - static_cast<std::ptrdiff_t>(fewer.report.of(Hurt::dropped)));
    const Passed shorter = pass(with(Hurt::ended_short, 0.3));
    CHECK(shorter.bytes.size() == all_lines().size() - shorter.report.of(Hurt::ended_short));
    const Passed nulled = pass(with(Hurt::nulled, 0.3));
    CHECK(
        static_cast<std::uint64_t>(std::count(nulled.bytes.begin(), nulled.bytes.end(), '\0')) ==
        nulled.report.of(Hurt::nulled)
    );
    const Passed flipped = pass(with(Hurt::flipped, 0.3));
    CHECK(flipped.bytes.size() == all_lines().size());
    CHECK(flipped.bytes != all_lines());
    const Passed cut = pass(with(Hurt::cut, 0.3));
    CHECK(cut.bytes.size() < all_lines().size());
    const Passed asked = pass(with(Hurt::stray, 0.3));
    CHECK(count(asked.bytes) == 100 + static_cast<std::ptrdiff_t>(asked.report.of(Hurt::stray)));
    CHECK(pass(with(Hurt::junk, 0.3)).bytes.size() > all_lines().size());
    const Passed mixed = pass(with(Hurt::reordered, 0.3));
    CHECK(mixed.bytes != all_lines());
    CHECK(mixed.bytes.size() == all_lines().size());
    CHECK(mixed.bytes.find("line 57\n") != std::string::npos);
}

TEST_CASE("the same seed hurts the same lines, another seed others", "[conformance][chaos]") {
    ChaosPlan plan = plan_for("everything", {true, true, "\n"}, std::chrono::milliseconds(100));
    const Passed first = pass(plan);
    CHECK(first.report.total() > 10);
    CHECK(pass(plan).bytes == first.bytes);
    CHECK(pass(plan).report.text(plan) == first.report.text(plan));
    CHECK(first.report.text(plan).find("seed " + std::to_string(plan.seed)) != std::string::npos);
    ++plan.seed;
    CHECK(pass(plan).bytes != first.bytes);
}

TEST_CASE("frames without a line end pass as they come", "[conformance][chaos]") {
    ChaosPlan plan;
    plan.terminator.clear();
    plan.to_host.with(Hurt::duplicated, 1.0);
    ChaosReport report;
    ChaosWay way(plan, true, report);
    way.take(std::string("\x01\x03\x00\n", 4), SteadyTime{});
    CHECK(way.release(SteadyTime{}) == std::string("\x01\x03\x00\n\x01\x03\x00\n", 8));
}

TEST_CASE("every plan of the suite exists, also for a protocol without checksum", "[chaos]") {
    for (const std::string& name : plan_names()) {
        for (const bool knows : {false, true}) {
            const ChaosPlan plan =
                plan_for(name, {knows, knows, "\r"}, std::chrono::milliseconds(50));
            CHECK(plan.name == name);
            CHECK((knows || plan.to_host.of(Hurt::flipped) == 0.0));
        }
    }
    CHECK_THROWS(plan_for("no such plan", {}, std::chrono::milliseconds(50)));
}
