// SPDX-License-Identifier: MIT
#include "drivers/simulator/vacuum.hpp"

#include "drivers/simulator/noise.hpp"
#include "schema/base/number.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>

namespace relaxd::simulator {
namespace {

constexpr NoiseChannel gauge_noise{110};

// (1 - exp(-x)) / x, 1 at 0.
double mean_decay(double x) {
    return x == 0.0 ? 1.0 : -std::expm1(-x) / x;
}

}  // namespace

Result<VacuumOptions> VacuumOptions::checked(const VacuumOptions& options) {
    using V = VacuumOptions;
    struct Rule {
        std::string_view name;
        double V::* member;
        bool zero_allowed;
    };
    const Rule rules[] = {
        {"volume_m3", &V::volume_m3, false},
        {"pump_m3_per_s", &V::pump_m3_per_s, false},
        {"ultimate_Pa", &V::ultimate_Pa, true},
        {"leak_m3_per_s", &V::leak_m3_per_s, true},
        {"vent_m3_per_s", &V::vent_m3_per_s, false},
        {"walls_Pa_m3", &V::walls_Pa_m3, true},
        {"walls_time_s", &V::walls_time_s, false},
    };
    for (const Rule& rule : rules) {
        const double value = options.*rule.member;
        if (!(value > 0.0 || (rule.zero_allowed && value == 0.0)) || !std::isfinite(value)) {
            return fail(
                Errc::invalid,
                "the vacuum's " + std::string(rule.name) + " is " +
                    (std::isfinite(value) ? to_text(value) : std::string("unknown")) +
                    (rule.zero_allowed ? ", not 0 or above" : ", not above 0"),
                std::string(rule.name),
                "give a number in SI units"
            );
        }
    }
    return options;
}

double Vacuum::end_Pa() const {
    const double pump = pump_open_ ? options_.pump_m3_per_s : 0.0;
    const double room = options_.leak_m3_per_s + (vent_open_ ? options_.vent_m3_per_s : 0.0);
    if (pump + room == 0.0) {
        return pressure_Pa_ + walls_Pa_m3_ / options_.volume_m3;
    }
    return (pump * options_.ultimate_Pa + room * room_pressure_Pa) / (pump + room);
}

void Vacuum::advance(double dt_s) {
    if (!(dt_s > 0.0)) {
        return;
    }
    const double V = options_.volume_m3;
    const double pump = pump_open_ ? options_.pump_m3_per_s : 0.0;
    const double room = options_.leak_m3_per_s + (vent_open_ ? options_.vent_m3_per_s : 0.0);
    const double rate = (pump + room) / V;
    const double inflow_Pa_per_s = (pump * options_.ultimate_Pa + room * room_pressure_Pa) / V;
    double pressure =
        pressure_Pa_ * std::exp(-rate * dt_s) + inflow_Pa_per_s * dt_s * mean_decay(rate * dt_s);
    const double dry = 1.0 / options_.walls_time_s;
    if (vent_open_) {
        const double full = options_.walls_Pa_m3;
        walls_Pa_m3_ = full + (walls_Pa_m3_ - full) * std::exp(-dry * dt_s);
    } else {
        // integral of exp(-rate (dt - s)) exp(-dry s) ds
        const double slow = std::min(rate, dry);
        const double apart = std::abs(rate - dry);
        pressure +=
            walls_Pa_m3_ * dry / V * std::exp(-slow * dt_s) * dt_s * mean_decay(apart * dt_s);
        walls_Pa_m3_ *= std::exp(-dry * dt_s);
    }
    pressure_Pa_ = pressure;
}

GaugeReading VacuumGauge::read(double true_Pa, std::uint64_t seed, std::uint64_t number) const {
    GaugeReading reading;
    const double noise = noise_relative * normal_deviate(seed, number, gauge_noise);
    const double shown_Pa = true_Pa * factor * std::exp(noise);
    if (!(shown_Pa >= min_Pa)) {
        reading.state = GaugeState::under_range;
    } else if (shown_Pa > max_Pa) {
        reading.state = GaugeState::over_range;
    } else {
        reading.pressure_Pa = shown_Pa;
    }
    return reading;
}

}  // namespace relaxd::simulator
