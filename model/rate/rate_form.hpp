// SPDX-License-Identifier: MIT
//
// The model at finite stress and strain (PHYSICS 2, E1-14): tension at a constant rate, and creep
// with recovery, in the formulations `hereditary` (superposition in material time) and `eq16`
// (S1 Eq. 16 literally). Tensile, SI units, small strain. Steps are exponential-linear, second
// order, halved until the answer moves by less than the stated accuracy.

#pragma once

#include "model/qpd/qpd.hpp"
#include "schema/base/result.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace relaxd::model {

enum class Formulation : std::uint8_t { linear, hereditary, eq16 };
[[nodiscard]] std::string_view to_word(Formulation formulation);
[[nodiscard]] std::optional<Formulation> formulation_from(std::string_view word);

/// Total strain and its parts; eps_beta holds the fast beta processes too.
struct StrainParts {
    double eps_el = 0.0;
    double eps_beta = 0.0;
    double eps_an = 0.0;
    double eps_vp = 0.0;

    [[nodiscard]] double total() const { return eps_el + eps_beta + eps_an + eps_vp; }
};

/// Strain under `stress_Pa` applied from 0 to `load_time_s` and removed there (S1 Fig. 11); a time
/// equal to `load_time_s` is still under load. `times_s` in any order, >= 0. `linear`:
/// superposition of S1 Eq. 25a at zero stress, 1e-8; else 5e-5.
[[nodiscard]] Result<std::vector<StrainParts>> creep_recovery(
    const QpdParameters& p,
    double temperature_K,
    double stress_Pa,
    double load_time_s,
    std::span<const double> times_s,
    Formulation formulation
);

struct TensionPoint {
    double stress_Pa = 0.0;
    StrainParts strain;
    double chi = 0.0;
    double tau_max_s = 0.0;
};
struct Tension {
    std::vector<TensionPoint> points;  ///< At the strains asked for.
    /// The first maximum of the continuous curve from 0 to the last strain; empty while the stress
    /// still rises there.
    std::optional<double> peak_stress_Pa;
    std::optional<double> peak_strain;
    /// sigma of A_vp sigma/tau_max(sigma, chi(T) + a2 A_an sigma) = rate.
    double steady_stress_Pa = 0.0;
};

/// Stress against strain at `strain_rate_per_s` (S1 Fig. 10); strains ascending, >= 0. 2e-4.
/// `linear` is not a formulation of tension and is an error.
[[nodiscard]] Result<Tension> tension(
    const QpdParameters& p,
    double temperature_K,
    double strain_rate_per_s,
    std::span<const double> strains,
    Formulation formulation
);

}  // namespace relaxd::model
