// SPDX-License-Identifier: MIT
//
// The readings of a calibration run in groups of one frequency and about one temperature: mean
// apparent stiffness, its scatter, and whether the two halves of a group agree. Private to
// model/geometry.

#pragma once

#include "model/geometry/calibrate.hpp"
#include "model/geometry/correction.hpp"

#include <cstddef>
#include <vector>

namespace relaxd::model {

struct RawGroup {
    double frequency_Hz = 0.0;
    double temperature_K = 0.0;   ///< Mean.
    double displacement_m = 0.0;  ///< Mean amplitude.
    double force_N = 0.0;
    std::size_t n = 0;
    Complex mean_N_per_m;      ///< Of (F/x) exp(i phase).
    Covariance2 scatter;       ///< Of one reading.
    double halves_chi2 = 0.0;  ///< Of their difference, 2 degrees of freedom; 0 below 8 readings.
    bool has_halves = false;
};

/// By frequency, then temperature. Bins of `temperature_bin_K` begin at the lowest temperature of
/// all; groups of fewer than `readings_min` are left out and counted in `left_out`.
[[nodiscard]] std::vector<RawGroup> raw_groups(
    const std::vector<RawReading>& readings, double lowest_K, std::size_t& left_out
);

/// Index of the bin of a temperature.
[[nodiscard]] long long bin_of(double temperature_K, double lowest_K);

/// The lowest usable temperature of some runs; NaN where there is none.
[[nodiscard]] double lowest_temperature(const std::vector<const RawRun*>& runs);

/// Sum of chi2 with its degrees of freedom; its factor on variances is max(1, chi2/dof) where the
/// sum is improbable (normal deviate above 3, Wilson and Hilferty 1931).
struct ChiSquared {
    double chi2 = 0.0;
    double degrees = 0.0;
    [[nodiscard]] double deviate() const;
    [[nodiscard]] double factor() const;
};

}  // namespace relaxd::model
