// SPDX-License-Identifier: MIT
#include "drivers/simulator/parts/lock_in_unit.hpp"

#include <cmath>
#include <numbers>

namespace relaxd::simulator {

void LockInUnit::turn(const LockInPanel& panel) {
    const bool filter_changes = panel.time_constant_s != panel_.time_constant_s ||
                                panel.slope_dB_per_octave != panel_.slope_dB_per_octave;
    panel_ = panel;
    if (filter_changes) {
        rig_.set_lock_in(panel.time_constant_s, panel.slope_dB_per_octave);
    }
    if (is_source_ && panel.is_internal) {
        RigExcitation excitation;
        excitation.offset_V = panel.offset_V;
        excitation.amplitude_V = std::numbers::sqrt2 * panel.amplitude_V;
        excitation.frequency_Hz = panel.frequency_Hz;
        excitation.is_on = true;
        rig_.excite(excitation);
    }
}

LockInView LockInUnit::look() const {
    const RigExcitation& excitation = rig_.excitation();
    const PendulumRig::LockIn seen = rig_.lock_in();
    LockInView view;
    view.is_overloaded = seen.is_overloaded || is_forced_;
    view.frequency_Hz = panel_.is_internal ? panel_.frequency_Hz : excitation.frequency_Hz;
    const bool is_moving = excitation.is_on && excitation.frequency_Hz > 0.0;
    view.is_unlocked = !panel_.is_internal && !is_moving;
    const bool is_tuned =
        !view.is_unlocked && std::abs(view.frequency_Hz - excitation.frequency_Hz) < 1e-9;
    if (pretended_V_) {
        view.value_V = *pretended_V_;
    } else if (is_tuned) {
        const double phase_rad = panel_.phase_degree * std::numbers::pi / 180.0;
        const auto value_V = input_ == LockInInput::angle ? seen.angle_V : seen.torque_V;
        view.value_V = value_V * std::polar(1.0, -phase_rad);
    }
    return view;
}

}  // namespace relaxd::simulator
