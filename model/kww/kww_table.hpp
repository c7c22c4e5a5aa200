// SPDX-License-Identifier: MIT
//
// A table of F (see kww.hpp) for live fits, where chi moves with temperature: quintic Hermite in
// r = beta ln(omega tau) + S(beta) and in ln beta, S being close to beta ln Gamma(1 + 1/beta),
// so that the transition lies at r = 0 with the width of one for every beta. Nodes are computed
// when first touched and depend on their place alone, so results do not depend on the order of use.
//
// Not safe for concurrent use: one table a thread (`KwwTable::of_this_thread`).

#pragma once

#include "model/kww/hermite_grid.hpp"
#include "model/kww/kww.hpp"

#include <complex>
#include <cstddef>
#include <optional>

namespace relaxd::model {

/// The convergent series of F at one beta for large omega tau: F = sum C_n (omega tau)^(-n beta),
/// C_n = (-1)^(n+1) Gamma(1 + n beta)/n! exp(-i pi n beta/2). Error below 1e-12 of the strength and
/// 1e-9 of F where (omega tau)^beta >= e^4.
class KwwFar {
  public:
    explicit KwwFar(double beta);
    [[nodiscard]] KwwValue value(double ln_omega_tau) const;

  private:
    static constexpr std::size_t terms_max = 24;
    struct Term {
        std::complex<double> c;
        std::complex<double> c_psi;  ///< c_n psi(1 + n beta)
        double ln_needed = 0.0;      ///< ln (omega tau)^beta below which this term matters
    };
    double beta_;
    std::size_t terms_ = 0;
    Term term_[terms_max];
};

class KwwTable {
  public:
    /// What depends on beta alone, computed once for all frequencies at one beta.
    struct Place {
        double beta = 0.0;
        double inverse_beta = 0.0;
        double shift = 0.0;        ///< S(beta)
        double shift_slope = 0.0;  ///< dS/d beta
        HermiteRow at;
        bool inside = false;  ///< beta is within the table.
    };

    [[nodiscard]] static Place place(double beta);
    [[nodiscard]] static Place place(double beta, double ln_beta);

    /// F with derivatives for 0.05 <= beta <= 1 and every ln_omega_tau
    /// (tests/model/test_kww_table): error of F below 2e-8 of the strength, of dF/d ln(omega tau)
    /// below 2e-7, of dF/d beta below 1e-6/beta. `modulus` is 1 - F. Outside (beta, or |1 - F| <
    /// 1e-9) it is `kww` itself. Twice differentiable but for the passage into the series from
    /// (omega tau)^beta = e^4 to e^5, which is once differentiable.
    [[nodiscard]] KwwValue value(double ln_omega_tau, const Place& at);

    static constexpr double beta_min = 0.05;

    /// The table of the calling thread; at most 4 MiB, typically 0.2.
    [[nodiscard]] static KwwTable& of_this_thread();

  private:
    friend class KwwAtBeta;
    KwwTable();

    HermiteGrid grid_;
};

/// The same F for many omega tau at one beta, cheaper. On the thread that called `set`.
class KwwAtBeta {
  public:
    /// 0 < beta <= 1.
    void set(double beta, double ln_beta);
    [[nodiscard]] KwwValue value(double ln_omega_tau);

  private:
    KwwTable::Place at_;
    std::optional<KwwFar> far_;
    HermiteSlice slice_;
};

}  // namespace relaxd::model
