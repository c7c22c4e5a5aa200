// SPDX-License-Identifier: MIT
//
// Are the intervals of the dynamic fit honest? Many runs of the simulated laboratory, each fitted
// as a live fit is, against what was true (ANALYSIS 4.4). Four studies: coverage, wide random
// starts, outliers, wrong worlds. tests/bench/README.md says how to run it and what was found.
//
// Exit code: 0 = every target that was tried is met, 1 = not, 2 = wrong arguments.
#include "schema/base/number.hpp"
#include "tests/bench/coverage_studies.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <string>

namespace {

using relaxd::bench::Arguments;

bool parse_seeds(Arguments& arguments) {
    const std::size_t dash = arguments.seeds.find('-');
    const auto first = relaxd::to_count(std::string_view(arguments.seeds).substr(0, dash));
    const auto last = dash == std::string::npos
                          ? first
                          : relaxd::to_count(std::string_view(arguments.seeds).substr(dash + 1));
    if (!first || !last || *first < 1 || *last < *first || *last > relaxd::bench::seed_max) {
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
    app.add_option(
           "--study", arguments.study, "coverage, starts, outliers, worlds, all (these), or optimum"
    )
        ->check(CLI::IsMember({"all", "coverage", "starts", "outliers", "worlds", "optimum"}))
        ->capture_default_str();
    app.add_option("--seeds", arguments.seeds, "A-B within 1-2000")->capture_default_str();
    app.add_option("--material", arguments.material, "resolved, shoulder or wing; all of them")
        ->check(CLI::IsMember({"resolved", "shoulder", "wing"}));
    app.add_option("--world", arguments.world, "One wrong world (or `expected`); all of them");
    app.add_option("--slope", arguments.slope_per_K, "Of E_u in the world `softening`, per K")
        ->capture_default_str();
    app.add_option("--values", arguments.values, "CSV file for every single value, appended");
    app.add_option("--to", arguments.beyond_T_g_K, "Where the ramp ends, in K above T_g")
        ->check(CLI::Range(-100.0, 60.0))
        ->capture_default_str();
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
        good = relaxd::bench::study_coverage(arguments) && good;
    }
    if (asked("starts")) {
        good = relaxd::bench::study_starts(arguments) && good;
    }
    if (asked("outliers")) {
        good = relaxd::bench::study_outliers(arguments) && good;
    }
    if (asked("worlds")) {
        good = relaxd::bench::study_worlds(arguments) && good;
    }
    if (arguments.study == "optimum") {
        good = relaxd::bench::study_optimum(arguments);
    }
    return good ? 0 : 1;
}
