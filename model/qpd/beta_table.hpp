// SPDX-License-Identifier: MIT
//
// The Gumbel average of the Debye function (see gumbel.hpp) for live fits, with derivatives:
// quintic Hermite in ln(omega tau) and in ln(1/B + 1/2), nodes computed when first touched. Nodes
// depend on their place alone and are shared by all tables of a thread, so B may move freely.

#pragma once

#include "model/kww/hermite_grid.hpp"

#include <complex>

namespace relaxd::model {

/// For 1/1000 <= B, infinite = one time, and every ln(omega tau): error below 1e-7 of the strength,
/// of d/d ln(omega tau) below 1e-6, of B d/dB below 1e-6 (tests/model/test_beta_table.cpp). A
/// smaller B counts as 1/1000. Outside |ln(omega tau)| < 110 the same sums are made for the call.
/// Not safe for concurrent use; `value` on the thread that called `set_B`. Memory: at most 4 MiB a
/// thread, typically 0.3.
class BetaTable {
  public:
    struct Value {
        std::complex<double> value;
        std::complex<double> d_ln_omega_tau;
        std::complex<double> d_B;
    };

    void set_B(double B);
    [[nodiscard]] Value value(double ln_omega_tau);

  private:
    double w_ = 0.0;    ///< 1/B
    double d_B_ = 0.0;  ///< d ln(1/B + 1/2)/dB
    HermiteSlice slice_;
};

}  // namespace relaxd::model
