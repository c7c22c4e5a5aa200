// SPDX-License-Identifier: MIT
//
// The forms of S2, in shear: Eqs. 8, 9, 18, 19 (corrected, E2-11) and 20. SI units; strengths and
// moduli are 0 or more, times positive, 0 < chi < 1. Real and imaginary part each to a relative
// 1e-11.
//
// Errors name the input in `where`: `Errc::invalid` outside the domain, `Errc::overflow` where the
// result leaves the range of double.

#pragma once

#include "schema/base/result.hpp"

#include <complex>
#include <limits>

namespace relaxd::model {

/// J(t) of S2 Eq. 8, as printed (E2-5): 1/G_el + A {1 - exp[-(t/tau_mol)^chi]} + A' t/tau_mol.
struct QpdCompliance {
    double G_el_Pa = 0.0;
    double A_per_Pa = 0.0;
    double A_prime_per_Pa = 0.0;
    double tau_mol_s = 0.0;
    double chi = 0.0;
};
[[nodiscard]] Result<double> qpd_compliance(const QpdCompliance& c, double time_s);

/// G* of S2 Eq. 9: G_r + (G_el - G_r)/(1 + eta (i x)^-chi + (i x)^-1), x = omega tau_mol > 0.
struct QpdModulus {
    double G_el_Pa = 0.0;
    double G_r_Pa = 0.0;
    double eta = 0.0;
    double chi = 0.0;
};
[[nodiscard]] Result<std::complex<double>> qpd_modulus(const QpdModulus& m, double omega_tau_mol);

/// S2 Eqs. 18, 19 with three times and linear flow (E2-11). B infinite = one single time; the flow
/// term needs <1/tau_vp> = Gamma(1 - 1/B_vp)/tau_vp, so B_vp > 1.
struct ThreeProcesses {
    double J_el_per_Pa = 0.0;
    double dJ_beta_per_Pa = 0.0;
    double dJ_ve_per_Pa = 0.0;
    double dJ_vp_per_Pa = 0.0;
    double tau_beta_s = 0.0;
    double tau_ve_s = 0.0;
    double tau_vp_s = 0.0;
    double B_beta = std::numeric_limits<double>::infinity();
    double B_ve = std::numeric_limits<double>::infinity();
    double B_vp = std::numeric_limits<double>::infinity();
};
[[nodiscard]] Result<double> three_process_creep(const ThreeProcesses& p, double time_s);
/// J* = J' - iJ''.
[[nodiscard]] Result<std::complex<double>> three_process_dynamic(
    const ThreeProcesses& p, double omega_rad_s
);

/// S2 Eq. 20 as printed (E2-13): J_el = J', J_vp = 1/(omega eta), J_ve = J'' - J_vp.
struct ComplianceSplit {
    double J_el_per_Pa = 0.0;
    double J_ve_per_Pa = 0.0;
    double J_vp_per_Pa = 0.0;
};
[[nodiscard]] Result<ComplianceSplit> compliance_split(
    double omega_rad_s,
    double shear_storage_modulus_Pa,
    double shear_loss_modulus_Pa,
    double viscosity_Pa_s
);

}  // namespace relaxd::model
