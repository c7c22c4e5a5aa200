// SPDX-License-Identifier: MIT
//
// E', E'' and tan delta of one run minus those of another, frequency by frequency, with errors.
// Pure.

#pragma once

#include "schema/record/fit.hpp"

#include <string>
#include <vector>

namespace relaxd::ctl {

/// A number with one standard deviation.
struct Uncertain {
    double value = record::unknown;
    double sigma = record::unknown;
};

struct DifferencePoint {
    double temperature_K = 0.0;
    Uncertain storage_Pa;
    Uncertain loss_Pa;
    Uncertain tan_delta;
};

struct DifferenceCurve {
    double frequency_Hz = 0.0;
    std::vector<DifferencePoint> points;  ///< Ascending in temperature.
};

struct Difference {
    std::vector<DifferenceCurve> curves;
    std::string interpolation;  ///< One sentence.
    std::string errors;         ///< Where the errors come from, one sentence.
    std::vector<std::string> warnings;
};

/// `a` minus `b` at the temperatures of the run with fewer readings, where readings of the other
/// lie on both sides, at most 6 K apart.
[[nodiscard]] Difference difference_of(
    const std::vector<record::DynamicPoint>& a, const std::vector<record::DynamicPoint>& b
);

/// Weighted mean of the points between two temperatures; unknown if there is none.
[[nodiscard]] DifferencePoint mean_between(
    const DifferenceCurve& curve, double low_K, double high_K
);

}  // namespace relaxd::ctl
