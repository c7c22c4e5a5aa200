// SPDX-License-Identifier: MIT
//
// The parameter names that fits report (CONTRACT 4): what `prior` and "Isothermal until … is known"
// may name.

#pragma once

#include "schema/base/result.hpp"

#include <string_view>

namespace relaxd::method {

/// Nothing if fits report `name`, else an error with the nearest known name.
[[nodiscard]] Result<void> check_parameter_name(std::string_view name);

}  // namespace relaxd::method
