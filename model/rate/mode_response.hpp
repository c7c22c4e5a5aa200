// SPDX-License-Identifier: MIT
//
// One exponential mode over a step in which the stress is linear in the mode's own clock.

#pragma once

#include <cmath>

namespace relaxd::model {

/// A step of length z (in units of the mode's time):
/// e_end = e_begin decay + strength (stress_begin begin + stress_end end). To 1e-9 of each.
struct ModeResponse {
    double decay = 0.0;
    double begin = 0.0;
    double end = 0.0;

    explicit ModeResponse(double z) {
        if (z > 45.0) {
            begin = 1.0 / z;
            end = 1.0 - begin;
        } else if (z > 1e-3) {
            decay = std::exp(-z);
            const double mean = (1.0 - decay) / z;
            begin = mean - decay;
            end = 1.0 - mean;
        } else {
            decay = 1.0 - z * (1.0 - 0.5 * z * (1.0 - z / 3.0));
            begin = z * (0.5 - z * (1.0 / 3.0 - z / 8.0));
            end = z * (0.5 - z * (1.0 / 6.0 - z / 24.0));
        }
    }
};

}  // namespace relaxd::model
