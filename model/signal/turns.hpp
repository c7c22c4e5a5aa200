// SPDX-License-Identifier: MIT
//
// e^{i w t} at sample k of a long window, to rounding: turns are counted with twice the digits of
// a double, so that a million samples later the phase is as good as at the first. Pure; internal
// to model/signal.

#pragma once

#include <cmath>
#include <complex>
#include <cstddef>
#include <numbers>

namespace relaxd::model {

class Turns {
  public:
    Turns(double frequency_Hz, double rate_Hz)
        : per_sample_(frequency_Hz / rate_Hz),
          rest_(std::fma(-per_sample_, rate_Hz, frequency_Hz) / rate_Hz) {}

    /// Turns at `sample` without the whole ones, -1/2 to 1/2; below 2^53 samples.
    [[nodiscard]] double fraction(std::size_t sample) const {
        const auto k = static_cast<double>(sample);
        const double turns = k * per_sample_;
        return (turns - std::nearbyint(turns)) + (std::fma(k, per_sample_, -turns) + k * rest_);
    }
    [[nodiscard]] std::complex<double> at(std::size_t sample) const {
        const double angle = 2.0 * std::numbers::pi * fraction(sample);
        return {std::cos(angle), std::sin(angle)};
    }

  private:
    double per_sample_;
    double rest_;
};

}  // namespace relaxd::model
