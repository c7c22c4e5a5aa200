// SPDX-License-Identifier: MIT
//
// Which fits a method calls for, with which options: a pure value made once a run.

#pragma once

#include "daemon/fits/prior_run.hpp"
#include "schema/method/method.hpp"
#include "schema/method/series_watch.hpp"
#include "schema/record/fit.hpp"
#include "schema/record/records.hpp"

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace relaxd::daemon {

using method::series_tests;
using method::SeriesSnapshot;
using method::SeriesTest;
using method::SeriesWatch;

constexpr double below_T_x_K = 5.0;  ///< Crystals bias the modulus before T_x shows.

/// What a segment can tell the estimators.
enum class SegmentRole : std::uint8_t { none, isotherm, sweep, ramp };

struct FitPlan {
    method::FitsMode mode = method::FitsMode::newest;
    record::FitOptions options;      ///< Of every model but for `model` and `start`.
    std::vector<SegmentRole> roles;  ///< By executed segment, from 1 at index 0.
    std::size_t cycle = 1;           ///< Readings of one pass over frequencies and amplitudes.
    std::set<int> left_out;          ///< Isotherms that were not stationary.
    std::vector<SeriesTest> tests;   ///< In time: creep, ageing, relaxation.
    /// What creep cannot tell itself ([fits] material, a run named as prior), by name.
    std::map<std::string, double> material;

    [[nodiscard]] SegmentRole role(int segment) const;
    /// The specimen changed while this isotherm was measured: no fit sees it from now on.
    void leave_out(int segment) { left_out.insert(segment); }
    /// Segments 1 … `last_segment` without those left out; empty (= all) where none is.
    [[nodiscard]] std::vector<int> used(int last_segment) const;
    /// Is it an ageing isotherm? Its readings come for hours and say ever less of the whole model.
    [[nodiscard]] bool is_ageing(int segment) const;
    /// New readings that are worth a fit: one pass over the frequencies; each one in a sweep and
    /// with `fits = "every"`.
    [[nodiscard]] std::size_t readings_a_fit(int segment) const;
    /// Segments of 1 … `last_segment` that `model` ("chi-slope", "beta-peaks",
    /// "transitions") may use.
    [[nodiscard]] std::vector<int> segments_for(const std::string& model, int last_segment) const;
    /// The options with `model` set and no start vector.
    [[nodiscard]] record::FitOptions options_for(const std::string& model) const;
};

/// `given`: of an earlier run and a material; the method's own words come first. T_g: fixed by the
/// method's [fits], else a prior of ±3 K around the specimen's; points above
/// T_x - 5 K are masked when the specimen has a T_x. The dimensions' standard deviations and the
/// thermocouple's make systematic errors.
[[nodiscard]] FitPlan make_fit_plan(
    const method::Method& method,
    const std::vector<method::Executed>& executed,
    const record::Specimen& specimen,
    const GivenKnowledge& given = {}
);

}  // namespace relaxd::daemon
