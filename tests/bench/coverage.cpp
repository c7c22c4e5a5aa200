// SPDX-License-Identifier: MIT
//
// Are the intervals of the dynamic fit honest? Many runs of the simulated laboratory, each fitted
// as a live fit is, against what was true (ANALYSIS 4.4). Four studies: coverage, wide random
// starts, outliers, wrong worlds. tests/bench/README.md says how to run it and what was found.
//
// Exit code: 0 = every target that was tried is met, 1 = not, 2 = wrong arguments.
#include "model/estimate/estimate.hpp"
#include "schema/base/number.hpp"
#include "tests/bench/coverage_table.hpp"
#include "tests/bench/coverage_world.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

namespace {

using relaxd::bench::CoverageTable;
using relaxd::bench::Glass;
using relaxd::bench::Laboratory;
using relaxd::bench::Readings;
using relaxd::bench::Tally;
using relaxd::bench::World;
using relaxd::record::FitOptions;
using relaxd::record::FitResult;
using relaxd::record::ParameterEstimate;
using relaxd::record::ParameterState;

constexpr std::uint64_t seed_max = 2000;
constexpr std::uint64_t enough = 100;  // determined values from which coverage is judged
constexpr double coverage_low = 0.93;
constexpr double coverage_high = 0.97;
constexpr std::uint64_t beyond_4_max = 10;
constexpr double starts_share = 0.95;
constexpr double outlier_share = 0.03;
constexpr double outlier_sigma = 15.0;
constexpr std::uint64_t outlier_stream = 0x6f75746c;
constexpr std::uint64_t start_stream = 0x73746172;
constexpr double bias_max = 3.0;  // combined errors

struct Arguments {
    std::string study = "all";
    std::string seeds = "1-2000";
    std::string material;
    std::string world;
    std::size_t keep_every = 1;
    int starts = 200;
    std::uint64_t first = 1;
    std::uint64_t last = seed_max;
};

int as_int(std::uint64_t number) {
    return static_cast<int>(number);
}

FitResult fitted(const Readings& readings, const FitOptions& options) {
    return relaxd::model::fit_dynamic(readings.points, options);
}

const ParameterEstimate* named(const FitResult& result, const std::string& name) {
    for (const auto* list : {&result.parameters, &result.derived}) {
        for (const ParameterEstimate& one : *list) {
            if (one.name == name) {
                return &one;
            }
        }
    }
    return nullptr;
}

bool wants(const std::string& asked, std::string_view name) {
    return asked.empty() || asked == name;
}

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

// --- Coverage ------------------------------------------------------------------------------------

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
        const bool judged = one.determined >= enough;
        const bool miss = judged && (inside < coverage_low || inside > coverage_high);
        good = good && !miss;
        std::printf(
            "%-22s %6d/%-4d %8.1f ± %4.1f %+8.2f %7.2f %7.2f %5d%s\n",
            one.parameter.c_str(),
            as_int(one.determined),
            as_int(one.estimates),
            100.0 * inside,
            100.0 * std::sqrt(0.05 * 0.95 / n),
            one.mean_z(),
            one.rms_z(),
            one.worst,
            as_int(one.beyond_4),
            miss     ? "  outside 93-97 %"
            : judged ? ""
                     : "  too few to judge"
        );
    }
    return good;
}

bool study_coverage(const Arguments& arguments) {
    bool good = true;
    std::uint64_t beyond_4 = 0;
    for (const Glass& glass : relaxd::bench::glasses()) {
        if (!wants(arguments.material, glass.name)) {
            continue;
        }
        Laboratory laboratory(glass, relaxd::bench::worlds().front(), arguments.keep_every);
        CoverageTable table;
        std::size_t points = 0;
        for (std::uint64_t seed = arguments.first; seed <= arguments.last; ++seed) {
            const Readings readings = laboratory.run(seed);
            points = readings.points.size();
            table.add(fitted(readings, laboratory.options(seed, false)), readings);
        }
        std::printf(
            "\n%s: %s\nseeds %d-%d, %d points a run, ",
            std::string(glass.name).c_str(),
            std::string(glass.title).c_str(),
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

// --- Wide random starts --------------------------------------------------------------------------

// Half widths: twice the prior's standard deviations (ANALYSIS 4.1).
constexpr std::pair<const char*, double> start_widths[] = {
    {"ln_E_u", 0.6},
    {"ln_A_beta", 3.0},
    {"U_beta_J_mol", 50e3},
    {"ln_tau_beta_ref", 6.0},
    {"ln_B", 1.0},
    {"ln_A_an", 4.0},
    {"chi_Tg", 0.3},
    {"a1_per_K", 0.006},
    {"ln_tau_max_Tg", 10.0},
    {"T_g_K", 6.0},
};

std::map<std::string, double> wide_start(const FitResult& best, std::uint64_t number) {
    std::map<std::string, double> start = best.warm_start;
    std::uint64_t draw = 0;
    for (const auto& [name, width] : start_widths) {
        const auto found = start.find(name);
        if (found == start.end()) {
            std::fprintf(stderr, "coverage: the fit has no coordinate %s\n", name);
            continue;
        }
        const double share = relaxd::simulator::random_share(start_stream, number, ++draw);
        found->second += width * (2.0 * share - 1.0);
    }
    start["chi_Tg"] = std::clamp(start["chi_Tg"], 0.1, 0.9);
    start["ln_B"] = std::clamp(start["ln_B"], std::log(0.06), std::log(2.9));
    start["ln_A_vp"] = start["ln_A_an"];
    return start;
}

/// Every determined parameter within a tenth of its standard error, or a better optimum.
bool is_same_optimum(const FitResult& found, const FitResult& best) {
    if (!found.is_usable()) {
        return false;
    }
    if (found.reduced_chi2 < best.reduced_chi2 * (1.0 - 1e-6)) {
        return true;
    }
    for (const ParameterEstimate& one : best.parameters) {
        const ParameterEstimate* other = named(found, one.name);
        if (one.state == ParameterState::determined &&
            (other == nullptr || !(std::abs(other->value - one.value) <= 0.1 * one.standard_error)
            )) {
            return false;
        }
    }
    return true;
}

bool study_starts(const Arguments& arguments) {
    bool good = true;
    std::printf("\nwide random starts: uniform within 2 prior s.d. of the optimum, every way\n");
    for (const Glass& glass : relaxd::bench::glasses()) {
        if (!wants(arguments.material, glass.name)) {
            continue;
        }
        Laboratory laboratory(glass, relaxd::bench::worlds().front(), arguments.keep_every);
        const Readings readings = laboratory.run(1);
        FitOptions options = laboratory.options(1, false);
        const FitResult best = fitted(readings, options);
        int alone = 0;
        int as_used = 0;
        for (int k = 0; k < arguments.starts; ++k) {
            options.start = wide_start(best, static_cast<std::uint64_t>(k));
            // Says that a cold fit has looked at these points: the start is all that is tried.
            options.start["n_checked"] = static_cast<double>(best.n_points);
            alone += is_same_optimum(fitted(readings, options), best) ? 1 : 0;
            options.start["n_checked"] = 0.0;
            as_used += is_same_optimum(fitted(readings, options), best) ? 1 : 0;
        }
        const bool met = as_used >= starts_share * arguments.starts;
        good = good && met;
        std::printf(
            "%-10s %d starts: %d reach the optimum beside the fit's own start, %d alone: %s\n",
            std::string(glass.name).c_str(),
            arguments.starts,
            as_used,
            alone,
            met ? "met" : "NOT MET"
        );
        std::fflush(stdout);
    }
    return good;
}

// --- Outliers ------------------------------------------------------------------------------------

Readings with_outliers(Readings readings, std::uint64_t seed) {
    const relaxd::simulator::NoiseSizes noise;
    for (std::size_t i = 0; i < readings.points.size(); ++i) {
        const auto draw = [&](std::uint64_t k) {
            return relaxd::simulator::random_share(seed, outlier_stream + k, i);
        };
        relaxd::record::DynamicPoint& point = readings.points[i];
        if (draw(0) > outlier_share) {
            continue;
        }
        const double sign = draw(1) < 0.5 ? -1.0 : 1.0;
        if (draw(2) < 0.5) {
            point.storage_modulus_Pa *= 1.0 + sign * outlier_sigma * noise.storage_relative;
        } else {
            const double sigma_Pa =
                noise.loss_relative * point.loss_modulus_Pa + noise.loss_floor_Pa;
            point.loss_modulus_Pa += sign * outlier_sigma * sigma_Pa;
        }
    }
    return readings;
}

bool study_outliers(const Arguments& arguments) {
    bool good = true;
    const std::uint64_t last = std::min(arguments.last, arguments.first + 19);
    std::printf(
        "\noutliers: 3 %% of the points off by 15 sigma in E' or E'', seeds %d-%d\n",
        as_int(arguments.first),
        as_int(last)
    );
    for (const Glass& glass : relaxd::bench::glasses()) {
        if (!wants(arguments.material, glass.name)) {
            continue;
        }
        Laboratory laboratory(glass, relaxd::bench::worlds().front(), arguments.keep_every);
        double worst = 0.0;
        std::string who;
        int beyond = 0;
        int compared = 0;
        for (std::uint64_t seed = arguments.first; seed <= last; ++seed) {
            const Readings clean = laboratory.run(seed);
            const FitOptions options = laboratory.options(seed, false);
            const FitResult without = fitted(clean, options);
            const FitResult with = fitted(with_outliers(clean, seed), options);
            for (const ParameterEstimate& one : without.parameters) {
                const ParameterEstimate* other = named(with, one.name);
                if (one.state != ParameterState::determined || other == nullptr) {
                    continue;
                }
                const double moved = std::abs(other->value - one.value) / one.standard_error;
                ++compared;
                beyond += moved <= 1.0 ? 0 : 1;
                if (!(moved <= worst)) {
                    worst = moved;
                    who = one.name + ", seed " + std::to_string(seed);
                }
            }
        }
        const bool met = beyond == 0 && compared > 0;
        good = good && met;
        std::printf(
            "%-10s %d of %d determined values moved by more than 1 s.e., at most %.2f (%s): %s\n",
            std::string(glass.name).c_str(),
            beyond,
            compared,
            worst,
            who.c_str(),
            met ? "met" : "NOT MET"
        );
        std::fflush(stdout);
    }
    return good;
}

// --- Wrong worlds --------------------------------------------------------------------------------

bool print_bias(const CoverageTable& table) {
    print_heads(table);
    std::printf(
        "%-22s %10s %13s %13s %15s\n",
        "parameter",
        "determined",
        "bias, s.e.",
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
            "%-22s %6d/%-4d %+12.2f %+13.2f %15d%s\n",
            one.parameter.c_str(),
            as_int(one.determined),
            as_int(one.estimates),
            one.mean_z(),
            one.mean_combined(),
            as_int(one.silent),
            miss ? "  determined, biased, no alarm" : ""
        );
    }
    return good;
}

bool study_worlds(const Arguments& arguments) {
    bool good = true;
    for (const World& world : relaxd::bench::worlds()) {
        if (!wants(arguments.world, world.name)) {
            continue;
        }
        for (const Glass& glass : relaxd::bench::glasses()) {
            if (!wants(arguments.material, glass.name)) {
                continue;
            }
            Laboratory laboratory(glass, world, arguments.keep_every);
            std::vector<CoverageTable> tables(world.remedy.empty() ? 1 : 2);
            for (std::uint64_t seed = arguments.first; seed <= arguments.last; ++seed) {
                const Readings readings = laboratory.run(seed);
                for (std::size_t k = 0; k < tables.size(); ++k) {
                    const FitOptions options = laboratory.options(seed, k == 1);
                    tables[k].add(fitted(readings, options), readings);
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
                    as_int(arguments.last)
                );
                good = print_bias(tables[k]) && good;
                std::fflush(stdout);
            }
        }
    }
    std::printf("\nwrong worlds: %s\n", good ? "met" : "NOT MET");
    return good;
}

bool parse_seeds(Arguments& arguments) {
    const std::size_t dash = arguments.seeds.find('-');
    const auto first = relaxd::to_count(std::string_view(arguments.seeds).substr(0, dash));
    const auto last = dash == std::string::npos
                          ? first
                          : relaxd::to_count(std::string_view(arguments.seeds).substr(dash + 1));
    if (!first || !last || *first < 1 || *last < *first || *last > seed_max) {
        return false;
    }
    arguments.first = *first;
    arguments.last = *last;
    return true;
}

}  // namespace

int main(int argc, char** argv) {
    Arguments arguments;
    CLI::App app("Are the intervals of the dynamic fit honest? See tests/bench/README.md.");
    app.add_option("--study", arguments.study, "coverage, starts, outliers, worlds or all")
        ->check(CLI::IsMember({"all", "coverage", "starts", "outliers", "worlds"}))
        ->capture_default_str();
    app.add_option("--seeds", arguments.seeds, "A-B within 1-2000")->capture_default_str();
    app.add_option("--material", arguments.material, "resolved, shoulder or wing; all of them")
        ->check(CLI::IsMember({"resolved", "shoulder", "wing"}));
    app.add_option("--world", arguments.world, "One wrong world (or `expected`); all of them");
    app.add_option("--keep-every", arguments.keep_every, "Of the rounds through the frequencies")
        ->check(CLI::Range(1, 20))
        ->capture_default_str();
    app.add_option("--starts", arguments.starts, "Random starts")->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    if (!parse_seeds(arguments)) {
        std::fprintf(stderr, "coverage: --seeds is A-B within 1-2000\n");
        return 2;
    }
    const auto asked = [&](const char* study) {
        return arguments.study == "all" || arguments.study == study;
    };
    bool good = true;
    if (asked("coverage")) {
        good = study_coverage(arguments) && good;
    }
    if (asked("starts")) {
        good = study_starts(arguments) && good;
    }
    if (asked("outliers")) {
        good = study_outliers(arguments) && good;
    }
    if (asked("worlds")) {
        good = study_worlds(arguments) && good;
    }
    return good ? 0 : 1;
}
