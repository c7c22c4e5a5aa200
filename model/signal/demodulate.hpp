// SPDX-License-Identifier: MIT
//
// From raw periods to complex amplitudes (INSTRUMENTS 8.3): least squares of
// [cos wt, sin wt, 1, s, s^2] (s = scaled time) and harmonics on all channels over the same window,
// with w known from the generator; the same by a discrete Fourier transform over whole periods,
// and what the two disagree by. Pure; volts in, volts out. README.md has the methods and what was
// proven of their errors.
//
// Fields ~ Re(A exp(i w t)), t from the window's first sample: a signal that lags has a phase that
// is smaller.

#pragma once

#include "schema/base/result.hpp"
#include "schema/record/waveform.hpp"

#include <complex>
#include <cstddef>
#include <string>
#include <vector>

namespace relaxd::model {

using Complex = std::complex<double>;

/// One channel's part.
struct ChannelFit {
    Complex amplitude_V;             ///< Peak, of the fundamental.
    double amplitude_sigma_V = 0.0;  ///< S.d. of each quadrature, from the residual beside it.
    Complex second_V;                ///< Harmonics; 0 where above 0.45 of the rate.
    Complex third_V;
    double offset_V = 0.0;  ///< Mid window.
    double drift_V_per_s = 0.0;
    double curvature_V_per_s2 = 0.0;  ///< Second derivative.
    double residual_rms_V = 0.0;
    double clipped_share = 0.0;  ///< Of the samples, at or beyond low_V or high_V.
    Complex dft_V;               ///< The fundamental by DFT over whole periods.
    ChannelFit() = default;
};

struct Demodulated {
    double frequency_Hz = 0.0;
    double first_time_s = 0.0;
    double duration_s = 0.0;  ///< Samples over rate.
    double periods = 0.0;     ///< In the window.
    ChannelFit angle;
    ChannelFit torque;
    Complex stiffness;  ///< torque / angle, V/V.
    /// S.d. of its real and of its imaginary part, from what both residuals hold near the
    /// fundamental together: mains and wander are in it, and what both channels share is not.
    double stiffness_sigma = 0.0;
    double dft_disagreement = 0.0;  ///< |stiffness by DFT / stiffness - 1|.
    Demodulated() = default;
};

/// Channels "angle" and "torque". Errors `invalid`: no such channel, too few samples, less than
/// one period, a frequency above 0.45 of the rate, mains (50 or 60 Hz, or what the rate makes of
/// it) within one resolution of the drive, no angle above its noise.
[[nodiscard]] Result<Demodulated> demodulate(const record::Waveform& waveform);

/// Do two successive windows agree: is |difference of stiffness| within `sigmas` of its error, or
/// within `relative`? The sentence says by how much not.
struct Agreement {
    bool holds = false;
    double relative_change = 0.0;
    double relative_allowed = 0.0;  ///< The greater of the two bounds.
    std::string why;
    Agreement() = default;
};
[[nodiscard]] Agreement agreement(
    const Demodulated& before, const Demodulated& now, double sigmas = 3.0, double relative = 1e-3
);

/// How long to wait after a change before the first window: max(1 period, ln(1/eps)/(pi f_n tan
/// phi)) (INSTRUMENTS 8.3); one period where f_n or tan phi is not known (not above 0).
[[nodiscard]] double settling_s(
    double frequency_Hz, double eigenfrequency_Hz, double tan_phi, double eps = 1e-3
);

}  // namespace relaxd::model
