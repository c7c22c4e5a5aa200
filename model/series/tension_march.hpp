// SPDX-License-Identifier: MIT
//
// Stress of the model under a history of strain (and strain at rest, without stress), with exact
// derivatives in what a tension fit looks for (PHYSICS 2). Steps are of fixed rule and second
// order, so that the answer is a smooth function of its parameters; their error against the
// adaptive march of model/rate is below 1e-4 of the largest stress. SI. Pure.

#pragma once

#include "model/rate/dual.hpp"
#include "model/rate/modes.hpp"
#include "model/rate/rate_form.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace relaxd::model {

/// The material at the temperature of a curve, as linear tests give it.
struct TensionLaws {
    Formulation formulation = Formulation::hereditary;
    double E_u_Pa = 0.0;
    double A_beta_per_Pa = 0.0;
    double A_an_per_Pa = 0.0;
    double A_vp_per_Pa = 0.0;
    double chi = 0.0;
    double ln_tau_beta = 0.0;
    double ln_t0 = 0.0;
    double barrier = 0.0;         ///< U/RT
    double machine_per_Pa = 0.0;  ///< Strain of the machine per stress that is known.
    Modes beta;
    Modes anelastic;  ///< One mode in `eq16`.
};

/// Goes to `end_s`: at a constant rate of strain to `end_strain`, or at rest without stress.
struct TensionLeg {
    double end_s = 0.0;
    double end_strain = 0.0;
    bool at_rest = false;
    bool starts_anew = false;  ///< The drive turns here: small steps first.
};

inline constexpr std::size_t tension_directions = 4;
using TensionDual = Dual<tension_directions>;

/// In the order of the directions.
template <typename Number>
struct TensionNumbers {
    Number ln_sigma1;
    Number a2;
    Number ln_time_scale;       ///< Of tau_beta and t0 alike.
    Number machine_compliance;  ///< Strain of the machine per stress, in units of 1/E_u.
};

/// After a leg.
template <typename Number>
struct TensionState {
    Number stress_Pa{0.0};
    Number strain{0.0};
};

/// Ends of the legs. False where chi leaves (0, 1) or a number is not finite.
[[nodiscard]] bool march_tension(
    const TensionLaws& laws,
    std::span<const TensionLeg> legs,
    const TensionNumbers<double>& numbers,
    std::vector<TensionState<double>>& out
);
[[nodiscard]] bool march_tension(
    const TensionLaws& laws,
    std::span<const TensionLeg> legs,
    const TensionNumbers<TensionDual>& numbers,
    std::vector<TensionState<TensionDual>>& out
);

}  // namespace relaxd::model
