// SPDX-License-Identifier: MIT
//
// Calibration sets from measurements: an empty machine, elastic bars of known modulus, melting
// standards. Weighted least squares on raw force, displacement and phase, with tests of the
// residuals; where a test fails the errors grow with it and a warning says so. Pure, SI.
//
// The sets have kind, clamp, numbers, table and notes; name, version, instrument and time are the
// caller's.

#pragma once

#include "model/geometry/clamp.hpp"
#include "schema/base/result.hpp"
#include "schema/record/calibration.hpp"

#include <string>
#include <vector>

namespace relaxd::model {

/// One reading of an oscillation, raw.
struct RawReading {
    double frequency_Hz = 0.0;
    double temperature_K = 0.0;  ///< As shown.
    double force_N = 0.0;        ///< Amplitude.
    double displacement_m = 0.0;
    double phase_rad = 0.0;
};

/// The readings of one run, in their order.
struct RawRun {
    std::string uuid;
    std::vector<RawReading> readings;
};

struct BarRun {
    RawRun run;
    ClampNumbers numbers;  ///< Dimensions of the bar in its clamp.
};

/// A bar's modulus (E, in shear G), elastic but for a small loss.
struct BarModulus {
    Measured modulus_Pa;  ///< At 298.15 K.
    double tan_delta = 0.0;
    double slope_per_K = 0.0;  ///< Relative, of the modulus.
};

struct MadeCalibration {
    record::Calibration set;
    std::vector<std::string> warnings;
};

/// Readings of one frequency are taken together within this many kelvin.
inline constexpr double temperature_bin_K = 10.0;
/// Fewer readings of one frequency and temperature say nothing of their own scatter.
inline constexpr std::size_t readings_min = 3;
/// One bar cannot tell the frame's loss from the phase offset: the frame's tan delta is then 0 with
/// this standard deviation (chosen; a second bar of other stiffness decides).
inline constexpr double frame_loss_sigma = 0.02;

/// Kind `empty`: columns background_real_N_per_m, background_imag_N_per_m, as shown (the phase
/// offset is in them), with the moved mass's inertia taken out (number `mass_kg`) so that the table
/// can be interpolated. A node's noise is that of the force, N, each quadrature of one reading.
[[nodiscard]] Result<MadeCalibration> calibrate_empty(const std::vector<RawRun>& runs);

/// Kind `steel`: columns phase_offset_rad, compliance_real_m_per_N, compliance_imag_m_per_N. The
/// noise is that of the displacement, m. `empty`, if any, is subtracted first; the set then is for
/// use with it.
[[nodiscard]] Result<MadeCalibration> calibrate_bars(
    const std::string& clamp,
    const std::vector<BarRun>& bars,
    const BarModulus& modulus,
    const record::Calibration* empty
);

/// A melting onset of a standard.
struct Onset {
    double true_K = 0.0;
    double rate_K_per_s = 0.0;
    double shown_K = 0.0;
    double sigma_K = 0.0;  ///< 0 = not said: all alike, from the scatter.
};

/// Kind `temperature`: columns offset_K, slope, rate_s of T = T_shown + offset + slope (T_shown -
/// T0) + rate_s dT/dt, T0 the number `reference_temperature_K`. Needs two heating rates (else the
/// value at rate zero is nobody's), and two standards for a slope (else it is 0 +- 0.005).
[[nodiscard]] Result<MadeCalibration> calibrate_temperature(const std::vector<Onset>& onsets);

}  // namespace relaxd::model
