// SPDX-License-Identifier: MIT
//
// Two studies of many seeds: do intervals cover in the world that the fits expect, and what is
// called determined in worlds that they do not expect.
#include "tests/bench/coverage_studies.hpp"
#include "tests/bench/coverage_table.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

namespace relaxd::bench {

namespace {

constexpr std::uint64_t enough = 1000;  // determined values from which coverage is judged strictly
constexpr double coverage_low = 0.93;
constexpr double coverage_high = 0.97;
constexpr std::uint64_t beyond_4_max = 10;
constexpr double bias_max = 3.0;           // combined errors
constexpr std::uint64_t world_seeds = 50;  // enough for a bias of 3

void print_heads(const CoverageTable& table) {
    std::printf("%d runs", as_int(table.runs()));
    if (table.failed() > 0) {
        std::printf(
            ", %d without an estimate (%s)", as_int(table.failed()), table.first_reason().c_str()
        );
    }
    std::printf(", model alarm in %d\n", as_int(table.alarms()));
    if (!table.untold().empty()) {
        std::printf("no truth is told for:");
        for (const std::string& name : table.untold()) {
            std::printf(" %s", name.c_str());
        }
        std::printf("\n");
    }
}

void print_beyond(const CoverageTable& table) {
    constexpr std::size_t lines_max = 12;
    for (std::size_t i = 0; i < std::min(table.beyond_4().size(), lines_max); ++i) {
        const Beyond& one = table.beyond_4()[i];
        std::printf(
            "  seed %d: %s = %.6g ± %.2g, truth %.6g, z %+.1f, reduced chi2 %.3f\n",
            as_int(one.seed),
            one.estimate.name.c_str(),
            one.estimate.value,
            one.estimate.standard_error,
            one.truth,
            one.z,
            one.reduced_chi2
        );
    }
}

bool print_coverage(const CoverageTable& table, std::uint64_t& beyond_4) {
    print_heads(table);
    std::printf(
        "%-22s %10s %16s %7s %7s %7s %5s\n",
        "parameter",
        "determined",
        "in 95 % (±s.d.)",
        "mean z",
        "rms z",
        "max |z|",
        ">4"
    );
    bool good = table.failed() == 0;
    for (const Tally& one : table.rows()) {
        const auto n = static_cast<double>(one.determined);
        beyond_4 += one.beyond_4;
        if (one.determined == 0) {
            std::printf("%-22s %6d/%-4d\n", one.parameter.c_str(), 0, as_int(one.estimates));
            continue;
        }
        const double inside = one.share_inside();
        // A quick look is spared its own chance: two standard deviations of the share.
        const double deviation = std::sqrt(0.05 * 0.95 / n);
        const double slack = one.determined >= enough ? 0.0 : 2.0 * deviation;
        const bool miss = inside < coverage_low - slack || inside > coverage_high + slack;
        good = good && !miss;
        std::printf(
            "%-22s %6d/%-4d %8.1f ± %4.1f %+8.2f %7.2f %7.2f %5d%s\n",
            one.parameter.c_str(),
            as_int(one.determined),
            as_int(one.estimates),
            100.0 * inside,
            100.0 * deviation,
            one.mean_z(),
            one.rms_z(),
            one.worst,
            as_int(one.beyond_4),
            miss ? "  outside 93-97 %" : ""
        );
    }
    print_beyond(table);
    return good;
}

}  // namespace

bool study_coverage(const Arguments& arguments) {
    bool good = true;
    std::uint64_t beyond_4 = 0;
    for (const Glass& glass : glasses()) {
        if (!wants(arguments.material, glass.name)) {
            continue;
        }
        Laboratory laboratory(
            glass, worlds().front(), arguments.beyond_T_g_K, arguments.keep_every
        );
        CoverageTable table;
        std::size_t points = 0;
        for (std::uint64_t seed = arguments.first; seed <= arguments.last; ++seed) {
            const Readings readings = laboratory.run(seed);
            points = readings.points.size();
            const record::FitResult result = fitted(readings, laboratory.options(seed, false));
            table.add(seed, result, readings);
            write_values(arguments, "expected", glass, seed, result, readings);
        }
        std::printf(
            "\n%s: %s\n300 K to T_g %+.0f K, seeds %d-%d, %d points a run, ",
            std::string(glass.name).c_str(),
            std::string(glass.title).c_str(),
            arguments.beyond_T_g_K,
            as_int(arguments.first),
            as_int(arguments.last),
            static_cast<int>(points)
        );
        good = print_coverage(table, beyond_4) && good;
        std::fflush(stdout);
    }
    std::printf(
        "\ncoverage: %s; |z| > 4: %d (at most %d): %s\n",
        good ? "met" : "NOT MET",
        as_int(beyond_4),
        as_int(beyond_4_max),
        beyond_4 <= beyond_4_max ? "met" : "NOT MET"
    );
    return good && beyond_4 <= beyond_4_max;
}

namespace {

bool print_bias(const CoverageTable& table) {
    print_heads(table);
    std::printf(
        "%-22s %10s %10s %7s %14s %13s\n",
        "parameter",
        "determined",
        "bias, s.e.",
        "rms z",
        "bias, combined",
        "without alarm"
    );
    bool good = true;
    for (const Tally& one : table.rows()) {
        if (one.determined == 0) {
            continue;
        }
        const bool miss = one.silent > 0 && std::abs(one.mean_silent()) > bias_max;
        good = good && !miss;
        std::printf(
            "%-22s %6d/%-4d %+9.2f %7.2f %+14.2f %13d%s\n",
            one.parameter.c_str(),
            as_int(one.determined),
            as_int(one.estimates),
            one.mean_z(),
            one.rms_z(),
            one.mean_combined(),
            as_int(one.silent),
            miss ? "  determined, biased, no alarm" : ""
        );
    }
    return good;
}

}  // namespace

bool study_worlds(const Arguments& arguments) {
    bool good = true;
    const std::uint64_t last = std::min(arguments.last, arguments.first + world_seeds - 1);
    for (World world : worlds()) {
        if (!wants(arguments.world, world.name)) {
            continue;
        }
        if (world.E_u_slope_per_K != 0.0) {
            world.E_u_slope_per_K = arguments.slope_per_K;
        }
        for (const Glass& glass : glasses()) {
            if (!wants(arguments.material, glass.name)) {
                continue;
            }
            Laboratory laboratory(glass, world, arguments.beyond_T_g_K, arguments.keep_every);
            std::vector<CoverageTable> tables(world.remedy.empty() ? 1 : 2);
            for (std::uint64_t seed = arguments.first; seed <= last; ++seed) {
                const Readings readings = laboratory.run(seed);
                for (std::size_t k = 0; k < tables.size(); ++k) {
                    const record::FitOptions options = laboratory.options(seed, k == 1);
                    const record::FitResult result = fitted(readings, options);
                    tables[k].add(seed, result, readings);
                    const std::string name = std::string(world.name) + (k == 1 ? " remedy" : "");
                    write_values(arguments, name, glass, seed, result, readings);
                }
            }
            for (std::size_t k = 0; k < tables.size(); ++k) {
                std::printf(
                    "\n%s (%s), %s%s%s, seeds %d-%d: ",
                    std::string(world.name).c_str(),
                    std::string(world.title).c_str(),
                    std::string(glass.name).c_str(),
                    k == 1 ? ", with --free " : "",
                    k == 1 ? world.remedy.front().c_str() : "",
                    as_int(arguments.first),
                    as_int(last)
                );
                good = print_bias(tables[k]) && good;
                std::fflush(stdout);
            }
        }
    }
    std::printf("\nwrong worlds: %s\n", good ? "met" : "NOT MET");
    return good;
}

}  // namespace relaxd::bench
