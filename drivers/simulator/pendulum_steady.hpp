// SPDX-License-Identifier: MIT
//
// The pendulum's periodic steady state in closed form, from the same parameters and modes as the
// body in the time domain (without its O(h^2)): what a settled lock-in reads, and the truth.
//
// Gamma = Gamma_0 exp(i omega t), theta = theta_0 exp(i (omega t - delta)). SI. Pure functions.

#pragma once

#include "drivers/simulator/pendulum_body.hpp"

#include <complex>

namespace relaxd::simulator {

/// The periodic answer to a torque or current of given amplitude.
struct PendulumResponse {
    PendulumResponse() = default;
    double torque_N_m = 0.0;
    double angle_rad = 0.0;  ///< theta_0 of the inertia member.
    double delta_rad = 0.0;  ///< Its lag behind the torque, in -pi to pi.
    double strain = 0.0;     ///< Largest shear strain in the specimen; 0 without.
};

/// Gamma / theta in N m/rad: K_w* + K_field + K_s* - I omega^2 + i omega C.
[[nodiscard]] std::complex<double> dynamic_stiffness_N_m(
    const PendulumBody& body, double frequency_Hz
);

/// K_s* with the clamps in series, in N m/rad; 0 without a specimen.
[[nodiscard]] std::complex<double> specimen_stiffness_N_m(
    const PendulumBody& body, double frequency_Hz
);

/// The settled answer to `amplitude_A`, within the current limit, at the body's present
/// temperature and pressure.
[[nodiscard]] PendulumResponse steady_response(
    const PendulumBody& body, double frequency_Hz, double amplitude_A
);

/// The undamped eigenfrequency in Hz with the stiffness that holds at that frequency; 0 where the
/// stiffness is not positive.
[[nodiscard]] double resonance_Hz(const PendulumBody& body);

/// What is true of the specimen now, for the run record; NaN where there is nothing to know.
struct PendulumTruth {
    PendulumTruth() = default;
    double temperature_K = 0.0;
    double pressure_Pa = 0.0;
    double frequency_Hz = 0.0;
    double chi = material::Params::unknown;
    double tau_beta_s = material::Params::unknown;
    double tau_max_s = material::Params::unknown;
    double G_storage_Pa = material::Params::unknown;
    double G_loss_Pa = material::Params::unknown;
    double tan_phi = material::Params::unknown;
};

/// `frequency_Hz` 0 leaves the moduli unknown. At the true temperature, not the one that the
/// modes follow within `retune_K`.
[[nodiscard]] PendulumTruth pendulum_truth(const PendulumBody& body, double frequency_Hz);

}  // namespace relaxd::simulator
