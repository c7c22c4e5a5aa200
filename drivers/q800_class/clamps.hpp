// SPDX-License-Identifier: MIT
//
// What a Q800's clamps take and how strain, displacement, stress and force hang together in them.
// Pure. SI. Dimensions as everywhere in the house: `length_m` is the free span (single cantilever),
// one side (dual), half the support span (3-point), the gauge length (tension), a side of the plate
// (compression, shear, where `thickness_m` is the height).

#pragma once

#include "schema/base/result.hpp"
#include "schema/record/records.hpp"

#include <array>
#include <string>
#include <string_view>

namespace relaxd::drivers::q800_class {

inline constexpr std::array<std::string_view, 6> clamps{
    "single-cantilever",
    "dual-cantilever",
    "3-point-bending",
    "tension",
    "compression",
    "shear-sandwich"
};

/// A clamp that cannot push and pull: it needs a static force (section 3.1).
[[nodiscard]] bool is_one_way(std::string_view clamp);

/// Nothing if it can be mounted; unknown dimensions can. Spans between those of the brochure
/// (8/4, 20/10, 35/17.5 mm …) are taken as measured ones. Error `refused` names dimension and
/// bound.
[[nodiscard]] Result<void> check_size(const std::string& clamp, const record::Specimen& specimen);

/// Force in the clamp that gives `stress_Pa`, or unknown.
[[nodiscard]] double force_for_stress_N(
    const std::string& clamp, const record::Specimen& specimen, double stress_Pa
);

/// Displacement of the drive that gives `strain`, or unknown. Beam theory with the shear term where
/// Poisson's ratio is known; the clamp itself is taken as stiff, so it is the least displacement.
[[nodiscard]] double displacement_for_strain_m(
    const std::string& clamp, const record::Specimen& specimen, double strain
);

}  // namespace relaxd::drivers::q800_class
