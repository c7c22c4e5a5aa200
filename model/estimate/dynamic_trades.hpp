// SPDX-License-Identifier: MIT
//
// What is known where single parameters are not: for the trades of ANALYSIS 4.3 the combination
// that the data do give, and the measurement that would tell its members apart.

#pragma once

#include "model/estimate/dynamic_layout.hpp"
#include "model/estimate/dynamic_posterior.hpp"
#include "schema/record/fit.hpp"

#include <vector>

namespace relaxd::model {

/// A combination is listed when at least one of its members is free and not `determined`, the data
/// narrow it to below 0.3 of its prior, and either two members are correlated above 0.98 or both
/// `traded`, or it is known five times better (in logarithms) than every member. Values in SI;
/// `T_last_K` is where tau_max(T) is meant.
[[nodiscard]] std::vector<record::KnownCombination> known_combinations(
    const Layout& layout, const DynamicPosterior& known, double T_last_K
);

}  // namespace relaxd::model
