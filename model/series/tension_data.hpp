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
    double last_strain = 0.0;     ///< Of the first pull.
    double machine_per_Pa = 0.0;  ///< Strain of the machine per stress, in the legs' strains.
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

/// Engineering stress and strain become true ones (stress x (1 + strain), ln(1 + strain): volume
/// constant, as in flow). `machine_m_per_N`: displacement of the machine per force. What it makes
/// of the strain at the measured stress leaves the specimen's, whose true strain comes out; then
/// `machine_per_Pa` times the stress is added, for the march to take off again at the stress of the
/// model, which has no noise. `Errc::invalid` with the sentence for `no_estimate`.
[[nodiscard]] Result<TensionData> prepare_tension(
    const record::SeriesData& data, double machine_m_per_N = 0.0
);

}  // namespace relaxd::model
