// SPDX-License-Identifier: MIT
//
// How a T_p says where it comes from.

#pragma once

#include <string>

namespace relaxd::model {

/// "E'' peak 1 Hz": the frequency to three digits.
[[nodiscard]] std::string peak_method(double frequency_Hz);

}  // namespace relaxd::model
