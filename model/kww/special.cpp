// SPDX-License-Identifier: MIT
#include "model/kww/special.hpp"

#include <cmath>
#include <numbers>

namespace relaxd::model {

double ln_gamma(double x) {
    double product = 1.0;
    while (x < 10.0) {
        product *= x;
        x += 1.0;
    }
    const double r = 1.0 / x;
    const double r2 = r * r;
    // Bernoulli numbers B_2k / (2k (2k-1)), Abramowitz & Stegun 6.1.40.
    const double series =
        r * (1.0 / 12.0 +
             r2 * (-1.0 / 360.0 +
                   r2 * (1.0 / 1260.0 +
                         r2 * (-1.0 / 1680.0 + r2 * (1.0 / 1188.0 + r2 * (-691.0 / 360360.0 +
                                                                          r2 * (1.0 / 156.0)))))));
    const double half_ln_2pi = 0.918938533204672741780329736406;
    return (x - 0.5) * std::log(x) - x + half_ln_2pi + series - std::log(product);
}

double digamma(double x) {
    double shift = 0.0;
    while (x < 10.0) {
        shift += 1.0 / x;
        x += 1.0;
    }
    const double r = 1.0 / x;
    const double r2 = r * r;
    // Abramowitz & Stegun 6.3.18.
    const double series =
        r2 * (1.0 / 12.0 -
              r2 * (1.0 / 120.0 -
                    r2 * (1.0 / 252.0 -
                          r2 * (1.0 / 240.0 -
                                r2 * (1.0 / 132.0 - r2 * (691.0 / 32760.0 - r2 * (1.0 / 12.0)))))));
    return std::log(x) - 0.5 * r - series - shift;
}

}  // namespace relaxd::model
