// SPDX-License-Identifier: MIT
//
// From specimen to instrument: what force and displacement a modulus means in each clamp
// (equations of section 2 of the Q800 notes; Timoshenko shear term with kappa = 5/6).
//
// The clamping correction F is 1: no source for another value was found. SI. Plain values.

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace relaxd::simulator {

enum class ClampKind {
    single_cantilever,
    dual_cantilever,
    three_point_bending,
    tension,
    compression,
    shear_sandwich,
};
[[nodiscard]] std::optional<ClampKind> clamp_from(std::string_view word);

struct Mounting {
    Mounting() = default;
    ClampKind clamp = ClampKind::single_cantilever;
    double length_m = 0.0;  ///< Free span; one side (dual); half span (3-point); gauge length.
    double width_m = 0.0;
    double thickness_m = 0.0;
    double poisson_ratio = 0.0;

    /// Measured modulus (E, in shear G) over stiffness, 1/m. Compression and shear: area = length x
    /// width.
    [[nodiscard]] double modulus_per_stiffness() const;
    /// Largest stress in the specimen over force, 1/m^2.
    [[nodiscard]] double stress_per_force() const;
    /// Largest strain over displacement, 1/m: stress and strain have the modulus as their ratio.
    [[nodiscard]] double strain_per_displacement() const;
    /// G = E / (2 (1 + nu)) in shear, else 1: what the clamp measures of Young's modulus.
    [[nodiscard]] double modulus_share() const;
    /// Clamps that cannot pull and push carry a static force of 1.25 times the dynamic one.
    [[nodiscard]] bool needs_preload() const;
};

/// The geometry that is set at the simulated instrument: it counts where the host gives none.
[[nodiscard]] Mounting set_mounting(ClampKind clamp);

}  // namespace relaxd::simulator
