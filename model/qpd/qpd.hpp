// SPDX-License-Identifier: MIT
//
// The hierarchically correlated flow-defect (quasi-point-defect) model of S1 and S2 at small
// strain: times, correlation factor, complex modulus in the three forms of PHYSICS E1-10.
//
// SI units, tensile; T in kelvin; fields ~ exp(+i omega t), J* = J' - iJ''. Times are ln(time):
// tau_max may be far beyond double. Pure functions, safe from any thread. For fits use
// live_model.hpp: the same equations with derivatives, from tables.

#pragma once

#include "schema/base/result.hpp"
#include "schema/record/fit.hpp"

#include <complex>
#include <limits>
#include <vector>

namespace relaxd::model {

inline constexpr double gas_constant_J_mol_K = 8.31446261815324;  ///< CODATA 2018, k N_A.

/// A further beta process (S1 Fig. 6a) with its own strength, barrier, prefactor and width.
struct FastBeta {
    double A_per_Pa = 0.0;
    double U_J_mol = 0.0;
    double tau0_s = 0.0;
    double B = std::numeric_limits<double>::infinity();
};

/// The parameters of CONTRACT section 3; what is "off" by default has no effect.
struct QpdParameters {
    double E_u_Pa = 0.0;
    double E_r_Pa = 0.0;
    double U_beta_J_mol = 0.0;
    double tau_beta0_s = 0.0;
    double B =
        std::numeric_limits<double>::infinity();  ///< Gumbel inverse width; infinite = one time.
    double A_an_per_Pa = 0.0;
    double A_vp_per_Pa = 0.0;
    double chi_Tg = 0.0;
    double a1_per_K = 0.0;
    double T_g_K = 0.0;
    double t0_s = 0.0;

    double sigma1_Pa = std::numeric_limits<double>::infinity();  ///< S1 Eq. 9; infinite = off.
    double a2 = 0.0;                                             ///< S1 Eq. 22c.
    std::vector<FastBeta> fast_beta;
    double E_u_slope_per_K = 0.0;  ///< E_u(T) = E_u [1 + slope (T - T_ref)], anharmonic softening.
    double E_u_T_ref_K = 0.0;      ///< Needed where the slope is not 0.

    /// 1/E_r - 1/E_u with both at E_u_T_ref_K (E1-19), the same at every T: softening is the
    /// elastic part's alone, so the relaxed modulus is 1/E_r(T) = 1/E_u(T) + A_beta.
    [[nodiscard]] double A_beta_per_Pa() const {
        return (E_u_Pa - E_r_Pa) / E_r_Pa / E_u_Pa;  // without cancellation at E_r close to E_u
    }
};

/// Whether `p` is in the model's domain at `temperature_K` > 0: `Errc::invalid` names the input as
/// CONTRACT 3 does, the members of the list as `fast_beta[0].tau0_s`. Needed: E_u(T), E_r, times
/// and temperatures positive, strengths 0 or more, E_r <= E_u, B positive (infinite = one time),
/// 0 < chi(T) < 1.
[[nodiscard]] Result<void> check_parameters(const QpdParameters& p, double temperature_K);

/// E_u(T) = E_u [1 + slope (T - T_ref)].
[[nodiscard]] double unrelaxed_modulus_Pa(const QpdParameters& p, double temperature_K);

/// ln tau_beta of S1 Eq. 8, and of Eq. 9 at a stress: |stress| >= sigma1 is the athermal limit
/// (E1-16).
[[nodiscard]] double ln_tau_beta(
    const QpdParameters& p, double temperature_K, double stress_Pa = 0.0
);

/// ln tau of a fast beta process; its barrier falls with stress as the beta process's (Eq. 9).
[[nodiscard]] double ln_tau_fast(
    const QpdParameters& p, const FastBeta& fast, double temperature_K, double stress_Pa = 0.0
);

/// chi of S1 Eq. 22a, 22b (no strain).
[[nodiscard]] double chi(const QpdParameters& p, double temperature_K);

/// ln tau_max = ln t0 + (ln tau_beta - ln t0)/chi, S1 Eq. 11b.
[[nodiscard]] double ln_tau_max(
    const QpdParameters& p, double temperature_K, double stress_Pa = 0.0
);

/// ln tau_an = ln tau_max + ln(chi)/chi, S1 Eq. 17b.
[[nodiscard]] double ln_tau_an(
    const QpdParameters& p, double temperature_K, double stress_Pa = 0.0
);

/// The compliance J* of S1 Eq. 23, 25b and its parts; imaginary parts are -J''.
struct DynamicCompliance {
    std::complex<double> elastic_per_Pa;
    std::complex<double> beta_per_Pa;  ///< With the fast beta processes.
    std::complex<double> anelastic_per_Pa;
    std::complex<double> flow_per_Pa;

    [[nodiscard]] std::complex<double> total_per_Pa() const {
        return elastic_per_Pa + beta_per_Pa + anelastic_per_Pa + flow_per_Pa;
    }
    /// E* = 1/J* (E1-11), parts to the accuracy of those of J*, also where |J*|^2 overflows.
    [[nodiscard]] std::complex<double> modulus_Pa() const;
    [[nodiscard]] double tan_delta() const;
};

/// S1 Eq. 25b at frequency_Hz > 0, every part to a relative 1e-9 or better. Errors: those of
/// `check_parameters`, `frequency_Hz`, and `Errc::overflow` (`temperature_K`) where a part of J* or
/// E* leaves the range of double; magnitudes below 1e-290 may be 0.
[[nodiscard]] Result<DynamicCompliance> dynamic_compliance(
    const QpdParameters& p, double temperature_K, double frequency_Hz, record::Form form
);

/// The anelastic term of unit strength in `form` and its derivatives, at ln(omega tau_an).
struct Anelastic {
    std::complex<double> value;
    std::complex<double> d_ln_omega_tau;
    std::complex<double> d_chi;
};
[[nodiscard]] Anelastic anelastic_printed(double ln_omega_tau, double chi_now);
[[nodiscard]] Anelastic anelastic_gamma(double ln_omega_tau, double chi_now);
[[nodiscard]] Anelastic anelastic_exact(double ln_omega_tau, double chi_now);

}  // namespace relaxd::model
