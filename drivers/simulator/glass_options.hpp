// SPDX-License-Identifier: MIT
//
// What the simulated glass does besides S1's linear model: switches, all off unless asked for, and
// the numbers behind them. The keys of the section `[specimen]` of a bench file are the members'
// names (CONTRACT style: unit in the name). SI. Plain values, no threads.

#pragma once

#include "schema/material/material.hpp"

#include <array>
#include <string_view>
#include <utility>

namespace relaxd::simulator {

struct GlassOptions {
    GlassOptions() = default;

    static constexpr double unknown = material::Params::unknown;

    /// Large stress and strain in transients: stress lowers the barrier of tau_beta (S1 Eq. 9,
    /// where the material has sigma1_Pa) and anelastic strain raises chi inside tau_an and tau_max
    /// (S1 Eq. 22c, where it has a2). Off: linear. With S1 Table 1 it adds 2.1 % to 330 s of creep
    /// at 25 MPa.
    bool nonlinear = false;

    /// dchi/dt = (chi_eq(T) - chi) / tau_max(T, chi): the rate of cooling sets the frozen chi,
    /// heating and cooling differ, annealing below T_g shows on reheating. Off: chi is S1 Eq. 22 of
    /// the temperature. Needs a material with a1_per_K above 0.
    bool structural_relaxation = false;
    /// How far below T_g the line chi_eq = chi_Tg + a1 (T - T_g) goes on before it stays constant,
    /// in K, above 0. Sensible: 20 to 100, as long as chi_eq stays above 0.05.
    double equilibrium_depth_K = 50.0;
    /// Fictive temperature with which every run begins, in K: chi = chi_Tg + a1 (T_f - T_g).
    /// Unknown: T_g, the glass of S1. Sensible: T_g - 15 (annealed) to T_g + 30 (quenched ribbon).
    double fictive_temperature_K = unknown;

    /// Physical ageing below T_g (S2 Eq. 12): compliances of all defects shrink by the factor
    /// 1 - ageing_strength (1 - exp(-xi^ageing_beta)), dxi/dt = 1/tau; so the loss falls and the
    /// modulus rises. Above T_g xi is forgotten with tau_max.
    bool ageing = false;
    /// Share of the defects' compliance that ageing can take away, 0 to below 1. Sensible: 0.05 to
    /// 0.4.
    double ageing_strength = 0.2;
    /// tau at `ageing_T_ref_K`, in s, above 0. Sensible: 600 to 1e5.
    double ageing_tau_s = 3600.0;
    /// In K; unknown: T_g - 30 K. S2 anneals 20 to 40 K below T_g.
    double ageing_T_ref_K = unknown;
    /// Stretching exponent, above 0 to 1. Sensible: 0.3 to 0.7 (S2: about 0.5).
    double ageing_beta = 0.5;
    /// Activation energy of tau, in J/mol, 0 or above. Sensible: 1e5 to 4e5.
    double ageing_U_J_mol = 2e5;

    /// Crystallisation by Avrami in its isokinetic form over the whole temperature history:
    /// X = 1 - exp(-(int k dt)^n), k = k0 exp(-U/RT). Crystals stand in series with the glass, are
    /// elastic, and have `crystal_modulus_rise` times the glass' unrelaxed modulus.
    bool crystallisation = false;
    /// Rate prefactor in 1/s, above 0. The default gives La60Ni15Al25 its onset (X = 3 % at the S1
    /// T_x of 505 K on heating at 3 K/min); other materials need their own.
    double crystal_k0_per_s = 1.3e23;
    /// In J/mol, above 0. Sensible: 1.5e5 to 4e5.
    double crystal_U_J_mol = 2.5e5;
    /// Avrami exponent, 0.5 to 6. Sensible: 2.5 to 4.
    double crystal_n = 3.0;
    /// E of the crystals over E_u of the glass, 0.5 to 5. Sensible: 1.1 to 1.4.
    double crystal_modulus_rise = 1.2;

    /// Linear thermal expansion in 1/K, relative to the length at 298.15 K; magnitude below 1e-3.
    /// Sensible: 1e-5 to 2e-5 for metallic glasses. 0: none.
    double thermal_expansion_per_K = 0.0;
};

/// The switches by their key.
inline constexpr std::array<std::pair<std::string_view, bool GlassOptions::*>, 4> glass_switches{{
    {"nonlinear", &GlassOptions::nonlinear},
    {"structural_relaxation", &GlassOptions::structural_relaxation},
    {"ageing", &GlassOptions::ageing},
    {"crystallisation", &GlassOptions::crystallisation},
}};

/// The numbers by their key.
inline constexpr std::array<std::pair<std::string_view, double GlassOptions::*>, 12> glass_numbers{{
    {"equilibrium_depth_K", &GlassOptions::equilibrium_depth_K},
    {"fictive_temperature_K", &GlassOptions::fictive_temperature_K},
    {"ageing_strength", &GlassOptions::ageing_strength},
    {"ageing_tau_s", &GlassOptions::ageing_tau_s},
    {"ageing_T_ref_K", &GlassOptions::ageing_T_ref_K},
    {"ageing_beta", &GlassOptions::ageing_beta},
    {"ageing_U_J_mol", &GlassOptions::ageing_U_J_mol},
    {"crystal_k0_per_s", &GlassOptions::crystal_k0_per_s},
    {"crystal_U_J_mol", &GlassOptions::crystal_U_J_mol},
    {"crystal_n", &GlassOptions::crystal_n},
    {"crystal_modulus_rise", &GlassOptions::crystal_modulus_rise},
    {"thermal_expansion_per_K", &GlassOptions::thermal_expansion_per_K},
}};

/// The options with what was unknown filled in from the material; the error (`invalid`) names the
/// key, its value and the rule it breaks. `params` must have passed `checked_params`.
[[nodiscard]] Result<GlassOptions> checked_glass(
    const GlassOptions& options, const material::Params& params
);

}  // namespace relaxd::simulator
