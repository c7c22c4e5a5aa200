// SPDX-License-Identifier: MIT
//
// The beta and the alpha peak of a loss curve E''(T) at one frequency: vertex of a weighted
// parabola through the points within ±6 K (ANALYSIS 4.2 B).

#pragma once

#include <optional>
#include <span>
#include <string>

namespace relaxd::model {

struct CurvePoint {
    double temperature_K = 0.0;
    double loss_Pa = 0.0;
    double sigma_Pa = 0.0;
    double storage_Pa = 0.0;
};

struct LossPeak {
    double temperature_K = 0.0;
    double temperature_se_K = 0.0;
    double loss_Pa = 0.0;
};

/// The lowest-temperature maximum with the smoothed curve 3 s.d. below it on both sides and a loss
/// below 15 % of the storage modulus (else it is the alpha peak). `curve` is sorted by temperature.
/// Without one, `reason` says why.
[[nodiscard]] std::optional<LossPeak> find_beta_peak(
    std::span<const CurvePoint> curve, std::string& reason
);

/// The alpha peak: the highest maximum with the smoothed curve 3 s.d. below it on both sides and a
/// loss of at least 15 % of the storage modulus. Without one, `reason` says why.
[[nodiscard]] std::optional<LossPeak> find_alpha_peak(
    std::span<const CurvePoint> curve, std::string& reason
);

}  // namespace relaxd::model
