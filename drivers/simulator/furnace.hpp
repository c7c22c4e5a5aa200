// SPDX-License-Identifier: MIT
//
// The simulated furnace: what drives it to the set point, what the specimen's temperature is, and
// what the thermocouple shows of it.
//
// Without options it is simple: a block that follows the set point within the machine's heating and
// cooling rates, and a specimen that follows the block with a lag. With `heater` it is a body of
// heat behind a controller (heater.hpp). Integrated in fixed steps of instrument time from the
// run's start, so that the temperature at an instant depends on the programme only. Units: K, s.
// One object, one thread.

#pragma once

#include "drivers/simulator/bench.hpp"
#include "drivers/simulator/heater.hpp"

#include <cstdint>

namespace relaxd::simulator {

inline constexpr double furnace_step_s = 0.1;
inline constexpr double ambient_K = 298.15;

class Furnace {
  public:
    Furnace() : Furnace(FurnaceOptions(), ThermocoupleOptions()) {}
    Furnace(const FurnaceOptions& options, const ThermocoupleOptions& thermocouple);

    /// Everything at 298.15 K, step 0.
    void reset();

    /// From grid time k to k + 1 with this set point, or with the heater off.
    void step(double set_K, bool heater_on);

    /// The grid time up to which the furnace has been integrated.
    [[nodiscard]] double reached_s() const { return furnace_step_s * static_cast<double>(steps_); }

    /// The specimen's true temperature at `time_s` within the last step (linear between its ends).
    [[nodiscard]] double specimen_K(double time_s) const;

    /// The specimen's true temperature at the end of the last step.
    [[nodiscard]] double specimen_K() const { return specimen_next_K_; }

    /// What the thermocouple shows, without noise: at `time_s` within the last step, and at its
    /// end.
    [[nodiscard]] double shown_K(double time_s) const;
    [[nodiscard]] double shown_K() const { return thermocouple_.shown_K(junction_next_K_); }

    /// What the heater gives now in W, 0 where it is off or has no options; negative = cooling.
    [[nodiscard]] double heater_W() const { return options_.heater ? heat_.power_W() : 0.0; }

    /// Skips `steps` steps in which nothing changes. Only at rest.
    void skip(std::int64_t steps) { steps_ += steps; }

    /// All of it is at ambient within 1 mK.
    [[nodiscard]] bool at_rest() const;

  private:
    void step_simple(double set_K, bool heater_on);
    [[nodiscard]] double share(double time_s) const;

    FurnaceOptions options_;
    ThermocoupleOptions thermocouple_;
    HeatedBlock heat_;
    PidController controller_;
    std::int64_t steps_ = 0;
    double block_K_ = ambient_K;
    double specimen_last_K_ = ambient_K;
    double specimen_next_K_ = ambient_K;
    double junction_last_K_ = ambient_K;
    double junction_next_K_ = ambient_K;
};

}  // namespace relaxd::simulator
