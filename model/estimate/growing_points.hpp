// SPDX-License-Identifier: MIT
//
// The points of a measurement that goes on, with what the fits keep of them from one to the next.
// Not safe for two threads.

#pragma once

#include "model/estimate/dynamic_tally.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace relaxd::model {

class GrowingPoints {
  public:
    GrowingPoints() = default;
    explicit GrowingPoints(std::vector<record::DynamicPoint> points) : points_(std::move(points)) {}

    void append(std::span<const record::DynamicPoint> more);
    /// Forgets all behind the first `n`.
    void keep_first(std::size_t n);
    [[nodiscard]] std::span<const record::DynamicPoint> points() const { return points_; }
    /// What dynamic_data() of the points is: only those that came since the last call with the same
    /// mask are looked at.
    [[nodiscard]] DynamicData data(double T_max_K);

  private:
    std::vector<record::DynamicPoint> points_;
    std::optional<DynamicTally> tally_;
};

/// fit() of estimate.hpp; `dynamic` at the same cost for many points as for few.
[[nodiscard]] record::FitResult fit(
    GrowingPoints& points,
    const record::FitOptions& options,
    const record::FitResult* dynamic = nullptr
);

}  // namespace relaxd::model
