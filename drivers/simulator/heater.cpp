// SPDX-License-Identifier: MIT
#include "drivers/simulator/heater.hpp"

#include "drivers/simulator/furnace.hpp"

#include <algorithm>
#include <cmath>

namespace relaxd::simulator {
namespace {

// Nothing the powers of a bench file add up to leaves this range.
constexpr double coolant_K = 77.0;  // liquid nitrogen
constexpr double fuse_K = 1300.0;   // the thermal fuse opens

double keep_of(double lag_s) {
    return lag_s > 0.0 ? std::exp(-furnace_step_s / lag_s) : 0.0;
}

// A first-order lag behind what moves linearly from `from` to `to` within a step.
double follow(double value, double from, double to, double lag_s) {
    const double behind = (to - from) / furnace_step_s * lag_s;
    return to - behind + (value - from + behind) * keep_of(lag_s);
}

}  // namespace

HeatedBlock::HeatedBlock(const FurnaceOptions& options, double junction_lag_s)
    : lag_s_(junction_lag_s),
      specimen_lag_s_(options.specimen_lag_s),
      loss_W_per_K_(options.loss_W_per_K),
      heater_keep_(keep_of(options.heater_lag_s)),
      block_keep_(keep_of(options.heat_capacity_J_per_K / options.loss_W_per_K)),
      block_K_(ambient_K),
      junction_K_(ambient_K),
      specimen_K_(ambient_K) {}

void HeatedBlock::step(double command_W) {
    power_W_ = command_W + (power_W_ - command_W) * heater_keep_;
    const double rest_K = ambient_K + power_W_ / loss_W_per_K_;
    const double from_K = block_K_;
    block_K_ = std::clamp(rest_K + (block_K_ - rest_K) * block_keep_, coolant_K, fuse_K);
    junction_K_ = follow(junction_K_, from_K, block_K_, lag_s_);
    specimen_K_ = follow(specimen_K_, from_K, block_K_, specimen_lag_s_);
}

PidController::PidController(const FurnaceOptions& options) : options_(options) {}

double PidController::command_W(double set_K, double shown_K) {
    if (!started_) {
        started_ = true;
        set_K_ = last_K_ = shown_K;
    }
    const double heating_K = options_.heating_max_K_per_min / 60.0 * furnace_step_s;
    const double cooling_K = options_.cooling_max_K_per_min / 60.0 * furnace_step_s;
    const double moved_K =
        std::clamp((set_K - set_K_) * (1.0 - keep_of(options_.approach_s)), -cooling_K, heating_K);
    set_K_ += moved_K;
    const double error_K = set_K_ - shown_K;
    const double ahead_W = options_.heat_capacity_J_per_K * moved_K / furnace_step_s +
                           options_.loss_W_per_K * (set_K_ - ambient_K);
    const double wished_W = options_.gain_W_per_K * error_K + integral_W_ -
                            options_.derivative_W_s_per_K * (shown_K - last_K_) / furnace_step_s +
                            options_.feed_forward * ahead_W;
    last_K_ = shown_K;
    const double command_W = std::clamp(wished_W, -options_.cooling_max_W, options_.power_max_W);
    // At a limit the integral moves only back from it.
    if (command_W == wished_W || (wished_W - command_W) * error_K < 0.0) {
        integral_W_ += options_.integral_W_per_K_s * error_K * furnace_step_s;
    }
    return command_W;
}

}  // namespace relaxd::simulator
