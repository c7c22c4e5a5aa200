// SPDX-License-Identifier: MIT
//
// The structural state of the simulated glass: relaxing chi, ageing, crystallisation, driven by the
// temperature history alone. With all switches off it is S1's chi(T) and nothing else.
//
// - chi: dchi/dt = (chi_eq(T) - chi) / tau_max(T, chi), S1 Eq. 11b at the present chi, chi_eq from
//   `Specimen::equilibrium_chi`. T_g then depends on the rate, heating and cooling differ, and a
//   glass annealed below T_g overshoots when heated again.
// - ageing (S2 Eq. 12): xi = int dt/tau below T_g; the defects' compliance shrinks by
//   1 - strength (1 - exp(-xi^beta)).
// - crystallisation (Avrami, isokinetic): theta = int k dt, X = 1 - exp(-theta^n).
//
// Exponential steps, halved until converged: any step length is stable, and cutting a step in two
// at the same temperature changes nothing above 1e-9 of chi. One object, one thread; the specimen
// must outlive it.

#pragma once

#include "drivers/simulator/specimen.hpp"

namespace relaxd::simulator {

class GlassState {
  public:
    /// The glass as a run finds it: chi of `fictive_temperature_K`, not aged, not crystallised.
    explicit GlassState(const Specimen& specimen);

    /// `dt_s` later at the constant temperature `temperature_K`.
    void advance(double dt_s, double temperature_K);

    /// What oscillation and load steps need to know; `temperature_K` matters only where structural
    /// relaxation is off.
    [[nodiscard]] Structure structure(double temperature_K) const;

    /// Temperature at which the liquid would have the present chi; T_g below T_g without
    /// structural relaxation, the temperature itself above.
    [[nodiscard]] double fictive_K(double temperature_K) const;

    /// Share of the ageing that has happened, 0 to 1.
    [[nodiscard]] double aged() const;
    /// Crystallised fraction, 0 to 1.
    [[nodiscard]] double crystallised() const;

  private:
    [[nodiscard]] double relax(double dt_s, double temperature_K);
    [[nodiscard]] double relaxed_chi(double chi, double goal, double h_s, double temperature_K)
        const;

    const Specimen* specimen_;
    double chi_;
    double xi_ = 0.0;
    double theta_ = 0.0;
    double try_s_ = 0.0;  ///< Length that the last controlled step ended with.
};

}  // namespace relaxd::simulator
