// SPDX-License-Identifier: MIT
//
// From what somebody asks for (material, kind of specimen, seed, noise) to a PendulumSetup: the
// pendulum of docs/simulated-pendulum.md with something between its clamps. Plain functions.

#pragma once

#include "drivers/simulator/pendulum_bench.hpp"
#include "schema/material/material.hpp"

#include <cstdint>
#include <string>

namespace relaxd::simulator {

/// What hangs between the clamps.
enum class PendulumSpecimen : std::uint8_t {
    glass,    ///< The material's, linear, without thermal history.
    elastic,  ///< A steel bar for calibration: G = 80 GPa, tan phi = 1e-4, at every temperature.
    none,     ///< The empty pendulum.
};

inline constexpr double steel_G_Pa = 8.0e10;
inline constexpr double steel_tan_phi = 1e-4;

/// `glass`, `elastic` or `none`. Error `invalid` names the nearest of them.
[[nodiscard]] Result<PendulumSpecimen> pendulum_specimen(const std::string& word);

struct PendulumChoice {
    PendulumSpecimen specimen = PendulumSpecimen::glass;
    std::uint64_t seed = 1;
    bool is_noise_free = false;  ///< Offsets, drift, delay and mains stay.
    PendulumChoice() = default;
};

/// Errors `invalid`: what the simulation cannot use of the material.
[[nodiscard]] Result<PendulumSetup> pendulum_setup(
    const material::Material& material, const PendulumChoice& choice
);

}  // namespace relaxd::simulator
