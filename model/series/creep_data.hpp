// SPDX-License-Identifier: MIT
//
// The rows of creep tests made ready for a fit (ANALYSIS 4.2 D): the history of stress read from
// its steps, the drift of a baseline at preload, sigmas, and bins of 30 rows a decade. Pure.

#pragma once

#include "model/series/creep_march.hpp"
#include "schema/base/result.hpp"
#include "schema/record/fit.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace relaxd::model {

/// One measured strain (or the mean of a bin of them).
struct CreepRow {
    double time_s = 0.0;
    double strain = 0.0;  ///< Without the baseline.
    double sigma = 0.0;
    std::uint64_t seq = 0;
    std::size_t first = 0;  ///< Of a bin: its rows in CreepTest::rows.
    std::size_t count = 1;
    bool is_out = false;  ///< An outlier that its bin does without.
};

/// Strain at preload: offset at `centre_s` and drift, already subtracted; their errors stay (that
/// of the drift is 0 where only the offset is known).
struct CreepBaseline {
    bool is_there = false;
    double centre_s = 0.0;
    double offset_sd = 0.0;
    double drift_per_s = 0.0;
    double drift_sd_per_s = 0.0;
};

/// One input: loading begins at time 0.
struct CreepTest {
    std::string name;
    StressHistory history;
    CreepBaseline baseline;
    std::vector<CreepRow> rows;  ///< Ascending; while the stress stands.
    std::vector<CreepRow> bins;
    double stress_Pa = 0.0;  ///< The largest, with its sign.
    bool has_recovery = false;
    bool sigma_given = false;
    bool is_smooth = false;  ///< Scatter below what counts: sigma is a floor, not a scale.
};

struct CreepData {
    std::vector<CreepTest> tests;
    double temperature_K = record::unknown;
    bool stress_known = true;  ///< Else compliance at unit stress.
    bool sigma_given = true;   ///< In all tests.
    bool is_smooth = false;    ///< In one of them.

    /// Sigmas are a scale that the residuals set.
    [[nodiscard]] bool sigma_is_relative() const { return !sigma_given && !is_smooth; }
    std::vector<std::string> warnings;
};

/// `Errc::invalid` with the sentence for `no_estimate`.
[[nodiscard]] Result<CreepData> prepare_creep(const record::SeriesData& data);

/// Bins of `rows` without those marked `is_out`.
void bin_rows(CreepTest& test);

/// Rows before the load from which a drift is seen; fewer give the offset alone.
inline constexpr std::size_t least_baseline = 4;

/// Baseline through the rows before the load (time, strain, sigma); `Errc::invalid` where it is
/// curved.
[[nodiscard]] Result<CreepBaseline> fit_baseline(
    const std::vector<CreepRow>& before, bool sigma_given, double& offset, double& drift
);

/// Standard deviations from the scatter of neighbours (what a row differs from the line between
/// them): growing straight with the strain where it does so, else a running scale over 61 rows.
/// True where most of them are at the floor.
bool running_sigma(std::vector<CreepRow>& rows, double floor);

}  // namespace relaxd::model
