// SPDX-License-Identifier: MIT
//
// Many seeds: each is 30 minutes of a laboratory with everything that can go wrong, and afterwards
// the promises R1-R8 and R10 are checked. tools/simulate runs more of them.
#include "schema/base/clock.hpp"
#include "schema/base/number.hpp"
#include "tests/simulation/world.hpp"
#include "tests/support/catch.hpp"

#include <cstdio>
#include <cstdlib>
#include <string>

using relaxd::test::simulation::Report;
using relaxd::test::simulation::simulate;

namespace {

/// A whole number from the environment (tools/simulate), or what CI takes.
std::uint64_t asked(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    const auto value = text == nullptr ? std::nullopt : relaxd::to_count(text);
    return value.value_or(otherwise);
}

double minutes() {
    return static_cast<double>(asked("RELAXD_SIMULATION_MINUTES", 30));
}

std::string how_to_repeat(std::uint64_t seed) {
    return "repeat it with: tools/simulate --seed " + std::to_string(seed) + " --minutes " +
           std::to_string(static_cast<int>(minutes()));
}

void say(const Report& total, std::uint64_t seeds, double took_s) {
    std::printf(
        "%llu seeds, %.1f simulated hours in %.1f s: %.0f x real time\n"
        "runs %llu, readings %llu, points %llu, gaps %llu (readings %llu), kills %llu, "
        "restarts %llu, cable troubles %llu, line faults %llu, failed writes %llu, acts %llu\n",
        static_cast<unsigned long long>(seeds),
        total.seconds / 3600.0,
        took_s,
        total.seconds / took_s,
        static_cast<unsigned long long>(total.runs),
        static_cast<unsigned long long>(total.readings),
        static_cast<unsigned long long>(total.points),
        static_cast<unsigned long long>(total.gaps),
        static_cast<unsigned long long>(total.missing),
        static_cast<unsigned long long>(total.kills),
        static_cast<unsigned long long>(total.restarts),
        static_cast<unsigned long long>(total.troubles),
        static_cast<unsigned long long>(total.struck),
        static_cast<unsigned long long>(total.disk_failures),
        static_cast<unsigned long long>(total.acts)
    );
}

void add(Report& total, const Report& one) {
    total.runs += one.runs;
    total.readings += one.readings;
    total.points += one.points;
    total.gaps += one.gaps;
    total.missing += one.missing;
    total.kills += one.kills;
    total.restarts += one.restarts;
    total.troubles += one.troubles;
    total.struck += one.struck;
    total.acts += one.acts;
    total.disk_failures += one.disk_failures;
    total.seconds += one.seconds;
}

}  // namespace

TEST_CASE("the promises hold whatever happens", "[simulation]") {
    const std::uint64_t first = asked("RELAXD_SIMULATION_FIRST", 1);
    const std::uint64_t seeds = asked("RELAXD_SIMULATION_SEEDS", 40);
    const bool trace = asked("RELAXD_SIMULATION_TRACE", 0) != 0;
    if (trace) {
        relaxd::daemon::start_logging("debug");
    }
    const relaxd::SystemClock clock;
    const auto begun = clock.steady();
    Report total;
    for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
        const Report report = simulate(seed, minutes(), trace);
        for (const std::string& broken : report.broken) {
            std::printf("seed %llu: %s\n", static_cast<unsigned long long>(seed), broken.c_str());
        }
        if (!report.broken.empty()) {
            FAIL_CHECK(how_to_repeat(seed));
        }
        add(total, report);
    }
    if (trace) {
        relaxd::daemon::stop_logging();
    }
    say(total, seeds, static_cast<double>(clock.steady().ns - begun.ns) * 1e-9);
    CHECK(total.points > 0);
}

TEST_CASE("the same seed gives the same file", "[simulation][repeat]") {
    for (const std::uint64_t seed : {1U, 2U, 3U}) {
        const Report once = simulate(seed, 10.0);
        const Report again = simulate(seed, 10.0);
        INFO(how_to_repeat(seed));
        CHECK_FALSE(once.digest.empty());
        CHECK(once.digest == again.digest);
        CHECK(once.points == again.points);
    }
}
