// SPDX-License-Identifier: MIT
//
// The beta process: Debye relaxation averaged over the Gumbel spread of S1 Eq. 24, density
// B exp(Bx - e^(Bx)) of x = ln(tau/tau_mode) (E1-12). The averages are exact in the relative sense,
// each output for itself. For fits, with derivatives: beta_table.hpp.

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

}  // namespace relaxd::model
