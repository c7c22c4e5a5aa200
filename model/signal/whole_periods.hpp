// SPDX-License-Identifier: MIT
//
// The second method of demodulation: a discrete Fourier transform at the drive's frequency over
// the largest whole number of periods, which shares no code with the least squares. Internal to
// model/signal.

#pragma once

#include "schema/record/waveform.hpp"

#include <complex>

namespace relaxd::model {

/// (2/T) x the integral of (v - line) e^{-i w t} over the largest whole number of periods, at
/// least one (a window may be short of it by half a sample), by trapezoids; the last, which may be
/// shorter or longer than a sample, ends at the value of the first sample, as a periodic signal
/// does. The line rises from the mean of the first period to that of the last; of a single period
/// it has the slope `single_V_per_s`, since one period alone cannot tell a drift from a sine.
[[nodiscard]] std::complex<double> dft_amplitude_V(
    const record::WaveformChannel& channel,
    double rate_Hz,
    double frequency_Hz,
    double single_V_per_s
);

}  // namespace relaxd::model
