// SPDX-License-Identifier: MIT
//
// Discrete relaxation spectra of the simulated specimen: the stretched exponential as a positive
// sum of Debye modes, and the Gumbel spread of the beta process.
//
// The simulator's own numerics; it shares nothing with model/. Pure values, no threads.
// Accuracy: 1e-6 of the unit strength for any omega tau and t/tau (tests/simulator/test_spectrum).

#pragma once

#include <cstddef>
#include <vector>

namespace relaxd::simulator {

/// One Debye mode of unit-strength spectra: `rate` in units of 1/tau, weights sum to 1.
struct SpectrumLine {
    SpectrumLine() = default;
    SpectrumLine(double rate_in, double weight_in) : rate(rate_in), weight(weight_in) {}
    double rate = 0.0;
    double weight = 0.0;
};

/// strength / (1 + i x) for any x = omega tau (x * x may overflow), its real part and loss added to
/// the sums.
inline void add_debye(double strength, double x, double& real, double& loss) {
    if (x <= 1.0) {
        const double share = strength / (1.0 + x * x);
        real += share;
        loss += share * x;
    } else {
        const double y = 1.0 / x;
        const double share = strength / (1.0 + y * y);
        real += share * y * y;
        loss += share * y;
    }
}

/// The one-sided stable density p of index chi, whose Laplace transform is exp(-s^chi), 0 < chi
/// < 1.
class StableDensity {
  public:
    explicit StableDensity(double chi);

    /// u p(u) at u = exp(ln_u): Kanter's integral below u = 1, the series in u^-chi above
    /// (Feller II, XVII.6, Eq. 6.8; Kanter, Ann. Probab. 3 (1975) 697, Cor. 4.1).
    [[nodiscard]] double weighted(double ln_u) const;

  private:
    double chi_;
    std::vector<double> kanter_;       ///< A(phi_j), phi_j = pi j / N.
    std::vector<double> coefficient_;  ///< (-1)^(n+1) Gamma(1 + n chi) sin(pi n chi) / (pi n!).
};

/// Where the lines of a stretched exponential stand: ln u = first + k step.
struct SpectrumGrid {
    SpectrumGrid() = default;
    double first_ln_u = 0.0;
    double step = 0.5;
    std::size_t count = 0;
};

/// The grid that holds all weight but 1e-8 at `chi_low` and resolves the peak at `chi_high`.
[[nodiscard]] SpectrumGrid stretched_grid(double chi_low, double chi_high);

/// exp(-(t/tau)^chi) = sum weight exp(-rate t/tau) on the given grid.
[[nodiscard]] std::vector<SpectrumLine> stretched_lines(double chi, const SpectrumGrid& grid);

/// Gumbel spread (S1 Eq. 24): density B exp(Bx - e^(Bx)) of x = ln(tau/tau_mode). B = NaN means one
/// time.
[[nodiscard]] std::vector<SpectrumLine> gumbel_lines(double B);

}  // namespace relaxd::simulator
