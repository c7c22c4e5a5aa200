// SPDX-License-Identifier: MIT
//
// e^{-beta t}(a cos wt - b sin wt) + 1, s, s^2 fitted to samples by nonlinear least squares, with
// errors from what is beside the line in the residuals. Pure; internal to model/signal.

#pragma once

#include "schema/record/waveform.hpp"

#include <complex>
#include <cstddef>
#include <optional>

namespace relaxd::model {

struct DampedCosine {
    double beta_per_s = 0.0;
    double omega_rad_s = 0.0;
    std::complex<double> amplitude_V;  ///< At the first sample of the range.
    double residual_rms_V = 0.0;
    double omega_sigma_rad_s = 0.0;
    double decrement_sigma = 0.0;
    DampedCosine() = default;
    /// Lambda = beta 2 pi/omega.
    [[nodiscard]] double decrement() const;
};

/// Of `count` samples from `first`, beginning with the `start`'s beta and omega. Nothing where the
/// fit does not converge.
[[nodiscard]] std::optional<DampedCosine> fit_damped_cosine(
    const record::WaveformChannel& channel,
    double rate_Hz,
    std::size_t first,
    std::size_t count,
    const DampedCosine& start
);

}  // namespace relaxd::model
