// SPDX-License-Identifier: MIT
//
// The classical logarithmic decrement: extrema of a free decay and the straight line through the
// logarithms of their swings. Shares nothing with the fit of a damped cosine. Pure; internal to
// model/signal.

#pragma once

#include "schema/record/waveform.hpp"

#include <vector>

namespace relaxd::model {

struct Extremum {
    double sample = 0.0;  ///< Where, between samples.
    double volt = 0.0;
    Extremum() = default;
    Extremum(double at, double value) : sample(at), volt(value) {}
};

struct Extrema {
    std::vector<Extremum> all;  ///< Of alternating sign, in order, above the noise.
    double sigma_V = 0.0;       ///< Of one extremum, from the scatter about the local polynomials.
    Extrema() = default;
};

/// Extrema about `half_period` samples apart (at least 5), each the vertex of a polynomial of
/// degree 4 through a fifth of a period on both sides, until a swing is below five of its
/// deviations.
[[nodiscard]] Extrema find_extrema(const record::WaveformChannel& channel, double half_period);

struct ExtremaDecrement {
    double decrement = 0.0;  ///< ln of successive extrema of the same side.
    double sigma = 0.0;
    ExtremaDecrement() = default;
};

/// Regression of ln |x_k - (x_(k-1) + x_(k+1))/2| on k, which no offset and no linear drift
/// changes; weights are the squares of the swings; the error takes into account that neighbours
/// share extrema. Of at least four extrema.
[[nodiscard]] ExtremaDecrement decrement_of(const Extrema& extrema);

}  // namespace relaxd::model
