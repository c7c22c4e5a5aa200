// SPDX-License-Identifier: MIT
//
// From specimen to instrument: what force and displacement a modulus means in each clamp
// (equations of section 2 of the Q800 notes; Timoshenko shear term with kappa = 5/6).
//
// The clamping correction F is 1: no source for another value was found. SI. Plain values.

#pragma once

#include <limits>
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
    /// How the drive moves where the specimen expands along its length: 1 tension, -1 compression
    /// (its displacement counts towards the specimen), 0 elsewhere.
    [[nodiscard]] double axial() const;
    /// The length between the grips: height in compression, gauge length in tension.
    [[nodiscard]] double grip_length_m() const;
    /// The same with another length between the grips (tension, compression; else unchanged).
    [[nodiscard]] Mounting with_grip_length(double grip_length_m) const;
};

/// The forces of an oscillation (3.1).
struct ForceControl {
    ForceControl() = default;
    /// Of a method that says nothing: 1.25 times the dynamic force in clamps that cannot push and
    /// pull, no preload.
    explicit ForceControl(const Mounting& mounting);
    double preload_N = 0.0;      ///< The least static force.
    double track = 0.0;          ///< Static over dynamic force.
    double dynamic_min_N = 0.0;  ///< The amplitude is adjusted to keep the dynamic force between.
    double dynamic_max_N = std::numeric_limits<double>::infinity();

    [[nodiscard]] bool adjusts() const {
        return dynamic_min_N > 0.0 || dynamic_max_N < std::numeric_limits<double>::infinity();
    }
};

/// The geometry that is set at the simulated instrument: it counts where the host gives none.
[[nodiscard]] Mounting set_mounting(ClampKind clamp);

}  // namespace relaxd::simulator
