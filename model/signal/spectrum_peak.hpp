// SPDX-License-Identifier: MIT
//
// Where the strongest line of a signal lies: a start for the fit of a free decay. Pure; internal to
// model/signal.

#pragma once

#include "schema/record/waveform.hpp"

namespace relaxd::model {

/// The frequency of the largest value of the periodogram of the first 2^18 samples without their
/// parabola, between one period in them and 0.45 of the rate, mains (50 and 60 Hz and what the rate
/// makes of them) left out; good to a fraction of 1/T. 0 where there is none.
[[nodiscard]] double strongest_line_Hz(const record::WaveformChannel& channel, double rate_Hz);

}  // namespace relaxd::model
