// SPDX-License-Identifier: MIT
//
// A table of ln F (see kww.hpp) for live fits, where chi moves with temperature: quintic Hermite in
// q = ln(omega tau) + ln Gamma(1 + 1/beta), cubic Hermite in beta. Nodes are computed when first
// touched and depend on their place alone, so results do not depend on the order of use.
//
// Not safe for concurrent use: one table a thread (`KwwTable::of_this_thread`).

#pragma once

#include "model/kww/kww.hpp"

#include <array>
#include <complex>
#include <vector>

namespace relaxd::model {

class KwwTable {
  public:
    /// What depends on beta alone, computed once for all frequencies at one beta.
    struct Place {
        double beta = 0.0;
        int row = 0;
        double fraction = 0.0;  ///< Between row and row + 1.
        double shift = 0.0;     ///< ln Gamma(1 + 1/beta)
        double shift_slope = 0.0;
        bool inside = false;  ///< beta is within the table.
    };

    [[nodiscard]] static Place place(double beta);

    /// F with derivatives; relative error of F below 3e-6 for 0.2 <= beta <= 0.96 and below 2e-5
    /// from 0.15, `kww` itself outside the table (tests/model/test_kww.cpp). `modulus` is 1 - F.
    /// Continuous: towards (omega tau)^beta = e^3.5 it passes over into the series (`far`, or
    /// `kww`).
    [[nodiscard]] KwwValue value(
        double ln_omega_tau, const Place& at, const KwwSeries* far = nullptr
    );

    /// ln (omega tau)^beta where the passage into the series begins: what `far` must cover.
    static constexpr double far_from = 2.5;

    /// The table of the calling thread; at most about 1 MiB.
    [[nodiscard]] static KwwTable& of_this_thread();

  private:
    using Complex = std::complex<double>;
    struct Node {
        bool known = false;
        Complex f;    // ln F
        Complex f_q;  // at constant beta
        Complex f_qq;
        Complex g;  // d ln F / d beta at constant q
        Complex g_q;
    };
    const Node& node(int row, int index);
    [[nodiscard]] KwwValue interpolated(double q, const Place& at);

    static constexpr double beta_low = 0.14;
    static constexpr double beta_step = 0.02;
    static constexpr int rows = 42;  // to 0.96
    static constexpr double far_to = 3.5;
    static constexpr double q_low = -14.0;
    static constexpr double q_step = 0.25;
    std::array<std::vector<Node>, rows> rows_;
};

}  // namespace relaxd::model
