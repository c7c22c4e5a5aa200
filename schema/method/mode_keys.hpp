// SPDX-License-Identifier: MIT
//
// The keys of a method that say what is asked of forces, strains and amplitudes, and the facts of
// the run: which mode each belongs to, its unit, and what goes together. Pure.

#pragma once

#include "schema/base/toml_parser.hpp"
#include "schema/method/method.hpp"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace relaxd::method {

inline constexpr std::array<std::string_view, 14> mode_keys{
    "amplitude",
    "strain_amplitude",
    "amplitudes",
    "strain_amplitudes",
    "frequencies",
    "preload",
    "force_track",
    "minimum_dynamic_force",
    "maximum_dynamic_force",
    "strain",
    "reference_length",
    "static_elongation_alarm",
    "clamp_torque",
    "purge_gas",
};

/// Reads them into `method`, whose mode and clamp are known. Errors name SOURCE:LINE, key and mode.
[[nodiscard]] Result<void> read_mode_keys(
    const toml::table& table, const std::string& source, Method& method
);

/// What an unrolled method asks of its reference length. `places`: of each sentence of the method.
[[nodiscard]] Result<void> check_reference(
    const Method& method,
    const std::vector<Executed>& executed,
    const std::string& source,
    const std::vector<std::string>& places
);

}  // namespace relaxd::method
