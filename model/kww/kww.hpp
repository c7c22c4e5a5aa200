// SPDX-License-Identifier: MIT
//
// The stretched exponential in the frequency domain, exactly.
//
// Convention: phi(t) = exp(-(t/tau)^beta), F(omega tau) = int_0^inf -phi'(t) exp(-i omega t) dt. F
// is the Laplace-Carson transform of 1 - phi, so a creep term A {1 - phi} (S1 Eq. 25a) is J* = A F,
// and a relaxation of unit strength has storage Re(1 - F) and loss -Im F (S2 Eqs. 15, 16).
//
// Method (PHYSICS 3): for |omega tau|^beta > 3 the convergent series of F; below, 1 - F as the
// integral of phi on a rotated contour, trapezoid in ln t. Derivatives come from the same sums.
// Pure functions, no state.

#pragma once

#include <complex>
#include <vector>

namespace relaxd::model {

/// F and its derivatives at one point.
struct KwwValue {
    std::complex<double> compliance;      ///< F: 1 at omega tau = 0, 0 at infinity.
    std::complex<double> modulus;         ///< 1 - F, without cancellation at small omega tau.
    std::complex<double> d_ln_omega_tau;  ///< dF / d ln(omega tau)
    std::complex<double> d_beta;          ///< dF / d beta at constant omega tau
};

/// F at `ln_omega_tau` (any finite) for 0 < beta <= 1. Error below 1e-9 of the strength for
/// 0.1 <= beta <= 1 (tests/model/test_kww.cpp); relative for F at large, for 1 - F at small omega
/// tau.
[[nodiscard]] KwwValue kww(double ln_omega_tau, double beta);

/// F and 1 - F alone.
struct KwwPair {
    std::complex<double> compliance;  ///< F: J* of unit strength.
    std::complex<double> modulus;     ///< 1 - F: storage + i loss of unit strength, S2 Eqs. 15, 16.
};

/// F and 1 - F at `ln_omega_tau` (any finite) for 0 < beta <= 1, in 1 to 4 us. Real and imaginary
/// part of F to a relative 1e-9 each, the storage Re(1 - F) to 1e-9 of the strength, for 0.1 <=
/// beta <= 1 (tests/model/test_kww_pair.cpp).
[[nodiscard]] KwwPair kww_pair(double ln_omega_tau, double beta);

/// The series F = sum (-1)^(n+1) Gamma(1 + n beta)/n! (i omega tau)^(-n beta) with its coefficients
/// kept: for many frequencies at one beta. Used where (omega tau)^beta >= `smallest`.
class KwwSeries {
  public:
    /// Coefficients for `beta` that reach `tolerance` where (omega tau)^beta >= `smallest` > 1.
    KwwSeries(double beta, double smallest, double tolerance);

    [[nodiscard]] bool covers(double ln_omega_tau) const {
        return beta_ * ln_omega_tau >= ln_smallest_;
    }
    [[nodiscard]] KwwValue value(double ln_omega_tau) const;

  private:
    double beta_;
    double ln_smallest_;
    double tolerance_;
    std::vector<double> coefficient_;     ///< (-1)^(n+1) Gamma(1 + n beta)/n!, n = 1, 2, …
    std::vector<double> log_derivative_;  ///< psi(1 + n beta)
};

namespace detail {
/// Sums over the contour for one (omega tau, beta): what kww and the table are made of.
struct ContourSums {
    std::complex<double> m;    ///< 1 - F
    std::complex<double> m_v;  ///< d/dv, v = ln(omega tau)
    std::complex<double> m_vv;
    std::complex<double> m_beta;
    std::complex<double> m_beta_v;
};
[[nodiscard]] ContourSums contour_sums(double ln_omega_tau, double beta, double step);
}  // namespace detail

}  // namespace relaxd::model
