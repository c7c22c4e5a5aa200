// SPDX-License-Identifier: MIT
//
// The model at finite stress and strain (PHYSICS 2, E1-14): tension at a constant rate, and creep
// with recovery, in the formulations `hereditary` (superposition in material time) and `eq16`
// (S1 Eq. 16 literally). Tensile, SI units, small strain. Steps are exponential-linear and
// implicit, extrapolated to third order and shortened until each part is right to the stated
// accuracy. Pure functions, safe from any thread.

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
/// superposition of S1 Eq. 25a at zero stress, 1e-8; else 5e-5. Each relative to the part itself,
/// down to 1e-12 of the largest sum. A negative stress gives negative eps_an in chi(T) + a2 eps_an.
/// `Errc::invalid` names the input outside its domain, a2 where chi leaves (0, 1) up to the last
/// time; `Errc::not_converged` where strain softens the material so that it snaps within 1e-16 of
/// the time; `Errc::overflow` where a strain leaves the range of double.
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
    /// The maximum of the continuous curve from 0 to the last strain; empty while the stress still
    /// rises there (without a2 it always does).
    std::optional<double> peak_stress_Pa;
    std::optional<double> peak_strain;
    /// sigma of A_vp sigma/tau_max(sigma, chi(T) + a2 A_an sigma) = rate; `Errc::invalid` where
    /// there is none: it names a2 where no stress keeps chi in (0, 1), A_vp_per_Pa where nothing
    /// flows.
    Result<double> steady_stress_Pa = 0.0;
};

/// Stress against strain at `strain_rate_per_s` (S1 Fig. 10); strains ascending, >= 0. 2e-4, the
/// steady stress 1e-8, the peak strain 1e-2. Errors as above. `linear` is not a formulation of
/// tension and is an error. A peak lower than 1e-7 of the stress is not told from a plateau.
[[nodiscard]] Result<Tension> tension(
    const QpdParameters& p,
    double temperature_K,
    double strain_rate_per_s,
    std::span<const double> strains,
    Formulation formulation
);

}  // namespace relaxd::model
