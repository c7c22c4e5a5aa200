// SPDX-License-Identifier: MIT
//
// The body of the simulated inverted torsion pendulum, in the time domain:
//
//     I theta'' + C theta' + K_field theta + Gamma_wire + Gamma_specimen = k_coil i(t)
//
// theta is the angle of the inertia member; the specimen hangs on it through the clamp's
// compliance. Wire and specimen are discrete modes, so free decay, forced oscillation with its
// transients, creep under constant torque and recovery all come out of one state.
//
// Fixed steps: trapezoid for the inertia, every mode by its exact exponential under a torque
// (wire: twist) linear in the step, coupled implicitly. Second order: an eigenfrequency omega is
// low by (omega h)^2 / 12 relative (h = 1/4096 s, 17 Hz: 6e-5); no step makes energy.
// SI. One object, one thread; no randomness here.

#pragma once

#include "drivers/simulator/pendulum_bar.hpp"
#include "drivers/simulator/pendulum_modes.hpp"
#include "drivers/simulator/pendulum_twist.hpp"

#include <complex>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace relaxd::simulator {

/// The instrument without its specimen. Defaults: docs/simulated-pendulum.md gives the reasons.
struct PendulumParameters {
    PendulumParameters() = default;

    double inertia_kg_m2 = 5e-5;
    double wire_N_m = 1.2e-4;  ///< K_w' at 1 Hz, per rad, without magnet and gravity.
    double wire_tan_phi = 2e-3;
    double field_N_m = 0.0;           ///< Magnet and gravity, per rad; negative: inverted.
    double eddy_N_m_s = 1e-7;         ///< Damping that no pump takes away.
    double gas_N_m_s = 2e-6;          ///< Damping by the gas at atmosphere …
    double gas_half_Pa = 30.0;        ///< … of which half is left at this pressure.
    double clamp_rad_per_N_m = 0.02;  ///< Both clamps, in series with the specimen; 0: rigid.
    double torque_N_m_per_A = 1e-3;   ///< The coil's constant.
    double current_limit_A = 0.1;     ///< Of the current source; more is cut off.
    double step_s = 1.0 / 4096.0;     ///< A power of two keeps the times exact.
    double retune_K = 2e-3;           ///< A smaller change of temperature is not followed.

    /// C at a pressure: eddy + gas p / (p + gas_half).
    [[nodiscard]] double damping_N_m_s(double pressure_Pa) const;

    /// Error `invalid` names the first number that is impossible.
    [[nodiscard]] static Result<PendulumParameters> checked(const PendulumParameters& parameters);
};

/// The coil's current: offset + amplitude cos(phase), phase = 2 pi frequency x time, continuous
/// where the frequency changes.
struct CoilDrive {
    CoilDrive() = default;
    CoilDrive(double offset_in, double amplitude_in, double frequency_in)
        : offset_A(offset_in), amplitude_A(amplitude_in), frequency_Hz(frequency_in) {}
    double offset_A = 0.0;
    double amplitude_A = 0.0;
    double frequency_Hz = 0.0;
};

/// Where the pendulum is at one instant, without any sensor.
struct PendulumMotion {
    PendulumMotion() = default;
    double time_s = 0.0;
    double angle_rad = 0.0;
    double velocity_rad_s = 0.0;
    double current_A = 0.0;
    double phase_rad = 0.0;  ///< Of the drive, in 0 to 2 pi: the lock-ins' reference.
    bool current_limited = false;
};

/// K_w*(omega) of the suspension wire in N m/rad: nearly constant loss, K_w' exact at 1 Hz.
[[nodiscard]] std::complex<double> wire_stiffness_N_m(
    const PendulumParameters& parameters, double omega_rad_s
);

class PendulumBody {
  public:
    /// At rest, without drive, at 298.15 K and 101325 Pa. `parameters` must have passed `checked`.
    /// A glass with thermal expansion gives it to the bar.
    PendulumBody(
        const PendulumParameters& parameters, const TorsionBar& bar, const ShearMaterial& material
    );

    /// Temperature of the specimen and pressure from now on; what the thermal history has made of
    /// the glass, without it the glass of S1 at that temperature.
    void set_surroundings(double temperature_K, double pressure_Pa);
    void set_surroundings(double temperature_K, double pressure_Pa, const Structure& structure);

    /// The coil's current from now on.
    void set_drive(const CoilDrive& drive);
    [[nodiscard]] const CoilDrive& drive() const { return drive_; }

    /// Moves the inertia member by hand, specimen relaxed as it is: a start for free decay.
    void deflect(double angle_rad);

    /// From now on nothing hangs between the clamps.
    void break_specimen();

    /// One step of `step_s`.
    void step();

    [[nodiscard]] std::int64_t steps() const { return steps_; }
    [[nodiscard]] double time_s() const { return step_s_ * static_cast<double>(steps_); }

    /// Now.
    [[nodiscard]] PendulumMotion motion() const;

    /// Within the last step: the cubic through both ends' angles and velocities.
    [[nodiscard]] PendulumMotion motion_at(double time_s) const;

    [[nodiscard]] double temperature_K() const { return temperature_K_; }
    [[nodiscard]] double pressure_Pa() const { return pressure_Pa_; }
    [[nodiscard]] const Structure& structure() const { return structure_; }
    [[nodiscard]] double specimen_torque_N_m() const {
        return material_.present() ? twist_.torque_N_m() : 0.0;
    }
    /// Twist of the specimen alone, clamps excluded.
    [[nodiscard]] double specimen_twist_rad() const;

    /// Kinetic and recoverable energy of the discrete system: never grows without drive while
    /// temperature and step stay. Differs from the continuous one by O(h^2).
    [[nodiscard]] double stored_energy_J() const;

    [[nodiscard]] const PendulumParameters& parameters() const { return parameters_; }
    [[nodiscard]] const TorsionBar& bar() const { return bar_; }
    [[nodiscard]] const ShearMaterial& material() const { return material_; }
    /// The specimen's modes at the temperature followed.
    [[nodiscard]] const ShearSpectrum& spectrum() const { return spectrum_; }

  private:
    struct DriveAt {
        DriveAt() = default;
        double current_A = 0.0;
        double cycles = 0.0;
        bool limited = false;
    };

    void tune_wire();
    void retune();
    [[nodiscard]] DriveAt drive_at(double time_s) const;

    PendulumParameters parameters_;
    TorsionBar bar_;
    ShearMaterial material_;
    ShearSpectrum spectrum_;
    double step_s_;
    double temperature_K_ = 298.15;
    double tuned_K_ = 298.15;
    Structure structure_;
    Structure tuned_structure_;
    double pressure_Pa_ = 101325.0;

    CoilDrive drive_;
    double drive_start_s_ = 0.0;
    double drive_start_cycles_ = 0.0;

    // State.
    std::int64_t steps_ = 0;
    double angle_rad_ = 0.0;
    double velocity_rad_s_ = 0.0;
    double last_angle_rad_ = 0.0;
    double last_velocity_rad_s_ = 0.0;
    SpecimenTwist twist_;
    std::vector<double> wire_torque_N_m_;  ///< Of every mode of the wire.

    // torque' = decay torque + gain (turn in the step)
    double wire_static_N_m_ = 0.0;
    std::vector<double> wire_N_m_;
    std::vector<double> wire_decay_;
    std::vector<double> wire_gain_N_m_;
};

}  // namespace relaxd::simulator
