// SPDX-License-Identifier: MIT
//
// Which readings of a test in time its fits use: all of the first 20 000, then so many per e-fold
// of the time since the segment began, so that a test of a month costs little more than one of a
// day. A reading is used or not when it comes, by those before it: the same live, in a replay and
// from a file. Whole readings are kept and none are averaged: noise, outliers and sequence numbers
// stay what they were. Pure; seconds.

#pragma once

#include "schema/record/fit.hpp"

#include <cstddef>

namespace relaxd::record {

/// Of the first readings of a test all are used.
inline constexpr std::size_t series_whole = 20'000;
/// Of later ones so many per e-fold of time (1150 a decade): 38 in each bin of a creep fit.
inline constexpr double series_per_efold = 500.0;

/// One test; readings in the order of their seq. Thinning what was thinned leaves it as it is.
class SeriesThinning {
  public:
    /// Is it used?
    [[nodiscard]] bool add(const SeriesPoint& point);
    [[nodiscard]] std::size_t left_out() const { return left_out_; }

  private:
    std::size_t used_ = 0;
    std::size_t left_out_ = 0;
    int segment_ = 0;
    double begin_s_ = 0.0;  ///< Of the present segment.
    double last_s_ = 0.0;   ///< Of the last reading used.
};

}  // namespace relaxd::record
