// SPDX-License-Identifier: MIT
//
// S1 Eq. 25b in the centred coordinates of the fits (ANALYSIS 4.1), with analytic derivatives,
// fast: the beta term and the `exact` anelastic term from tables, exact to 1e-7 of their strength.
// Each derivative is right to 1e-6 of itself; that along ln B to 1e-6 or 1e-7 A_beta |E*|^2,
// whichever is larger (tests/model/test_live_model.cpp).
//
// Deterministic: the same inputs give the same bits whatever was evaluated before. Not safe for
// concurrent use of one object; the tables are one a thread.

#pragma once

#include "model/kww/kww_table.hpp"
#include "model/qpd/beta_table.hpp"
#include "model/qpd/qpd.hpp"

#include <array>
#include <complex>
#include <cstddef>
#include <string_view>

namespace relaxd::model {

/// The coordinates in which fits run; logarithms are natural, of SI values.
enum Coordinate : std::size_t {
    q_ln_E_u,
    q_ln_A_beta,
    q_U,                ///< J/mol
    q_ln_tau_beta_ref,  ///< at T_ref
    q_ln_B,
    q_ln_A_an,
    q_chi_Tg,
    q_a1,
    q_ln_tau_max_Tg,
    q_T_g,
    q_ln_A_vp,
    q_plain_count,
    // What real glasses and joint fits add; all 0 = nothing of it.
    q_E_u_slope = q_plain_count,  ///< 1/K, of E_u at q_E_u_T_ref
    q_background,                 ///< tan delta of a constant loss: E'' += b E'
    q_ln_A_fast,        ///< One further beta process (S1 Fig. 6a), on where q_fast_T_ref > 0.
    q_U_fast,           ///< J/mol
    q_ln_tau_fast_ref,  ///< at q_fast_T_ref
    q_ln_B_fast,
    q_ln_scale_2,                       ///< ln of the modulus scale of the second input …
    q_T_g_offset_2 = q_ln_scale_2 + 5,  ///< K, T_g of the second input less that of the first …
    q_E_u_T_ref = q_T_g_offset_2 + 5,   ///< K, never free: where ln_E_u holds
    q_fast_T_ref,                       ///< K, never free
    q_count
};
/// Inputs of one joint fit: each after the first has a scale (and a T_g) of its own.
inline constexpr std::size_t inputs_max = 6;
using Coordinates = std::array<double, q_count>;

/// "ln_E_u", "ln_A_beta", "U_beta_J_mol" …: the keys of FitResult::warm_start. Those from
/// q_plain_count on are there only where they are not 0.
[[nodiscard]] std::string_view coordinate_name(std::size_t coordinate);

/// ln t0 = (ln tau_beta(T_g) - chi ln tau_max(T_g))/(1 - chi), from S1 Eq. 11b at T_g, with
/// gradient.
struct LnT0 {
    double value = 0.0;
    Coordinates gradient{};
};
[[nodiscard]] LnT0 ln_t0_of(const Coordinates& q, double T_ref_K);

/// ln tau_beta(T) and ln tau_max(T) with gradients.
struct LnTimes {
    double ln_tau_beta = 0.0;
    double ln_tau_max = 0.0;
    double chi = 0.0;
    Coordinates d_ln_tau_beta{};
    Coordinates d_ln_tau_max{};
};
[[nodiscard]] LnTimes times_of(const Coordinates& q, double T_ref_K, double temperature_K);

[[nodiscard]] QpdParameters parameters_of(const Coordinates& q, double T_ref_K);
[[nodiscard]] Coordinates coordinates_of(const QpdParameters& p, double T_ref_K);

/// max(0, T - T_g) with its corner rounded over ±0.25 K, so that the sum of squares has a slope in
/// T_g everywhere; chi differs from S1 Eq. 22b by at most a1 * 0.0625 K, within that range only.
struct Excess {
    double value = 0.0;
    double slope = 0.0;  ///< d value / dT
};
[[nodiscard]] Excess excess_over(double temperature_K, double T_g_K);

class LiveModel {
  public:
    LiveModel(record::Form form, double T_ref_K) : form_(form), T_ref_K_(T_ref_K) {}

    /// Prepares an evaluation at `q`; whether q is in the model's domain is found by `at`.
    void set(const Coordinates& q);

    struct Value {
        std::complex<double> modulus_Pa;
        std::complex<double> beta_per_Pa;  ///< J*_beta
        std::complex<double> flow_per_Pa;
        std::complex<double> d_T_g_offset;  ///< d modulus / d T_g_offset_K
        /// d modulus / d q; those of the fast process only where it is on.
        std::array<std::complex<double>, q_count> gradient;
    };

    /// E* and gradient at one point; false when chi(T) leaves 0.03 … 0.97, E_u(T) falls below a
    /// twentieth of E_u, or a number is not finite. T_g lies `T_g_offset_K` above that of the
    /// coordinates. Without background and scale, which belong to the instrument: their gradients,
    /// and those of the offsets, are left as they are. On the thread that called `set`.
    [[nodiscard]] bool at(
        double temperature_K, double ln_omega, Value& out, double T_g_offset_K = 0.0
    );

    [[nodiscard]] const Coordinates& coordinates() const { return q_; }
    [[nodiscard]] double T_ref_K() const { return T_ref_K_; }

  private:
    [[nodiscard]] Anelastic anelastic(
        double ln_omega_tau, double chi_now, double ln_chi, bool above
    );

    /// Adds the fast beta process to J and its gradients, in 1/Pa.
    void add_fast(double temperature_K, double ln_omega, std::complex<double>& J, Value& out);

    record::Form form_;
    double T_ref_K_;
    Coordinates q_{};
    bool has_fast_ = false;
    LnT0 ln_t0_;
    double J_u_ = 0.0;
    double A_beta_ = 0.0;
    double B_ = 0.0;
    double A_an_ = 0.0;
    double A_vp_ = 0.0;
    double ln_chi_Tg_ = 0.0;
    double A_fast_ = 0.0;
    double B_fast_ = 0.0;
    BetaTable beta_;
    BetaTable fast_;
    KwwAtBeta glass_;  ///< chi below T_g
    KwwTable* table_ = nullptr;
};

}  // namespace relaxd::model
