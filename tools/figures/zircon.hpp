// SPDX-License-Identifier: MIT
//
// The two ZrCu glasses of S2: Table 2, and the times that the paper never gives (E2-17), closed by
// tau_mol(T_g) = 70 s and the paper's E_alpha from the peaks at 1-8 Hz. In shear, S2 Eq. 9, in
// units of G_el; eta = 1 and G_r = 0 assumed.

#pragma once

#include "tools/figures/curves.hpp"

#include <array>
#include <complex>
#include <string>

namespace relaxd::figures {

inline constexpr double tau_mol_Tg_s = 70.0;
inline constexpr double reference_S2_K = 700.0;

struct ZrGlass {
    std::string title;
    double U_J_mol = 0.0;
    double chi_Tg = 0.0;
    double a_per_K = 0.0;
    double T_g_K = 0.0;
    double E_alpha_peaks_eV = 0.0;   ///< S2 Fig. 3b, Eq. 1
    double E_alpha_shifts_eV = 0.0;  ///< S2 Fig. 13, Eq. 14
    double chi_master = 0.0;         ///< S2 Fig. 12b at 700 K
    double beta_kww = 0.0;           ///< S2 Fig. 12a
    double tau_beta0_s = 0.0;        ///< closed
    double t0_s = 0.0;               ///< closed
};

/// Zr50Cu40Al10 and (Zr50Cu40Al10)98Dy2, closed.
[[nodiscard]] const std::array<ZrGlass, 2>& zr_glasses();

[[nodiscard]] double chi_of(const ZrGlass& glass, double temperature_K);
[[nodiscard]] double tau_mol_s(const ZrGlass& glass, double temperature_K);
/// G*/G_el of S2 Eq. 9.
[[nodiscard]] std::complex<double> modulus(
    const ZrGlass& glass, double temperature_K, double frequency_Hz
);
/// Temperature of the peak of G'', and E_alpha in eV from the peaks at 1, 2, 4, 8 Hz (S2 Eq. 1).
[[nodiscard]] double peak_K(const ZrGlass& glass, double frequency_Hz);
[[nodiscard]] double E_alpha_eV(const ZrGlass& glass);

/// What every figure of S2 that uses the closure says below it.
[[nodiscard]] std::string closure_note();

}  // namespace relaxd::figures
