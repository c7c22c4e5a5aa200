// SPDX-License-Identifier: MIT
//
// The realistic furnace: a block with a heat capacity that an electric heater warms and a chiller
// cools, losing heat to the room; the thermocouple's junction and the specimen follow the block
// with their own lags; a PID controller drives it by what the thermocouple shows.
//
// Every step is exact for power that stays constant in it and, for the lags, for a block that moves
// linearly. Units: K, s, W. Plain objects, one thread.

#pragma once

#include "drivers/simulator/bench.hpp"

namespace relaxd::simulator {

/// Heat only: no controller, no thermocouple's error.
class HeatedBlock {
  public:
    HeatedBlock(const FurnaceOptions& options, double junction_lag_s);

    /// One furnace step with this command, negative = cooling. The power is not limited here; the
    /// block stays between liquid nitrogen (77 K) and its thermal fuse (1300 K).
    void step(double command_W);

    [[nodiscard]] double block_K() const { return block_K_; }
    [[nodiscard]] double junction_K() const { return junction_K_; }
    [[nodiscard]] double specimen_K() const { return specimen_K_; }
    [[nodiscard]] double power_W() const { return power_W_; }

  private:
    double lag_s_;
    double specimen_lag_s_;
    double loss_W_per_K_;
    double heater_keep_;  ///< What is left of the heater's lag after a step.
    double block_keep_;
    double power_W_ = 0.0;
    double block_K_;
    double junction_K_;
    double specimen_K_;
};

/// PID on the error of the shown temperature, derivative on what is shown, limited power without
/// wind-up, plus the feed forward; its own set point nears the programme's within the rates.
class PidController {
  public:
    explicit PidController(const FurnaceOptions& options);

    /// The command of the next step, within the furnace's power.
    [[nodiscard]] double command_W(double set_K, double shown_K);

  private:
    FurnaceOptions options_;
    bool started_ = false;
    double set_K_ = 0.0;  ///< The controller's own.
    double last_K_ = 0.0;
    double integral_W_ = 0.0;
};

}  // namespace relaxd::simulator
