// SPDX-License-Identifier: MIT
//
// "2.0e11+-1e9" (also with the sign ±) as a number with its standard deviation.

#pragma once

#include "model/geometry/clamp.hpp"
#include "schema/base/result.hpp"

#include <string>
#include <string_view>

namespace relaxd::ctl {

/// Without "+-" the standard deviation is 0. Error `invalid` names `option`.
[[nodiscard]] Result<model::Measured> measured_from(std::string_view text, const char* option);

/// "1.2e-7 +- 3e-9", with `digits` significant ones.
[[nodiscard]] std::string measured_text(double value, double sigma, int digits);

}  // namespace relaxd::ctl
