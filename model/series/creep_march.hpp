// SPDX-License-Identifier: MIT
//
// Anelastic and flow strain of the model under a given history of stress, with exact derivatives in
// what a creep fit looks for (PHYSICS 2). Made for refits of a few milliseconds: in `linear` and
// `hereditary` the anelastic strain is a closed function of the material time xi = int dt/tau_an,
//   eps_an = A_an sum over changes of stress d sigma {1 - exp[-(xi - xi_j)^chi]},
// so that only xi(t) is integrated, and not even that where the clocks stand still. SI. Pure.

#pragma once

#include "model/rate/dual.hpp"
#include "model/rate/rate_form.hpp"

#include <cstddef>
#include <limits>
#include <span>
#include <vector>

namespace relaxd::model {

/// Stress between two instants, linear in time; jumps lie between neighbours.
struct StressPiece {
    double begin_s = 0.0;
    double end_s = std::numeric_limits<double>::infinity();
    double begin_Pa = 0.0;  ///< Above the preload.
    double end_Pa = 0.0;
    bool is_recovery = false;  ///< No stress above the preload, after a load.

    [[nodiscard]] double at(double time_s) const {
        return begin_Pa == end_Pa
                   ? begin_Pa
                   : begin_Pa + (end_Pa - begin_Pa) * (time_s - begin_s) / (end_s - begin_s);
    }
};

/// Without gaps, in order; nothing acts before the first piece.
struct StressHistory {
    std::vector<StressPiece> pieces;
    double preload_Pa = 0.0;  ///< Moves the clocks; its own creep is the baseline's business.

    /// The piece in which a row at `time_s` lies: a row at the end of a piece is still in it.
    [[nodiscard]] std::size_t piece_at(double time_s) const;
};

/// What the fit does not look for. Without `has_beta` the clocks stand still.
struct CreepLaws {
    Formulation formulation = Formulation::linear;
    bool has_beta = false;
    double ln_tau_beta = 0.0;  ///< At zero stress.
    double barrier = 0.0;      ///< U/RT
    double A_beta_per_Pa = 0.0;
    double B = std::numeric_limits<double>::infinity();
    double sigma1_Pa = std::numeric_limits<double>::infinity();
    double a2 = 0.0;

    /// ln tau_beta(stress) - ln tau_beta(0), S1 Eq. 9.
    [[nodiscard]] double beta_shift(double stress_Pa) const;
    [[nodiscard]] bool clocks_move() const {
        return has_beta && formulation != Formulation::linear;
    }
};

inline constexpr std::size_t creep_directions = 5;
using CreepDual = Dual<creep_directions>;

/// chi and tau_max at the test's temperature and zero stress; in the order of the directions.
template <typename Number>
struct CreepNumbers {
    Number ln_A_an;
    Number chi;
    Number ln_tau_max;
    Number ln_A_vp;
    Number ln_ratio;  ///< Of tau_an in recovery to tau_an under load.
};

template <typename Number>
struct CreepStrain {
    Number an{0.0};
    Number vp{0.0};
};

/// At ascending `times_s`, none before the first piece. To about 1e-6 of the largest strain. False
/// where chi(T) + a2 eps_an leaves (0, 1) or a number is not finite.
[[nodiscard]] bool march_creep(
    const CreepLaws& laws,
    const StressHistory& history,
    std::span<const double> times_s,
    const CreepNumbers<double>& numbers,
    std::vector<CreepStrain<double>>& out
);
[[nodiscard]] bool march_creep(
    const CreepLaws& laws,
    const StressHistory& history,
    std::span<const double> times_s,
    const CreepNumbers<CreepDual>& numbers,
    std::vector<CreepStrain<CreepDual>>& out
);

/// The beta strain at `times_s` (its modes all known): superposition in its own material time.
[[nodiscard]] std::vector<double> beta_strain(
    const CreepLaws& laws, const StressHistory& history, std::span<const double> times_s
);

}  // namespace relaxd::model
