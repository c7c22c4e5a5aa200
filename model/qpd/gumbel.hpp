// SPDX-License-Identifier: MIT
//
// The beta process: Debye relaxation averaged over the Gumbel spread of S1 Eq. 24, density
// B exp(Bx - e^(Bx)) of x = ln(tau/tau_mode) (E1-12). `gumbel_debye` to 1e-13 on the grid of
// PHYSICS 3; `BetaTable` for fits, with derivatives.

#pragma once

#include <complex>
#include <vector>

namespace relaxd::model {

/// <1/(1 + i omega tau)> at ln(omega tau_mode); B infinite = one time.
[[nodiscard]] std::complex<double> gumbel_debye(double ln_omega_tau, double B);

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
