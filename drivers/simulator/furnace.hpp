// SPDX-License-Identifier: MIT
//
// The simulated furnace: a heater block that a controller drives to the set point within the
// machine's heating and cooling rates, and a specimen that follows the block with a lag.
//
// Integrated in fixed steps of instrument time from the run's start, so that the temperature at an
// instant depends on the programme only. Units: K, s. One object, one thread.

#pragma once

#include <cstdint>

namespace relaxd::simulator {

inline constexpr double furnace_step_s = 0.1;
inline constexpr double ambient_K = 298.15;
/// Q800 brochure: heating to 20 K/min, cooling to 10 K/min.
inline constexpr double heating_max_K_per_s = 20.0 / 60.0;
inline constexpr double cooling_max_K_per_s = 10.0 / 60.0;

class Furnace {
  public:
    /// Everything at 298.15 K, step 0.
    void reset();

    /// From grid time k to k + 1 with this set point, or with the heater off.
    void step(double set_K, bool heater_on);

    /// The grid time up to which the furnace has been integrated.
    [[nodiscard]] double reached_s() const { return furnace_step_s * static_cast<double>(steps_); }

    /// Specimen temperature at `time_s` within the last step (linear between its ends).
    [[nodiscard]] double specimen_K(double time_s) const;

    /// Specimen temperature at the end of the last step.
    [[nodiscard]] double specimen_K() const { return specimen_next_K_; }

    /// Skips `steps` steps in which nothing changes. Only at rest.
    void skip(std::int64_t steps) { steps_ += steps; }

    /// Block and specimen are at ambient within 1 mK.
    [[nodiscard]] bool at_rest() const;

  private:
    std::int64_t steps_ = 0;
    double block_K_ = ambient_K;
    double specimen_last_K_ = ambient_K;
    double specimen_next_K_ = ambient_K;
};

}  // namespace relaxd::simulator
