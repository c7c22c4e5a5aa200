// SPDX-License-Identifier: MIT
//
// Angle and torque under constant torque (creep, recovery): one value a window, with the error
// that its own scatter shows. Pure; volts in, volts out.

#pragma once

#include "schema/base/result.hpp"
#include "schema/record/waveform.hpp"

namespace relaxd::model {

/// One channel's part.
struct SteadyFit {
    double value_V = 0.0;  ///< At mid window, of a quadratic through the window.
    double sigma_V = 0.0;  ///< From the means of 16 batches, with what neighbours share.
    double drift_V_per_s = 0.0;
    double drift_sigma_V_per_s = 0.0;
    double clipped_share = 0.0;
    SteadyFit() = default;
};

struct Steady {
    double mid_time_s = 0.0;  ///< Instrument seconds since run start.
    double duration_s = 0.0;
    SteadyFit angle;
    SteadyFit torque;
    Steady() = default;
};

/// Channels "angle" and "torque" of a waveform. Errors `invalid`: no such channel, fewer than 48
/// samples.
[[nodiscard]] Result<Steady> fit_steady(const record::Waveform& waveform);

}  // namespace relaxd::model
