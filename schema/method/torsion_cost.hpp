// SPDX-License-Identifier: MIT
//
// What a point of a torsion pendulum costs before it is measured: minutes, kelvin that pass
// meanwhile, noise of tan phi (INSTRUMENTS 8.3). Pure; whoever plans a run asks.

#pragma once

#include "schema/record/records.hpp"

#include <string>
#include <utility>
#include <vector>

namespace relaxd::method {

/// What is known of a point; unknown (NaN) where nothing is.
struct TorsionPoint {
    double frequency_Hz = record::unknown;
    double cycles = 2.0;   ///< Periods of one window.
    double windows = 2.0;  ///< Windows that are compared before the last one counts.
    /// Of pendulum and specimen, for the transient after a change of frequency or amplitude.
    double eigenfrequency_Hz = record::unknown;
    double tan_phi = record::unknown;
    double heating_rate_K_per_min = 0.0;
    double amplitude_rad = record::unknown;               ///< Peak.
    double angle_noise_rad_per_sqrtHz = record::unknown;  ///< White, one-sided density.
    double torque_noise_relative_per_sqrtHz = 0.0;        ///< Of the torque's amplitude, the same.
    /// |torque over angle as shown| over the specimen's stiffness: 1 far below resonance, 7 at 2 Hz
    /// in the soft state. The noise of tan phi grows with it.
    double stiffness_ratio = 1.0;
    TorsionPoint() = default;
};

struct TorsionCost {
    double settling_s = 0.0;  ///< Discarded before the first window.
    double window_s = 0.0;    ///< That the point is made of.
    double total_s = 0.0;     ///< Settling and all windows.
    double smeared_K = 0.0;   ///< Passed during the window.
    double tan_phi_sigma = record::unknown;
    TorsionCost() = default;
};

/// Settling: max(1 period, ln(1000)/(pi f_n tan phi)), one period where the pendulum is not known.
/// Noise: sigma_delta = sqrt(2/N) sigma/A of N samples with sigma each, which is density /
/// (A sqrt(window)) whatever the rate; both channels in quadrature.
[[nodiscard]] TorsionCost torsion_cost(const TorsionPoint& point);

/// A point that is smeared over more than this is warned of, and over more than the second refused:
/// relaxation times with 4 eV at 450 K change by 1.26 and by 2 (chosen).
inline constexpr double smeared_warning_K = 1.0;
inline constexpr double smeared_refusal_K = 3.0;
/// Noise of tan phi that is warned of: a tenth of a cold glass's loss (chosen).
inline constexpr double tan_phi_sigma_warning = 1e-3;

/// One sentence with its numbers: "At 0.01 Hz and 1 K/min a two-period point smears 3.3 K:
/// isothermal steps are needed".
struct TorsionRemark {
    bool is_refusal = false;
    std::string sentence;
    TorsionRemark() = default;
    TorsionRemark(bool refusal, std::string text)
        : is_refusal(refusal), sentence(std::move(text)) {}
};
/// Empty where the point is good.
[[nodiscard]] std::vector<TorsionRemark> torsion_remarks(const TorsionPoint& point);
/// "A point at 0.01 Hz takes 6.7 min: 1.7 min until it has settled, 2 windows of 3.3 min".
[[nodiscard]] std::string cost_sentence(const TorsionPoint& point);

}  // namespace relaxd::method
