// SPDX-License-Identifier: MIT
//
// What is behind the protocol of a simulated lock-in: which input of the rig it looks at, whether
// its sine output drives the coil, and its panel. Two lock-ins may look at one rig; they share its
// filter (the newest time constant and slope hold for both). Not owned; one thread.

#pragma once

#include "drivers/simulator/pendulum_rig.hpp"

#include <complex>
#include <cstdint>
#include <optional>

namespace relaxd::simulator {

/// What is plugged into its signal input.
enum class LockInInput : std::uint8_t { angle, torque };

struct LockInPanel {
    bool is_internal = true;  ///< The reference; else the excitation's, whoever makes it.
    double frequency_Hz = 1.0;
    double amplitude_V = 0.004;  ///< rms, of the sine output.
    double offset_V = 0.0;
    double time_constant_s = 0.1;
    int slope_dB_per_octave = 12;
    double phase_degree = 0.0;
    LockInPanel() = default;
};

struct LockInView {
    std::complex<double> value_V;  ///< X + iY, rms, before any range.
    double frequency_Hz = 0.0;     ///< Of the reference.
    bool is_overloaded = false;
    bool is_unlocked = false;
    LockInView() = default;
};

class LockInUnit {
  public:
    LockInUnit(PendulumRig& rig, LockInInput input, bool is_source)
        : rig_(rig), input_(input), is_source_(is_source) {}

    /// All numbers finite and within what LockInSettings and RigExcitation take.
    void turn(const LockInPanel& panel);
    [[nodiscard]] const LockInPanel& panel() const { return panel_; }
    /// At the rig's present time.
    [[nodiscard]] LockInView look() const;
    [[nodiscard]] PendulumRig& rig() { return rig_; }

    /// From now on this is at its input, whatever the rig shows; nothing: the rig again.
    void pretend(std::optional<std::complex<double>> value_V) { pretended_V_ = value_V; }
    /// From now on its input is overloaded.
    void overload(bool is_overloaded) { is_forced_ = is_overloaded; }

  private:
    PendulumRig& rig_;
    LockInInput input_;
    bool is_source_;
    LockInPanel panel_;
    std::optional<std::complex<double>> pretended_V_;
    bool is_forced_ = false;
};

}  // namespace relaxd::simulator
