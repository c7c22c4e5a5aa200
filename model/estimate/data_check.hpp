// SPDX-License-Identifier: MIT
//
// Is this a glass that the dynamic model can describe at all? Said before a fit makes numbers of
// what are none. Pure.

#pragma once

#include "model/estimate/dynamic_data.hpp"

#include <span>
#include <string>

namespace relaxd::model {

/// One sentence on moduli that are none (zero, negative, of another unit or class of material) or
/// on standard deviations that cannot be; empty if nothing is wrong.
[[nodiscard]] std::string what_is_wrong(const DynamicData& data);

/// For the recipes, which take any scale and any glass: rows that are all above `T_max_K`, moduli
/// that are zero or negative, standard deviations that cannot be; empty if nothing is wrong.
[[nodiscard]] std::string what_is_wrong(
    std::span<const record::DynamicPoint> points, double T_max_K
);

}  // namespace relaxd::model
