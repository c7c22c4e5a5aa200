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
    q_count
};
using Coordinates = std::array<double, q_count>;

/// "ln_E_u", "ln_A_beta", "U_beta_J_mol" …: the keys of FitResult::warm_start.
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
        std::array<std::complex<double>, q_count> gradient;  ///< d modulus / d q
    };

    /// E* and gradient at one point; false when chi(T) leaves 0.03 … 0.97 or a number is not
    /// finite. On the thread that called `set`.
    [[nodiscard]] bool at(double temperature_K, double ln_omega, Value& out);

    [[nodiscard]] const Coordinates& coordinates() const { return q_; }
    [[nodiscard]] double T_ref_K() const { return T_ref_K_; }

  private:
    [[nodiscard]] Anelastic anelastic(
        double ln_omega_tau, double chi_now, double ln_chi, bool above
    );

    record::Form form_;
    double T_ref_K_;
    Coordinates q_{};
    LnT0 ln_t0_;
    double J_u_ = 0.0;
    double A_beta_ = 0.0;
    double B_ = 0.0;
    double A_an_ = 0.0;
    double A_vp_ = 0.0;
    double ln_chi_Tg_ = 0.0;
    BetaTable beta_;
    KwwAtBeta glass_;  ///< chi below T_g
    KwwTable* table_ = nullptr;
};

}  // namespace relaxd::model
