// SPDX-License-Identifier: MIT
//
// The beta process: Debye relaxation averaged over the Gumbel spread of S1 Eq. 24, density
// B exp(Bx - e^(Bx)) of x = ln(tau/tau_mode) (E1-12). The averages are exact in the relative sense,
// each output for itself; `BetaTable` for fits, with derivatives.

#pragma once

#include "schema/base/result.hpp"

#include <complex>
#include <span>
#include <vector>

namespace relaxd::model {

/// The density B exp(Bx - e^(Bx)) of x = ln(tau/tau_mode), S1 Eq. 24 as a density (E1-12).
/// `Errc::invalid` names `B` (positive, finite: one single time has no density) or `x`.
[[nodiscard]] Result<double> gumbel_density(double B, double x);

/// The weights of S1 Eq. 24 literally, on a grid of ln(tau/tau_mode): they sum to 1 and mean a
/// distribution only on a uniform grid (E1-12). `Errc::invalid` names `B` or `ln_tau_over_mode`
/// (empty, or an element that is not finite).
[[nodiscard]] Result<std::vector<double>> gumbel_weights(
    double B, std::span<const double> ln_tau_over_mode
);

/// <1/(1 + i omega tau)> at ln(omega tau_mode), S1 Eq. 25b without grid; B > 0, infinite = one
/// time. Real part and loss each to a relative 1e-12 at every ln_omega_tau, infinities included;
/// magnitudes below 1e-290 may be 0.
[[nodiscard]] std::complex<double> gumbel_debye(double ln_omega_tau, double B);

/// <1 - exp(-t/tau)> at ln(t/tau_mode), S1 Eq. 25a without grid; B > 0, infinite = one time.
/// Relative error 1e-12 however small the result, down to 1e-290.
[[nodiscard]] double gumbel_one_minus_exp(double ln_t_over_tau, double B);

/// The Gumbel average by quintic Hermite interpolation in ln(omega tau), nodes filled when touched.
/// Error below 1e-6 for B up to 1, 5e-6 above (tests/model/test_qpd.cpp) for B >= 0.05 and |ln
/// omega tau| < 110; beyond, the limits 1 and 0. Not safe for concurrent use.
class BetaTable {
  public:
    struct Value {
        std::complex<double> value;
        std::complex<double> d_ln_omega_tau;
        std::complex<double> d_B;
    };

    BetaTable();

    /// Sets B; forgets the nodes when it moved.
    void set_B(double B);
    [[nodiscard]] Value value(double ln_omega_tau);

  private:
    using Complex = std::complex<double>;
    struct Node {
        unsigned generation = 0;
        Complex f;
        Complex f_z;
        Complex f_zz;
        Complex g;  // df/dB
        Complex g_z;
    };
    const Node& node(int index);
    void add_weight(double x, double h);

    double B_ = 0.0;
    unsigned generation_ = 0;
    int first_ = 0;          ///< x of the first weight in steps of the table.
    int stride_ = 1;         ///< Steps between weights.
    int node_stride_ = 1;    ///< Steps between nodes.
    std::vector<double> x_;  ///< Places of the weights where they are not on the grid (B > 1.5).
    std::vector<double> weight_;
    std::vector<double> weight_B_;
    std::vector<Node> nodes_;
};

}  // namespace relaxd::model
