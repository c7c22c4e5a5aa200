// SPDX-License-Identifier: MIT
//
// Points as the dynamic fit uses them: masked, sorted by frequency and temperature, with standard
// deviations, binned when there are many. A pure function of the points: independent of arrival
// order and of earlier fits.

#pragma once

#include "schema/record/fit.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace relaxd::model {

struct DynamicRow {
    double temperature_K = 0.0;
    double ln_omega = 0.0;
    double storage_Pa = 0.0;
    double loss_Pa = 0.0;
    double storage_sigma_Pa = 0.0;
    double loss_sigma_Pa = 0.0;
    int group = 0;            ///< Rows of one input, one kind of modulus, one frequency.
    int input = 0;            ///< From 0, in the order of the inputs' numbers.
    bool is_shear = false;    ///< The moduli are G' and G''.
    std::uint64_t seq = 0;    ///< Of the first point in the bin.
    std::uint64_t count = 1;  ///< Points in the bin.
};

struct DynamicData {
    std::vector<DynamicRow> rows;  ///< Sorted by group, temperature, seq.
    std::uint64_t n_points = 0;    ///< Used, before binning.
    std::uint64_t n_masked = 0;    ///< Above T_max_K.
    std::uint64_t n_refused = 0;   ///< Not finite, or T, f not positive.
    std::uint64_t first_seq = 0;
    std::uint64_t last_seq = 0;
    double T_min_K = 0.0;
    double T_max_K = 0.0;
    double T_last_K = 0.0;  ///< Of the last used point in input order.
    std::size_t n_inputs = 1;
    bool has_tensile = false;
    bool has_shear = false;
};

/// Noise where a point gives none: 0.3 % of E', 1 % of E'' + 3 MPa, rescaled per frequency by the
/// median absolute second difference where temperatures are dense (ANALYSIS 4.1). Above 4000 rows
/// the points are averaged in fixed bins of temperature and frequency.
[[nodiscard]] DynamicData dynamic_data(
    std::span<const record::DynamicPoint> points, double T_max_K
);

/// At most about `n` rows, evenly over every frequency.
[[nodiscard]] std::vector<DynamicRow> thinned(const std::vector<DynamicRow>& rows, std::size_t n);

}  // namespace relaxd::model
