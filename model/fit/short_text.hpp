// SPDX-License-Identifier: MIT
//
// Numbers in sentences for people: few digits, never locale.

#pragma once

#include <string>

namespace relaxd::model {

[[nodiscard]] std::string short_text(double value, int digits = 4);

}  // namespace relaxd::model
