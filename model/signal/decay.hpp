// SPDX-License-Identifier: MIT
//
// Free decay: a damped cosine with drift fitted to the angle, and the logarithmic decrement by two
// methods that share nothing: that fit, and a straight line through the logarithms of the extrema.
// Pure. Source: INSTRUMENTS 7 and 8.2 with zero torque.

#pragma once

#include "schema/base/result.hpp"
#include "schema/record/waveform.hpp"

#include <string>
#include <vector>

namespace relaxd::model {

struct Decay {
    double frequency_Hz = 0.0;  ///< Damped: omega_d / 2 pi.
    double frequency_sigma_Hz = 0.0;
    double decrement = 0.0;  ///< Lambda = ln of successive same-side extrema, by the fit.
    double decrement_sigma = 0.0;
    double extrema_decrement = 0.0;  ///< By the extrema.
    double extrema_decrement_sigma = 0.0;
    double amplitude_V = 0.0;  ///< Peak, at the window's start.
    double residual_rms_V = 0.0;
    int periods = 0;
    /// Decrement of the first half minus that of the second, over its error: amplitude dependence.
    double halves_differ = 0.0;
    std::vector<std::string> warnings;  ///< tan phi above 0.3; the two methods disagree …
    Decay() = default;
};

/// Channel "angle" of a waveform of kind decay. Errors `invalid`: fewer than three extrema above
/// the noise, clipped, too few samples a period.
[[nodiscard]] Result<Decay> fit_decay(const record::Waveform& waveform);

}  // namespace relaxd::model
