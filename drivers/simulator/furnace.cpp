// SPDX-License-Identifier: MIT
#include "drivers/simulator/furnace.hpp"

#include <algorithm>
#include <cmath>

namespace relaxd::simulator {
namespace {

// Chosen: at 3 K/min the specimen trails the set point by 0.05 K/s x (3 s + 6 s) = 0.45 K.
constexpr double block_time_s = 3.0;
constexpr double specimen_time_s = 6.0;
constexpr double natural_cooling_time_s = 900.0;

}  // namespace

void Furnace::reset() {
    *this = Furnace();
}

void Furnace::step(double set_K, bool heater_on) {
    const double goal_K = heater_on ? set_K : ambient_K;
    const double time_s = heater_on ? block_time_s : natural_cooling_time_s;
    const double wished_K_per_s = (goal_K - block_K_) / time_s;
    const double rate_K_per_s =
        std::clamp(wished_K_per_s, -cooling_max_K_per_s, heating_max_K_per_s);
    const double block_mid_K = block_K_ + 0.5 * rate_K_per_s * furnace_step_s;
    block_K_ += rate_K_per_s * furnace_step_s;
    specimen_last_K_ = specimen_next_K_;
    static const double follow = 1.0 - std::exp(-furnace_step_s / specimen_time_s);
    specimen_next_K_ += follow * (block_mid_K - specimen_next_K_);
    ++steps_;
}

double Furnace::specimen_K(double time_s) const {
    const double share = 1.0 - (reached_s() - time_s) / furnace_step_s;
    return specimen_last_K_ + std::clamp(share, 0.0, 1.0) * (specimen_next_K_ - specimen_last_K_);
}

bool Furnace::at_rest() const {
    return std::abs(block_K_ - ambient_K) < 1e-3 && std::abs(specimen_next_K_ - ambient_K) < 1e-3;
}

}  // namespace relaxd::simulator
