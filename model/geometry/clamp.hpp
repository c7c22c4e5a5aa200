// SPDX-License-Identifier: MIT
//
// From stiffness to modulus for every clamp of a Q800-class analyser (the table in section 2 of the
// Q800 notes: beam theory with a Timoshenko shear term, kappa = 5/6). Every number carries one
// standard deviation; errors are propagated to first order. Pure, SI.

#pragma once

#include "schema/base/result.hpp"

#include <cstdint>
#include <limits>
#include <string_view>

namespace relaxd::model {

enum class Clamp : std::uint8_t {
    single_cantilever,
    dual_cantilever,
    three_point_bending,
    tension,
    compression,
    shear_sandwich,
};
/// The contract's word, e.g. "3-point-bending". Error `invalid` lists the known ones.
[[nodiscard]] Result<Clamp> clamp_from(std::string_view word);

/// A number with one standard deviation (0 = exact).
struct Measured {
    double value = std::numeric_limits<double>::quiet_NaN();
    double sigma = 0.0;
};

/// What a clamp's equations take. The named numbers of a run record.
struct ClampNumbers {
    Measured length_m;  ///< Free span; one side (dual); half span (3-point); gauge length.
    Measured width_m;
    Measured thickness_m;    ///< Compression: height. Shear: of one of the two pieces.
    Measured poisson_ratio;  ///< Of the specimen; not used in tension, compression and shear.
    /// F of the cantilever equations: K is divided by it. TA's own form is not published (what is
    /// remembered of it has no source), so it is 1 unless a laboratory has found its own.
    Measured clamp_factor{1.0, 0.0};
    Measured compliance_m_per_N{0.0, 0.0};  ///< Of clamp and frame, beside a calibration set's.
    Measured mass_kg{0.0, 0.0};  ///< Moved and not in an empty run: subtracted as inertia.
};

/// How a clamp turns stiffness, force and displacement of the specimen into material quantities.
struct ClampFactors {
    double modulus_per_stiffness = 0.0;    ///< 1/m; E, in shear G.
    double stress_per_force = 0.0;         ///< 1/m^2; the largest stress in the specimen.
    double strain_per_displacement = 0.0;  ///< 1/m; stress / strain is the modulus.
    double relative_sigma = 0.0;  ///< Of the modulus: L, w, t, nu and F together, systematic.
};

/// Error `invalid` names the dimension that is missing or not above 0, or an impossible F or nu.
[[nodiscard]] Result<ClampFactors> clamp_factors(Clamp clamp, const ClampNumbers& numbers);

}  // namespace relaxd::model
