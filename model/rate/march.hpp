// SPDX-License-Identifier: MIT
//
// Adaptive integration of the rate form in time: implicit steps of `RateStepper`, extrapolated from
// one, two and three substeps to third order, their length set by the difference to the second
// order. Every part of the strain is controlled relative to itself.

#pragma once

#include "model/rate/stepper.hpp"
#include "schema/base/result.hpp"

#include <functional>

namespace relaxd::model {

/// Relative, of one step and each part; the contract's 5e-5 and 2e-4 are measured against runs with
/// a smaller one (tests/model/test_rate_*.cpp).
inline constexpr double rate_tolerance = 2e-6;

class Marcher {
  public:
    Marcher(const RateStepper& stepper, const Drive& drive, double tolerance = rate_tolerance);

    /// Sets the length that the next step tries.
    void try_step(double dt_s) { next_dt_s_ = dt_s; }
    /// Parts below this are of no interest.
    void set_floor(double strain) { floor_ = strain; }

    /// Integrates `state` to `time_s` exactly. `accepted(before, after)` sees every step.
    /// `Errc::invalid` naming a2 where chi leaves (0, 1), `Errc::not_converged` where the steps
    /// shrink to nothing.
    using Accepted = std::function<void(const RateState& before, const RateState& after)>;
    [[nodiscard]] Result<void> to(double time_s, RateState& state, const Accepted& accepted = {});

    /// One step of third order with its error relative to the largest part; false where it fails.
    [[nodiscard]] bool step(const RateState& from, double dt_s, RateState& to, double& error) const;

  private:
    [[nodiscard]] double error_of(
        const RateState& from, const RateState& third, const RateState& second
    ) const;

    const RateStepper* stepper_;
    Drive drive_;
    double tolerance_;
    double next_dt_s_ = 0.0;
    double floor_ = 0.0;
};

}  // namespace relaxd::model
