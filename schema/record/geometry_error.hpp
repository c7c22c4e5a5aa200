// SPDX-License-Identifier: MIT
//
// What a specimen's measured dimensions leave uncertain in every modulus: the standard deviation of
// the factor that turns stiffness into modulus. Pure; relative.

#pragma once

#include "schema/record/records.hpp"

#include <string>
#include <string_view>

namespace relaxd::record {

struct ModulusError {
    double relative_sd = 0.0;  ///< 0 = not said.
    std::string formula;       ///< How the modulus goes with the dimensions, e.g. "l^3 / (w t^3)".
};

/// Root of the sum of squares of the dimensions' relative standard deviations, each times its power
/// in the clamp's formula (slender bars; torsion: flat strips). Dimensions without value or
/// deviation count as exact; nothing for an unknown clamp.
[[nodiscard]] ModulusError modulus_error(std::string_view clamp, const Specimen& specimen);

/// The two numbers that every fit of a run's moduli needs to know of its instrument and specimen.
struct SystematicErrors {
    double modulus_scale_relative_sd = 0.0;  ///< 0 = not said.
    double temperature_offset_sd_K = 0.0;    ///< 0 = not said.
};
/// Code of the event that carries them, as text in its `detail`.
inline constexpr const char* systematic_errors_code = "SYSTEMATIC_ERRORS";
[[nodiscard]] std::string systematic_errors_text(const SystematicErrors& errors);
/// The text back; what is not in it stays 0.
[[nodiscard]] SystematicErrors systematic_errors_from(std::string_view text);

}  // namespace relaxd::record
