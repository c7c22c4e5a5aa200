// SPDX-License-Identifier: MIT
//
// The detector of a lock-in amplifier: multiplication with cosine and sine of the reference, then
// one to four equal low-pass stages. No front panel, no protocol: what a simulated SR830 reads.
//
// A signal sqrt(2) R cos(phase + phi) settles to X = R cos phi, Y = R sin phi (rms, as the real
// ones say). Plain object, one thread.

#pragma once

#include "schema/base/result.hpp"

#include <array>
#include <complex>
#include <cstddef>

namespace relaxd::simulator {

struct LockInSettings {
    LockInSettings() = default;
    LockInSettings(double time_constant_in, int slope_in)
        : time_constant_s(time_constant_in), slope_dB_per_octave(slope_in) {}
    double time_constant_s = 1.0;  ///< Of each stage.
    int slope_dB_per_octave = 24;  ///< 6, 12, 18 or 24: one to four stages.
    double harmonic = 1.0;         ///< Of the reference.

    /// Error `invalid` names what no lock-in has.
    [[nodiscard]] static Result<LockInSettings> checked(const LockInSettings& settings);
};

class LockInDetector {
  public:
    /// The output stays as it is and moves on from there. `settings` must have passed `checked`.
    void set(const LockInSettings& settings);
    [[nodiscard]] const LockInSettings& settings() const { return settings_; }

    /// One sample that lasts `dt_s`, with the reference's phase at that instant.
    void feed(double signal, double reference_rad, double dt_s);

    /// X + i Y, of one instant, in the signal's unit (rms).
    [[nodiscard]] std::complex<double> value() const { return stages_[last_stage_]; }

  private:
    LockInSettings settings_;
    std::size_t last_stage_ = 3;
    std::array<std::complex<double>, 4> stages_{};
    double tuned_dt_s_ = -1.0;
    double follow_ = 0.0;
};

}  // namespace relaxd::simulator
