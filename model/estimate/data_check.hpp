// SPDX-License-Identifier: MIT
//
// Is this a glass that the dynamic model can describe at all? Said before a fit makes numbers of
// what are none. Pure.

#pragma once

#include "model/estimate/dynamic_data.hpp"

#include <string>

namespace relaxd::model {

/// One sentence on moduli that are none (zero, negative, of another unit or class of material) or
/// on standard deviations that cannot be; empty if nothing is wrong.
[[nodiscard]] std::string what_is_wrong(const DynamicData& data);

}  // namespace relaxd::model
