// SPDX-License-Identifier: MIT
//
// The keys of a method that a torsion pendulum understands beside those of all modes. Pure.

#pragma once

#include "schema/base/toml_parser.hpp"
#include "schema/method/method.hpp"

#include <array>
#include <string>
#include <string_view>

namespace relaxd::method {

inline constexpr std::array<std::string_view, 9> torsion_keys{
    "reference_frequency",
    "reference_every",
    "torque_amplitude",
    "drive_amplitude",
    "deflection",
    "torque",
    "cycles",
    "windows_at_most",
    "check_isotherm",
};

/// Reads them into `method`, whose mode is known. Errors name SOURCE:LINE, key and mode.
[[nodiscard]] Result<void> read_torsion_keys(
    const toml::table& table, const std::string& source, Method& method
);

}  // namespace relaxd::method
