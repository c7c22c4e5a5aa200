// SPDX-License-Identifier: MIT
//
// Rows of a quantity that changes as a stretched exponential of time (ageing, stress relaxation):
// made from the rows of a series, thinned to at most 400 places in ln t.

#pragma once

#include "schema/record/fit.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace relaxd::model {

struct DecayRow {
    double time_s = 0.0;  ///< Since t = 0 of the law.
    double value = 0.0;
    double sigma = record::unknown;  ///< Unknown = nothing known of the noise.
    std::size_t group = 0;           ///< Rows of one group share both ends of the law.
    std::uint64_t seq = 0;
    double count = 1.0;  ///< Rows of the data in it.
};

struct DecayRows {
    std::vector<DecayRow> rows;           ///< In order of group, time.
    std::vector<std::uint64_t> outliers;  ///< Left out of a bin: far from its median.
    bool has_sigmas = false;

    [[nodiscard]] std::size_t groups() const;
    [[nodiscard]] double last_time_s() const;
    [[nodiscard]] std::vector<std::size_t> group_ends() const;
};

/// Sorts, and above `places` rows a group takes weighted means in bins of equal width in ln t; in a
/// bin of 5 or more a row beyond 6 robust standard deviations of its median is left out. Sigmas
/// count only where all rows have one.
[[nodiscard]] DecayRows thinned_decay(std::vector<DecayRow> rows, std::size_t places = 400);

}  // namespace relaxd::model
