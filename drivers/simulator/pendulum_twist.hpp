// SPDX-License-Identifier: MIT
//
// The specimen between the pendulum's clamps in the time domain: the twist of every mode, of flow
// and of the elastic part, under a torque that is linear in each step.
//
// Within a step every mode is followed by its exact exponential; the torque at its end is what the
// angle at its end asks for, so that inertia and specimen are solved together. Modes faster than
// 1e-4 of the step answer at once, modes slower than 1e12 s stand still. SI. One object, one
// thread.

#pragma once

#include "drivers/simulator/pendulum_modes.hpp"

#include <cstddef>
#include <vector>

namespace relaxd::simulator {

/// A mode under a drive linear in the step h: new = decay old + from_old drive + from_new drive'.
struct ModeStep {
    /// z = h / tau.
    explicit ModeStep(double z);
    double decay;
    double from_old = 0.0;
    double from_new = 0.0;
};

class SpecimenTwist {
  public:
    /// `clamp_rad_per_N_m`: compliance of the clamps in series.
    SpecimenTwist(double step_s, double clamp_rad_per_N_m)
        : step_s_(step_s), clamp_rad_per_N_m_(clamp_rad_per_N_m) {}

    /// Other modes from now on, as many as before. The twists stay, the elastic part answers with
    /// another torque. `form_m3` is J / L.
    void tune(const ShearSpectrum& spectrum, double form_m3, double angle_rad);

    /// What the modes hold now beyond the share `stays` becomes permanent (crystallisation).
    void freeze(double stays);

    /// The angle jumps: elastic.
    void jump(double by_rad) { torque_N_m_ += by_rad / instant_rad_per_N_m_; }

    /// Torque on the inertia member now.
    [[nodiscard]] double torque_N_m() const { return torque_N_m_; }

    /// Begins a step: the angle at its end that would need no torque there …
    [[nodiscard]] double begin_step();
    /// … and the angle that each N m there adds.
    [[nodiscard]] double response_rad_per_N_m() const { return response_rad_per_N_m_; }
    /// Ends the step at this angle.
    void end_step(double angle_rad);

    /// Recoverable energy of the discrete system: a mode's step is that of a mode under the mean
    /// torque in series with a spring of O(h), both passive.
    [[nodiscard]] double energy_J() const;

  private:
    [[nodiscard]] double rest_sum_rad() const;
    void collect();

    double step_s_;
    double clamp_rad_per_N_m_;
    double torque_N_m_ = 0.0;
    double flow_rad_ = 0.0;
    double free_rad_ = 0.0;  ///< Of the step begun.

    std::vector<ShearMode> modes_;   ///< strength in rad per N m; all of them.
    std::vector<double> twist_rad_;  ///< Of every mode, brought up to date by `collect`.
    double still_rad_ = 0.0;         ///< Sum of those that stand still.
    double instant_rad_per_N_m_ = 1.0;
    double flow_rad_per_N_m_ = 0.0;  ///< In one step.
    double response_rad_per_N_m_ = 1.0;

    // The modes that are followed. Between steps rest = twist - from_new torque.
    std::vector<std::size_t> index_;
    std::vector<double> rest_rad_;
    std::vector<double> decay_;
    std::vector<double> gain_;  ///< rest' = decay rest + gain torque.
    std::vector<double> from_old_;
    std::vector<double> from_new_;
};

}  // namespace relaxd::simulator
