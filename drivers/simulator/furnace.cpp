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
constexpr double rest_K = 1e-3;

}  // namespace

Furnace::Furnace(const FurnaceOptions& options, const ThermocoupleOptions& thermocouple)
    : options_(options),
      thermocouple_(thermocouple),
      heat_(options, thermocouple.lag_s),
      controller_(options) {}

void Furnace::reset() {
    *this = Furnace(options_, thermocouple_);
}

void Furnace::step(double set_K, bool heater_on) {
    specimen_last_K_ = specimen_next_K_;
    junction_last_K_ = junction_next_K_;
    ++steps_;
    if (!options_.heater) {
        step_simple(set_K, heater_on);
        junction_next_K_ = specimen_next_K_;
        return;
    }
    heat_.step(heater_on ? controller_.command_W(set_K, shown_K()) : 0.0);
    block_K_ = heat_.block_K();
    specimen_next_K_ = heat_.specimen_K();
    junction_next_K_ = heat_.junction_K();
}

void Furnace::step_simple(double set_K, bool heater_on) {
    const double goal_K = heater_on ? thermocouple_.true_K(set_K) : ambient_K;
    const double time_s = heater_on ? block_time_s : natural_cooling_time_s;
    const double wished_K_per_s = (goal_K - block_K_) / time_s;
    const double heating_K_per_s = options_.heating_max_K_per_min / 60.0;
    const double cooling_K_per_s = options_.cooling_max_K_per_min / 60.0;
    const double rate_K_per_s = std::clamp(wished_K_per_s, -cooling_K_per_s, heating_K_per_s);
    const double block_mid_K = block_K_ + 0.5 * rate_K_per_s * furnace_step_s;
    block_K_ += rate_K_per_s * furnace_step_s;
    static const double follow = 1.0 - std::exp(-furnace_step_s / specimen_time_s);
    specimen_next_K_ += follow * (block_mid_K - specimen_next_K_);
}

// Of the last step, 0 to 1.
double Furnace::share(double time_s) const {
    return std::clamp(1.0 - (reached_s() - time_s) / furnace_step_s, 0.0, 1.0);
}

double Furnace::specimen_K(double time_s) const {
    return specimen_last_K_ + share(time_s) * (specimen_next_K_ - specimen_last_K_);
}

double Furnace::shown_K(double time_s) const {
    return thermocouple_.shown_K(
        junction_last_K_ + share(time_s) * (junction_next_K_ - junction_last_K_)
    );
}

bool Furnace::at_rest() const {
    const auto rests = [](double temperature_K) {
        return std::abs(temperature_K - ambient_K) < rest_K;
    };
    return rests(block_K_) && rests(specimen_next_K_) && rests(junction_next_K_) &&
           std::abs(heat_.power_W()) < rest_K;
}

}  // namespace relaxd::simulator
