// SPDX-License-Identifier: MIT
//
// Points as the dynamic fit uses them: masked, sorted by frequency and temperature, with standard
// deviations, averaged in cells when there are many (dynamic_tally.hpp). A pure function of the
// points: independent of arrival order and of earlier fits.

#pragma once

#include "model/fit/named_systematic.hpp"
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
    bool is_all_shear = false;  ///< Also of those that are masked or refused; false without points.
};

/// Rows that are fitted one by one; with more they are averaged.
inline constexpr std::size_t rows_max = 4000;

/// Noise where a point gives none: 0.3 % of E', 1 % of E'' + 3 MPa, rescaled per frequency by the
/// median absolute second difference where temperatures are dense (ANALYSIS 4.1). Above 4000 rows
/// the points are averaged in fixed cells of temperature and frequency, and the scale is that of
/// the cells' means.
[[nodiscard]] DynamicData dynamic_data(
    std::span<const record::DynamicPoint> points, double T_max_K
);

/// The same data as if measured with that scale and offset of temperature in error.
[[nodiscard]] DynamicData moved(const DynamicData& data, const DataError& error);

/// The rows that are not of one of `seqs`; all where those are more than `share_max` of them.
[[nodiscard]] DynamicData without(
    const DynamicData& data, const std::vector<std::uint64_t>& seqs, double share_max
);

/// At most about `n` rows, evenly over every frequency.
[[nodiscard]] std::vector<DynamicRow> thinned(const std::vector<DynamicRow>& rows, std::size_t n);

}  // namespace relaxd::model
