// SPDX-License-Identifier: MIT
//
// Hierarchically correlated motion: the times and the correlation factor of S1 Eqs. 1-11, 22 and
// S2 Eqs. 3-7, each as one pure function of scalars. SI units, T in kelvin.
//
// Errors name the input in `where`: `Errc::invalid` outside the domain, `Errc::overflow` where the
// result leaves the range of double.

#pragma once

#include "schema/base/result.hpp"

#include <limits>
#include <span>

namespace relaxd::model {

/// C_d of S1 Eq. 1, S2 Eq. 7; formation enthalpy in J/mol, formation entropy in units of R.
[[nodiscard]] Result<double> defect_concentration(
    double temperature_K, double dH_J_mol, double dS_over_R
);

/// S1 Eq. 2: tau(1) 2^(mu_1 + … + mu_n), the time of level n + 1.
[[nodiscard]] Result<double> level_time(double tau1_s, std::span<const double> mu);

/// S1 Eq. 4 with mu_z ln 2 = mu1 z^-p (E1-1): sum over z = 1 … n - 1; n a whole number >= 1, p > 0.
[[nodiscard]] Result<double> hierarchical_sum(double n, double tau1_s, double mu1, double p);

/// S1 Eq. 5, and Eq. 6 at p = 1: the sum replaced by the integral from 1 to n (E1-2); n >= 1 real.
[[nodiscard]] Result<double> hierarchical_integral(double n, double tau1_s, double mu1, double p);

/// S1 Eqs. 7, 11: tau_beta (t/t0)^(1 - chi) without lower limit (E1-4); with `cap` tau_max for
/// t > tau_max.
[[nodiscard]] Result<double> tau_hierarchical(
    double time_s, double tau_beta_s, double t0_s, double chi, bool cap
);

/// S1 Eqs. 11b, 17b; S2 Eq. 3 (E1-5).
struct MaximumTimes {
    double tau_max_s = 0.0;  ///< t0 (tau_beta/t0)^(1/chi) = tau_mol of S2.
    double tau_an_s = 0.0;   ///< chi^(1/chi) tau_max
};
[[nodiscard]] Result<MaximumTimes> maximum_times(double tau_beta_s, double t0_s, double chi);

/// What lowers or raises the barrier of tau_beta; the defaults are "no effect".
struct BarrierWork {
    double stress_Pa = 0.0;
    double sigma1_Pa = std::numeric_limits<double>::infinity();
    double pressure_Pa = 0.0;
    double activation_volume_m3 = 0.0;  ///< Per event; times N_A.
};
/// S1 Eqs. 8, 9; S2 Eqs. 4, 5: tau_beta0 exp[(U + Omega p)(1 - |sigma|/sigma1)^(3/2)/RT], the
/// athermal limit tau_beta0 from |sigma| = sigma1 on (E1-16, E2-3).
[[nodiscard]] Result<double> tau_beta(
    double temperature_K, double tau_beta0_s, double U_beta_J_mol, const BarrierWork& work = {}
);

/// How strain moves chi: S1 Eq. 22c (anelastic strain) and S2 Eq. 6-1; the defaults are "not".
struct StrainOfChi {
    double eps_an = 0.0;
    double a2 = 0.0;
    double gamma_ve = 0.0;
    double a_ve = 0.0;
    double gamma_vp = 0.0;
    double a_vp = 0.0;
};
/// S1 Eq. 22, S2 Eq. 6. Outside (0, 1) is an error that names `chi_Tg`.
[[nodiscard]] Result<double> chi_of(
    double temperature_K,
    double chi_Tg,
    double a1_per_K,
    double T_g_K,
    const StrainOfChi& strain = {}
);

/// S1 Eq. 10: chi = constant C_d (E1-20).
[[nodiscard]] Result<double> chi_from_concentration(double C_d, double constant);

/// Viscosity G_u tau_mol of S2 (text after Eq. 20), Pa s.
[[nodiscard]] Result<double> viscosity(double G_u_Pa, double tau_mol_s);

/// ln tan delta of S1 Eqs. 26, 27 and S2 Eqs. 10, 11 with the sign of E2-6: with K = 1 this is
/// -chi ln(omega tau_max) (E1-17).
[[nodiscard]] Result<double> ln_tan_delta_law(
    double temperature_K,
    double omega_rad_s,
    double U_beta_J_mol,
    double tau_beta0_s,
    double t0_s,
    double chi,
    double K
);

}  // namespace relaxd::model
