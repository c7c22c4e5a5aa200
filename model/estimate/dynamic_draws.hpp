// SPDX-License-Identifier: MIT
//
// Further starts of the dynamic fit, drawn from its prior: the same ones at every call.

#pragma once

#include "model/estimate/dynamic_layout.hpp"

#include <vector>

namespace relaxd::model {

/// Draws from the Gaussian priors about the start from the data, cut at 2 standard deviations and
/// kept inside the physical box, the fast beta process the faster one; what has no prior stays.
/// More of them begin with the fewer.
[[nodiscard]] std::vector<Coordinates> prior_draws(const DynamicStart& start, int count);

}  // namespace relaxd::model
