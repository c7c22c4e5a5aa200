// SPDX-License-Identifier: MIT
//
// The rows of tension tests made ready for a fit (ANALYSIS 4.2 H): legs of strain and rest, means
// of neighbouring rows, sigmas, and a mask where the specimen localised. Pure.

#pragma once

#include "model/series/tension_march.hpp"
#include "schema/base/result.hpp"
#include "schema/record/fit.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace relaxd::model {

/// What is compared at the end of a leg: the stress, or at rest the strain.
struct TensionRow {
    std::size_t leg = 0;
    double value = 0.0;
    double sigma = 0.0;
    bool is_strain = false;
    std::vector<std::uint64_t> seqs;  ///< Of the rows in the mean.
};

/// One input.
struct TensionCurve {
    std::string name;
    std::vector<TensionLeg> legs;
    std::vector<TensionRow> rows;
    double temperature_K = record::unknown;
    double rate_per_s = 0.0;  ///< Of the first pull.
    double largest_stress_Pa = 0.0;
    double last_strain = 0.0;  ///< Of the first pull.
    bool sigma_given = true;
    bool is_smooth = false;  ///< Scatter below what counts: sigma is a floor, not a scale.
    bool has_rest = false;
    bool turns = false;  ///< Unloads somewhere.
};

struct TensionData {
    std::vector<TensionCurve> curves;
    bool sigma_given = true;
    bool is_smooth = false;

    /// Sigmas are a scale that the residuals set.
    [[nodiscard]] bool sigma_is_relative() const { return !sigma_given && !is_smooth; }
    std::vector<std::string> warnings;
};

/// `Errc::invalid` with the sentence for `no_estimate`.
[[nodiscard]] Result<TensionData> prepare_tension(const record::SeriesData& data);

}  // namespace relaxd::model
