// SPDX-License-Identifier: MIT
//
// Arrhenius laws of S2: peak frequency (Eq. 1), fragility (Eq. 2), shift factor (Eqs. 13, 14).
// Energies in J/mol (the papers' eV times 96 485.332 J/mol), T in kelvin.
//
// Errors name the input in `where`: `Errc::invalid` outside the domain, `Errc::overflow` where the
// result leaves the range of double.

#pragma once

#include "schema/base/result.hpp"

namespace relaxd::model {

/// f0 exp(-E/RT), Hz (E2-1: T is the peak temperature).
[[nodiscard]] Result<double> peak_frequency_Hz(double temperature_K, double f0_Hz, double E_J_mol);

/// m = E/(R T_g ln 10) (E2-2).
[[nodiscard]] Result<double> fragility(double E_J_mol, double T_g_K);

/// ln a_T = (E/R)(1/T - 1/T_ref).
[[nodiscard]] Result<double> ln_shift_factor(double temperature_K, double T_ref_K, double E_J_mol);

}  // namespace relaxd::model
