// SPDX-License-Identifier: MIT
#include "tools/figures/zircon.hpp"

#include "model/qpd/hierarchy.hpp"
#include "model/qpd/shear.hpp"
#include "schema/material/material.hpp"

#include <cmath>
#include <numbers>

namespace relaxd::figures {

namespace {

/// tau_beta0 and t0 from ln tau_beta(T_g) and tau_mol(T_g) = 70 s.
ZrGlass with_tau_beta(ZrGlass glass, double ln_tau_beta_Tg) {
    glass.tau_beta0_s =
        std::exp(ln_tau_beta_Tg - glass.U_J_mol / (model::gas_constant_J_mol_K * glass.T_g_K));
    glass.t0_s =
        std::exp((ln_tau_beta_Tg - glass.chi_Tg * std::log(tau_mol_Tg_s)) / (1.0 - glass.chi_Tg));
    return glass;
}

ZrGlass closed(const ZrGlass& open) {
    const double ln_tau_beta = zero(
        [&open](double at) { return E_alpha_eV(with_tau_beta(open, at)) - open.E_alpha_peaks_eV; },
        -18.0,
        -4.0
    );
    return with_tau_beta(open, ln_tau_beta);
}

ZrGlass from_table(const std::string& name) {
    const material::Params from = need(material::load(name)).params;
    ZrGlass glass;
    glass.U_J_mol = from.U_beta_J_mol;
    glass.chi_Tg = from.chi_Tg;
    glass.a_per_K = from.a1_per_K;
    glass.T_g_K = from.T_g_K;
    return glass;
}

std::array<ZrGlass, 2> made() {
    ZrGlass plain = from_table("zr50cu40al10");
    plain.title = "Zr₅₀Cu₄₀Al₁₀";
    plain.E_alpha_peaks_eV = 5.73;
    plain.E_alpha_shifts_eV = 6.08;
    plain.chi_master = 0.334;
    plain.beta_kww = 0.49;
    ZrGlass dy = from_table("zr50cu40al10-dy2");
    dy.title = "(Zr₅₀Cu₄₀Al₁₀)₉₈Dy₂";
    dy.E_alpha_peaks_eV = 5.57;
    dy.E_alpha_shifts_eV = 5.96;
    dy.chi_master = 0.381;
    dy.beta_kww = 0.48;
    return {closed(plain), closed(dy)};
}

}  // namespace

const std::array<ZrGlass, 2>& zr_glasses() {
    static const std::array<ZrGlass, 2> glasses = made();
    return glasses;
}

double chi_of(const ZrGlass& glass, double temperature_K) {
    return need(model::chi_of(temperature_K, glass.chi_Tg, glass.a_per_K, glass.T_g_K));
}

double tau_mol_s(const ZrGlass& glass, double temperature_K) {
    const double tau_beta = need(model::tau_beta(temperature_K, glass.tau_beta0_s, glass.U_J_mol));
    return need(model::maximum_times(tau_beta, glass.t0_s, chi_of(glass, temperature_K))).tau_max_s;
}

std::complex<double> modulus(const ZrGlass& glass, double temperature_K, double frequency_Hz) {
    const double omega_tau =
        2.0 * std::numbers::pi * frequency_Hz * tau_mol_s(glass, temperature_K);
    return need(model::qpd_modulus({1.0, 0.0, 1.0, chi_of(glass, temperature_K)}, omega_tau));
}

double peak_K(const ZrGlass& glass, double frequency_Hz) {
    const auto peak = first_maximum(
        [&glass, frequency_Hz](double T) { return modulus(glass, T, frequency_Hz).imag(); },
        glass.T_g_K - 60.0,
        glass.T_g_K + 110.0,
        1.0
    );
    if (!peak) {
        throw Trouble("no alpha peak of " + glass.title);
    }
    return *peak;
}

double E_alpha_eV(const ZrGlass& glass) {
    std::vector<double> inverse;
    std::vector<double> ln_f;
    for (const double f : {1.0, 2.0, 4.0, 8.0}) {
        inverse.push_back(1.0 / peak_K(glass, f));
        ln_f.push_back(std::log(f));
    }
    return -line_through(inverse, ln_f).slope * model::gas_constant_J_mol_K / eV_J_mol;
}

std::string closure_note() {
    return "S2 Eq. 9 in shear, U_β, χ(T_g), a, T_g of Table 2. The paper never gives τ_0β and t₀ "
           "(E2-17): they are closed by τ_mol(T_g) = 70 s and E_α of the peaks at 1–8 Hz (5.73, "
           "5.57 eV). η = 1 and G_r = 0 are assumed.";
}

}  // namespace relaxd::figures
