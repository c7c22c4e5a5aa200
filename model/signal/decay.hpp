// SPDX-License-Identifier: MIT
//
// Free decay: a damped cosine with drift fitted to the angle, and the logarithmic decrement by two
// methods that share nothing: that fit, and a straight line through the logarithms of the extrema
// (Nowick & Berry, Anelastic Relaxation in Crystalline Solids, 1972, 1.5; ISO 6721-2). Pure.
//
// The motion is Re(A e^{pt}) with p = -beta + i omega_d, beta = Lambda f_d, so INSTRUMENTS 8.2 with
// zero torque reads
//
//     I p^2 + C p + K_w* + K_s*(p) = 0,   K_s*(p) = G*(p) J/L,
//
// with the stiffnesses at the complex frequency p, not at a real one. `free_stiffness` gives
// K_w* + K_s*(p) exactly; `at_real_frequency` brings a stiffness to i omega_d, where a forced
// measurement has it.

#pragma once

#include "model/signal/demodulate.hpp"
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
    int periods = 0;  ///< That the extrema above the noise span.
    /// Decrement of the first half minus that of the second, over its error: amplitude dependence.
    /// 0 where a half has fewer than three extrema.
    double halves_differ = 0.0;
    std::vector<std::string> warnings;  ///< tan phi above 0.3; the two methods disagree …
    Decay() = default;
};

/// Channel "angle" of a waveform of kind decay. Errors `invalid`: fewer than five extrema above the
/// noise, clipped, fewer than ten samples a period.
[[nodiscard]] Result<Decay> fit_decay(const record::Waveform& waveform);

/// p = -Lambda f_d + i 2 pi f_d in 1/s.
[[nodiscard]] Complex complex_frequency(double frequency_Hz, double decrement);

/// K_w* + K_s*(p) = -(I p^2 + C p) in N m/rad: real part I (omega_d^2 - beta^2) + C beta,
/// imaginary part (2 I beta - C) omega_d. `inertia_kg_m2` above 0.
[[nodiscard]] Complex free_stiffness_N_m(
    Complex p_per_s, double inertia_kg_m2, double damping_N_m_s
);

/// A stiffness or modulus known at p, at the real frequency omega_d = Im p: exact where the loss
/// angle phi is the same at all frequencies, K* = k (i omega)^(2 phi/pi); and to first order of
/// Lambda wherever Kramers and Kronig's dK'/d ln omega = 2 K''/pi holds. Relative effect on tan
/// phi: -Lambda/pi^2, so for small damping K*(p) is K*(i omega_d).
[[nodiscard]] Complex at_real_frequency(Complex at_p, Complex p_per_s);

}  // namespace relaxd::model
