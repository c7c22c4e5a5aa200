// SPDX-License-Identifier: MIT
#include "drivers/simulator/pendulum_bench.hpp"

#include "drivers/simulator/noise.hpp"
#include "schema/base/assert.hpp"

#include <algorithm>
#include <cmath>

namespace relaxd::simulator {
namespace {

constexpr NoiseChannel thermocouple_noise{111};
constexpr double climate_s = 1.0 / 32.0;
constexpr double lock_in_s = 1.0 / 1024.0;

// How many of the body's steps make `time_s`, at least one.
std::int64_t steps_of(double time_s, double step_s) {
    return std::max<std::int64_t>(1, std::llround(time_s / step_s));
}

}  // namespace

FurnaceOptions pendulum_furnace() {
    FurnaceOptions options;
    options.heater = true;
    options.heat_capacity_J_per_K = 400.0;
    options.power_max_W = 300.0;
    options.heater_lag_s = 10.0;
    options.cooling_max_W = 0.0;
    options.specimen_lag_s = 45.0;  // radiation and little gas
    options.heating_max_K_per_min = 10.0;
    options.approach_s = 60.0;
    return options;
}

PendulumBench::PendulumBench(const PendulumSetup& setup)
    : setup_(setup),
      body_(setup.body, setup.bar, setup.material),
      furnace_(setup.furnace, setup.thermocouple),
      vacuum_(setup.vacuum),
      climate_every_(steps_of(climate_s, setup.body.step_s)),
      lock_in_every_(steps_of(lock_in_s, setup.body.step_s)) {
    if (const Specimen* specimen = body_.material().specimen()) {
        glass_.emplace(*specimen);
    }
}

void PendulumBench::advance_to(double time_s) {
    while (body_.time_s() < time_s) {
        while (!plan_.empty() && plan_.begin()->first <= body_.time_s()) {
            body_.set_drive(plan_.begin()->second);
            plan_.erase(plan_.begin());
        }
        if (body_.steps() % climate_every_ == 0) {
            follow_climate();
        }
        body_.step();
        if (body_.steps() % lock_in_every_ == 0) {
            feed_lock_in();
        }
        if (digitiser_) {
            digitiser_->follow(body_);
        }
    }
}

void PendulumBench::follow_climate() {
    while (furnace_.reached_s() <= body_.time_s()) {
        furnace_step();
    }
    const double temperature_K = furnace_.specimen_K(body_.time_s());
    if (!glass_) {
        body_.set_surroundings(temperature_K, vacuum_.pressure_Pa());
        return;
    }
    glass_->advance(body_.time_s() - glass_s_, temperature_K);
    glass_s_ = body_.time_s();
    body_.set_surroundings(temperature_K, vacuum_.pressure_Pa(), glass_->structure(temperature_K));
}

void PendulumBench::furnace_step() {
    const double most_K =
        rate_K_per_s_ > 0.0 ? rate_K_per_s_ * furnace_step_s : std::abs(target_K_ - set_K_);
    set_K_ += std::clamp(target_K_ - set_K_, -most_K, most_K);
    furnace_.step(set_K_, heater_on_);
    vacuum_.advance(furnace_step_s);
    ++climate_steps_;
}

void PendulumBench::feed_lock_in() {
    const PendulumMotion motion = body_.motion();
    const double dt_s = setup_.body.step_s * static_cast<double>(lock_in_every_);
    const auto number = static_cast<std::uint64_t>(body_.steps() / lock_in_every_);
    const RawSample sample =
        sensed(setup_.sensors, motion, setup_.seed, number, 1.0 / dt_s, PendulumReader::lock_in);
    if (sample.angle_clipped || sample.current_clipped) {
        clipped_s_ = sample.time_s;
    }
    angle_detector_.feed(sample.angle_rad, motion.phase_rad, dt_s);
    current_detector_.feed(sample.current_A, motion.phase_rad, dt_s);
}

void PendulumBench::set_temperature(double target_K, double rate_K_per_min) {
    RELAXD_ASSERT(target_K > 0.0 && rate_K_per_min >= 0.0);
    if (!heater_on_) {
        set_K_ = furnace_.shown_K();  // a ramp begins where the furnace is
    }
    heater_on_ = true;
    target_K_ = target_K;
    rate_K_per_s_ = rate_K_per_min / 60.0;
}

void PendulumBench::break_specimen() {
    glass_.reset();
    body_.break_specimen();
}

double PendulumBench::shown_K() const {
    return furnace_.shown_K() + setup_.thermocouple.noise_K *
                                    normal_deviate(setup_.seed, climate_steps_, thermocouple_noise);
}

double PendulumBench::heater_share() const {
    return std::clamp(furnace_.heater_W() / setup_.furnace.power_max_W, 0.0, 1.0);
}

void PendulumBench::pump_for(double seconds) {
    RELAXD_ASSERT(body_.steps() == 0 && seconds >= 0.0);
    vacuum_.open_pump(true);
    vacuum_.advance(seconds);
    body_.set_surroundings(body_.temperature_K(), vacuum_.pressure_Pa());
}

GaugeReading PendulumBench::gauge() const {
    return setup_.gauge.read(vacuum_.pressure_Pa(), setup_.seed, climate_steps_);
}

void PendulumBench::set_lock_in(const LockInSettings& settings) {
    angle_detector_.set(settings);
    current_detector_.set(settings);
}

LockInReading PendulumBench::lock_in() const {
    LockInReading reading;
    reading.time_s = body_.time_s();
    reading.frequency_Hz = body_.drive().frequency_Hz;
    reading.angle_rad = angle_detector_.value();
    reading.current_A = current_detector_.value();
    reading.clipped_s = clipped_s_;
    return reading;
}

void PendulumBench::digitise(double rate_Hz) {
    digitiser_.reset();
    if (rate_Hz > 0.0 && rate_Hz <= 1e6) {
        digitiser_.emplace(setup_.sensors, setup_.seed, rate_Hz, body_.time_s());
    }
}

std::vector<RawSample> PendulumBench::take_samples() {
    return digitiser_ ? digitiser_->take() : std::vector<RawSample>();
}

std::uint64_t PendulumBench::lost_samples() const {
    return digitiser_ ? digitiser_->lost() : 0;
}

PendulumTruth PendulumBench::truth() const {
    return pendulum_truth(body_, body_.drive().frequency_Hz);
}

}  // namespace relaxd::simulator
