// SPDX-License-Identifier: MIT
//
// The studies that `coverage` is made of, and what they share.
#pragma once

#include "model/estimate/estimate.hpp"
#include "tests/bench/coverage_world.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace relaxd::bench {

inline constexpr std::uint64_t seed_max = 2000;

struct Arguments {
    std::string study = "all";
    std::string seeds = "1-2000";
    std::string material;
    std::string world;
    std::string values;  ///< File for every single value; empty = none.
    double slope_per_K = -3e-4;
    double beyond_T_g_K = 30.0;
    std::size_t keep_every = 1;
    int starts = 200;
    std::uint64_t first = 1;
    std::uint64_t last = seed_max;
};

inline int as_int(std::uint64_t number) {
    return static_cast<int>(number);
}

inline bool wants(const std::string& asked, std::string_view name) {
    return asked.empty() || asked == name;
}

[[nodiscard]] inline record::FitResult fitted(
    const Readings& readings, const record::FitOptions& options
) {
    return model::fit_dynamic(readings.points, options);
}

/// One line for every value of `result` in the file `--values`, if one is wanted.
void write_values(
    const Arguments& arguments,
    std::string_view study,
    const Glass& glass,
    std::uint64_t seed,
    const record::FitResult& result,
    const Readings& readings
);

/// Each prints what it finds and says whether its target is met.
[[nodiscard]] bool study_coverage(const Arguments& arguments);
[[nodiscard]] bool study_starts(const Arguments& arguments);
[[nodiscard]] bool study_optimum(const Arguments& arguments);
[[nodiscard]] bool study_outliers(const Arguments& arguments);
[[nodiscard]] bool study_worlds(const Arguments& arguments);

}  // namespace relaxd::bench
