// SPDX-License-Identifier: MIT
//
// The creep and tension tests of series_coverage: a noise-free curve of the simulated glass, what
// is true of it, the noise of the instrument, and how it is fitted.
#pragma once

#include "schema/record/fit.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace relaxd::bench {

/// Standard deviations of the rows, and whether the fit is told them.
struct RowNoise {
    double strain_relative = 0.0;
    double strain = 0.0;
    double stress_share = 0.0;  ///< Of the largest stress so far.
    bool is_told = true;
};

struct Scenario {
    std::string name;
    record::SeriesData clean;
    RowNoise noise;
    record::FitOptions options;
    std::map<std::string, double> truth;  ///< By reported name.

    /// The same test measured with other noise.
    [[nodiscard]] record::SeriesData measured(std::uint64_t seed) const;
};

/// Name and maker of each: a nonlinear curve takes a second to compute.
[[nodiscard]] std::vector<std::pair<const char*, std::function<Scenario()>>> scenarios();

}  // namespace relaxd::bench
