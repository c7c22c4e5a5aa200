// SPDX-License-Identifier: MIT
//
// How each input of a joint fit was measured: T_g is that of a heating rate, so inputs of another
// rate or direction have one of their own unless the operator ties them. Pure.

#pragma once

#include "schema/record/fit.hpp"

#include <span>
#include <string>
#include <vector>

namespace relaxd::ctl {

/// Heating rate of one input's ramps in K/min, negative while cooling: the median between
/// neighbouring readings of one frequency and segment. NaN where nothing moves by more than
/// 0.1 K/min (isotherms, sweeps) or no times are known.
[[nodiscard]] double ramp_rate_K_min(std::span<const record::DynamicPoint> points, int input);

/// Frees `T_g_offset_N_K` of each input whose rate differs from the first ramp's by more than 20 %,
/// or has another sign, unless the options say something of it. Returns what was done, a sentence
/// each. `is_tied`: only says what is tied.
[[nodiscard]] std::vector<std::string> separate_T_g(
    record::FitOptions& options,
    std::span<const record::DynamicPoint> points,
    const std::vector<std::string>& names,
    bool is_tied
);

}  // namespace relaxd::ctl
