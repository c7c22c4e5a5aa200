// SPDX-License-Identifier: MIT
//
// What a machine adds to a stiffness, taken off at the level of force, displacement and phase, as
// complex numbers: never on a finished E''. Pure, SI; one point at a time. The same equations hold
// for torque over angle (N m/rad, kg m^2, rad/(N m)).
//
//   K_a = (F/x) exp(i phase)      apparent; phase is the lag of displacement behind force
//   K_1 = K_a - B                 B: force over displacement of the empty machine as it showed it
//   K_2 = K_1 exp(-i phi)         phi: what the electronics add to the phase
//   K_3 = K_2 + m omega^2 - B_0   m: moved mass that the empty run did not have; B_0: background
//                                 that is known without the electronics (torsion_machine.hpp)
//   1/K_s = 1/K_3 - C             C: complex compliance of clamp and frame, in series
//
// B comes first because the empty run went through the same electronics.

#pragma once

#include <array>
#include <complex>

namespace relaxd::model {

using Complex = std::complex<double>;

/// Of real part and imaginary part.
struct Covariance2 {
    double rr = 0.0;
    double ri = 0.0;
    double ii = 0.0;
};

/// The machine at one frequency and temperature, with its covariances.
struct MachineAt {
    Complex background_N_per_m;  ///< B.
    Covariance2 background_covariance;
    double phase_rad = 0.0;  ///< phi.
    Complex compliance_m_per_N;
    /// Of (phi, C', C''), row by row: they come from one calibration and are correlated.
    std::array<double, 9> frame_covariance{};
    double mass_kg = 0.0;
    double mass_sigma_kg = 0.0;
    /// B_0: a background known as it is, not as the electronics showed it: taken off after the
    /// turn.
    Complex known_background_N_per_m;
    Covariance2 known_background_covariance;
};

struct SpecimenStiffness {
    bool is_known = false;  ///< False where the correction leaves nothing finite.
    Complex specimen_N_per_m;
    Complex carried_N_per_m;  ///< K_3: force through the specimen over the displacement shown.
    Covariance2 systematic;   ///< Of K_s: what the calibration leaves uncertain.
    /// |dK_s/dK_a| |K_a|: the s.d. of K_s' and of K_s'' for a relative s.d. 1 of each quadrature of
    /// K_a.
    double random_gain_N_per_m = 0.0;
    /// Of the force shown the specimen's part, and of the displacement: 1 = nothing is corrected.
    double force_share = 1.0;
    double displacement_share = 1.0;
};

/// First-order propagation.
[[nodiscard]] SpecimenStiffness specimen_stiffness(
    Complex apparent_N_per_m, double omega_rad_s, const MachineAt& machine
);

/// Below this share of the force or of the displacement, or above this relative s.d. of |K_s|, a
/// point is the correction's more than the specimen's (INSTRUMENTS 8.2: beyond I omega^2 = K_s).
inline constexpr double specimen_share_min = 0.5;
inline constexpr double relative_sigma_max = 0.25;

}  // namespace relaxd::model
