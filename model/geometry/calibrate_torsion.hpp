// SPDX-License-Identifier: MIT
//
// Calibration sets of a torsion pendulum from its own runs: the empty pendulum (inertia,
// suspension, damping, delay) and elastic bars of known modulus (phase of the electronics, clamp).
// Weighted least squares with priors, joint covariances, tests of drift and of the model. Pure, SI.
//
// What is determined:
//   empty, forced, two or more frequencies   I and K_w' in units of the torque's constant (K' =
//                                            K_w' - I omega^2); three or more: loss, damping, delay
//   empty, free decay only                   K_w'/I and loss over I; I is then the instrument's
//                                            own number, with its standard deviation
//   one elastic bar                          phi(f) + clamp loss; the clamp's compliance as well as
//                                            modulus and dimensions are known; and I again
//   two bars of different stiffness          the clamp's compliance, its loss, phi(f)
// The absolute scale of torque over angle stays what the configuration says: a wrong one is in all
// of them, and in every modulus, in the same proportion.

#pragma once

#include "model/geometry/calibrate.hpp"
#include "model/geometry/torsion.hpp"

#include <string>
#include <vector>

namespace relaxd::model {

/// A run for a calibration, as it was shown.
struct TorsionRun {
    std::string uuid;
    std::vector<TorsionShown> readings;  ///< Forced and free decays; others are passed over.
    PendulumScale scale;
    Measured inertia_kg_m2;  ///< Nominal; NaN = not known.
    TorsionRun() = default;
};

/// Priors where the data do not decide (chosen): loss of the suspension relative to its stiffness,
/// and no more than there is at the lowest frequency …
inline constexpr double wire_tan_prior = 0.05;
/// … and the delay of the electronics: a sample at 1 kS/s.
inline constexpr double delay_prior_s = 1e-3;

/// Kind `pendulum_empty`: one row, columns inertia_kg_m2, wire_N_m (at 1 Hz), wire_loss_N_m,
/// delay_s, damping_1_N_m_s … (one for each pressure measured, numbers pressure_1_Pa …). The noise
/// is that of the torque, N m. Errors `invalid`: too few readings; decays only and no nominal
/// inertia; runs with different scales.
[[nodiscard]] Result<MadeCalibration> calibrate_pendulum_empty(const std::vector<TorsionRun>& runs);

struct TorsionBarRun {
    TorsionRun run;
    record::Specimen bar;  ///< Its dimensions.
    TorsionBarRun() = default;
};

/// Kind `pendulum_bar`: a row a frequency, columns phase_beyond_delay_rad (phi - omega delay_s),
/// compliance_real_rad_per_N_m, compliance_imag_rad_per_N_m. The noise is that of the angle, rad.
/// `machine`: the empty pendulum, from a set or nominal. `modulus`: shear.
[[nodiscard]] Result<MadeCalibration> calibrate_pendulum_bars(
    const std::vector<TorsionBarRun>& bars,
    const BarModulus& modulus,
    const PendulumBackground& machine,
    const std::string& machine_name
);

}  // namespace relaxd::model
