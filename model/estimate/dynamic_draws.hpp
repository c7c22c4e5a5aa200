// SPDX-License-Identifier: MIT
//
// Further starts of the dynamic fit, drawn from its prior: the same ones at every call.

#pragma once

#include "model/estimate/dynamic_layout.hpp"

#include <vector>

namespace relaxd::model {

/// 8 draws from the Gaussian priors about the start from the data, cut at 2 standard deviations and
/// kept inside the physical box; what has no prior stays.
[[nodiscard]] std::vector<Coordinates> prior_draws(const DynamicStart& start);

}  // namespace relaxd::model
