// SPDX-License-Identifier: MIT
//
// The torsion pendulum's specimen and machine (INSTRUMENTS 8.1, 8.2): form factor of a bar in
// torsion, what inertia, suspension, damping and clamp add, and what all of it leaves uncertain.
// Pure, SI.

#pragma once

#include "model/geometry/correction.hpp"
#include "schema/base/result.hpp"
#include "schema/record/calibration.hpp"
#include "schema/record/records.hpp"
#include "schema/record/run_fact.hpp"

#include <string>
#include <vector>

namespace relaxd::model {

/// A number with one standard deviation.
struct Measured {
    double value = 0.0;
    double sigma = 0.0;
    Measured() = default;
    Measured(double v, double s) : value(v), sigma(s) {}
};

/// beta and kappa of Saint-Venant's series (INSTRUMENTS 8.1), `a_over_b` >= 1.
struct SaintVenant {
    double beta = 0.0;   ///< J = beta a b^3.
    double kappa = 0.0;  ///< Largest shear strain = kappa theta b / L.
};
[[nodiscard]] SaintVenant saint_venant(double a_over_b);

/// From the specimen's dimensions at temperature T (thermal expansion from `reference_K`).
struct TorsionFactors {
    double J_over_L_m3 = 0.0;  ///< K_s* = G* J/L.
    double J_over_L_relative_sigma = 0.0;
    double strain_per_rad = 0.0;  ///< kappa b / L.
    double stress_per_N_m = 0.0;  ///< Largest shear stress per torque of an elastic bar.
    TorsionFactors() = default;
};
/// Width and thickness in either order; `diameter_m` in the specimen's further keys = a cylinder.
/// Errors `invalid` name the dimension that is missing or impossible.
[[nodiscard]] Result<TorsionFactors> torsion_factors(
    const record::Specimen& specimen, double temperature_K
);

/// A run's numbers, from its facts and calibration sets, to moduli: the one code for live runs and
/// for `relaxctl recompute` and `reparse`.
class TorsionReduction {
  public:
    /// Marks only.
    TorsionReduction() = default;
    /// `facts`: what the instrument says (docs/pendulum.md: angle_V_per_rad, torque_N_m_per_V,
    /// inertia_kg_m2 …); sets of kind pendulum_empty and pendulum_bar overrule its nominal numbers.
    [[nodiscard]] static Result<TorsionReduction> make(
        record::Specimen specimen,
        std::vector<record::RunFact> facts,
        std::vector<record::Calibration> sets
    );
    /// A reading with a waveform is demodulated first (model/signal); then, from frequency_Hz,
    /// torque_N_m, angle_rad and phase_rad, to shear moduli, strain and stress with their errors.
    /// Without a set: flag `background_uncorrected` and the nominal numbers.
    void apply(record::Reading& reading) const;
    [[nodiscard]] bool computes() const { return computes_; }
    /// What is recorded with the run.
    [[nodiscard]] const std::vector<record::RunFact>& facts() const { return facts_; }

  private:
    bool computes_ = false;
    record::Specimen specimen_;
    std::vector<record::RunFact> facts_;
    std::vector<record::Calibration> sets_;
};

}  // namespace relaxd::model
