// SPDX-License-Identifier: MIT
//
// A calibration set: what a machine adds to every measurement, as somebody measured it once. One
// set is numbers, and a table over frequency and temperature whose columns the kind names. Made
// once and never changed: a correction is a new version under the same name.
//
// Kinds of the Q800 class (docs/calibration.md): `empty` (background stiffness without specimen),
// `steel` (phase offset and complex compliance from elastic bars), `temperature` (from melting
// standards). The table does not know its kinds: other instruments add their own. SI.

#pragma once

#include "schema/base/clock.hpp"
#include "schema/base/result.hpp"
#include "schema/record/records.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace relaxd::record {

/// A number with one standard deviation.
struct CalibrationNumber {
    std::string name;
    double value = unknown;
    double sigma = unknown;
    std::string unit;  ///< Empty = none.
};

/// The table's columns at one frequency and temperature.
struct CalibrationNode {
    double frequency_Hz = unknown;   ///< Unknown: holds at every frequency.
    double temperature_K = unknown;  ///< As the instrument showed it; unknown: at every one.
    std::vector<double> values;
    std::vector<double> covariance;  ///< Row by row, values x values.
    double noise = unknown;          ///< S.d. of one reading's signal; the kind says of which.
};

struct Calibration {
    std::string name;
    std::uint64_t version = 0;  ///< From 1; the store gives it.
    std::string kind;
    std::string instrument;     ///< Its name in the configuration.
    std::string serial_number;  ///< Empty = not known.
    std::string clamp;          ///< Empty = of every clamp.
    UtcTime made_utc;
    std::vector<std::string> runs;  ///< uuid of those it was made from.
    std::vector<CalibrationNumber> numbers;
    std::vector<std::string> columns;
    std::vector<CalibrationNode> nodes;
    std::string notes;

    /// Nothing where there is none of this name.
    [[nodiscard]] const CalibrationNumber* number(std::string_view number_name) const;
};

/// What a table says at one place.
struct CalibrationValue {
    std::vector<double> values;
    std::vector<double> covariance;
    double noise = unknown;
    bool is_outside = false;  ///< Beyond the temperatures of the table: the nearest one's values.
};

/// Linear in log f and in T between the nodes. Covariances are averaged with the nodes' weights,
/// which holds for errors that neighbours have in common and is safe for others. Error `invalid`
/// where the frequency is beyond the table: a machine's resonance is nothing to extrapolate.
[[nodiscard]] Result<CalibrationValue> calibration_at(
    const Calibration& set, double frequency_Hz, double temperature_K
);

/// Error `invalid` names what is missing or cannot be: name, kind, sizes, numbers.
[[nodiscard]] Result<void> check(const Calibration& set);

/// The whole set as text, without loss: what is stored and hashed, and carried between campaigns.
[[nodiscard]] std::string calibration_text(const Calibration& set);
/// What `calibration_text` wrote. Error `corrupt` names the line.
[[nodiscard]] Result<Calibration> calibration_from(std::string_view text);
/// SHA-256 of `calibration_text`.
[[nodiscard]] std::string calibration_sha256(const Calibration& set);

}  // namespace relaxd::record
