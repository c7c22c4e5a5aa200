// SPDX-License-Identifier: MIT
//
// What the controller is; its wires are in eurotherm_wires.cpp.
#include "drivers/simulator/parts/eurotherm_device.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace relaxd::simulator {

namespace {

constexpr double zero_C_K = 273.15;
constexpr double s_per_min = 60.0;
constexpr double highest_K = 1500.0;
constexpr unsigned manual_bit = 1U << 4U;
constexpr unsigned broken_bit = 1U << 5U;
constexpr int read_only = 2;
constexpr int outside = 8;
constexpr double per_minute = 1.0;  ///< Code of 531.
constexpr double identifier_2408 = 0x2480;

}  // namespace

EurothermDevice::EurothermDevice(PendulumRig& rig, EurothermOptions options)
    : ThermalDevice(rig), options_(options), target_K_(ambient_K), remote_K_(ambient_K) {
    drive();
}

void EurothermDevice::reboot() {
    received_.clear();
    output_.clear();
    drive();
}

void EurothermDevice::break_sensor(bool is_broken) {
    is_broken_ = is_broken;
    drive();
}

void EurothermDevice::turn_set_point(double set_K) {
    (is_remote_ ? remote_K_ : target_K_) = set_K;
    drive();
}

void EurothermDevice::press_manual(bool is_manual, double output_percent) {
    is_manual_ = is_manual;
    output_percent_ = output_percent;
    drive();
}

void EurothermDevice::select_remote(bool is_remote) {
    is_remote_ = is_remote;
    drive();
}

double EurothermDevice::set_point_K() const {
    return is_remote_ ? remote_K_ : target_K_;
}

bool EurothermDevice::is_off() const {
    return options_.is_nanodac ? is_inhibited_ : is_manual_ && output_percent_ == 0.0;
}

void EurothermDevice::drive() {
    rig_.set_temperature(set_point_K(), rate_per_min_ / s_per_min);
    const bool is_asleep = is_inhibited_ || (is_broken_ && options_.is_broken_off);
    const bool heats = is_manual_ ? output_percent_ > 0.0 : true;
    rig_.heater(heats && !is_asleep);
}

double EurothermDevice::rounded(double shown) const {
    const double scale = std::pow(10.0, options_.decimals);
    return std::round(shown * scale) / scale;
}

double EurothermDevice::to_shown(double kelvin) const {
    return options_.is_kelvin ? kelvin : kelvin - zero_C_K;
}

double EurothermDevice::to_K(double shown) const {
    return options_.is_kelvin ? shown : shown + zero_C_K;
}

double EurothermDevice::value_of(What what) const {
    switch (what) {
        case What::process_value: return to_shown(shown_K_.value_or(rig_.temperature_K()));
        case What::target: return rounded(to_shown(target_K_));
        case What::remote: return rounded(to_shown(remote_K_));
        case What::working_set_point: return to_shown(rig_.set_point_K());
        case What::output:
        case What::working_output:
            return is_manual_ ? output_percent_
                              : (rig_.heater_is_on() ? rig_.heater_percent() : 0.0);
        case What::remote_select: return is_remote_ ? 1.0 : 0.0;
        case What::rate: return rate_per_min_;
        case What::rate_unit: return per_minute;
        case What::status: return (is_manual_ ? manual_bit : 0U) + (is_broken_ ? broken_bit : 0U);
        case What::unit: return options_.is_kelvin ? 2.0 : 0.0;
        case What::decimals: return options_.decimals;
        case What::customer: return options_.customer_number;
        case What::identifier: return identifier_2408;
        case What::manual: return is_manual_ ? 1.0 : 0.0;
        case What::inhibit: return is_inhibited_ ? 1.0 : 0.0;
        case What::sensor_break: return is_broken_ ? 1.0 : 0.0;
        case What::none: break;
    }
    return 0.0;
}

int EurothermDevice::put(What what, double value) {
    switch (what) {
        case What::target:
        case What::remote: {
            const double kelvin = to_K(rounded(value));
            if (kelvin <= 0.0 || kelvin > highest_K) {
                return outside;
            }
            (what == What::target ? target_K_ : remote_K_) = kelvin;
            wear_ += what == What::target ? 1 : 0;
            break;
        }
        case What::output:
            if (!is_manual_) {
                return read_only;
            }
            output_percent_ = std::clamp(value, 0.0, 100.0);
            break;
        case What::rate:
            if (value < 0.0) {
                return outside;
            }
            rate_per_min_ = rounded(value);
            break;
        case What::manual:  // bumpless: the output stays where it was
            if (value != 0.0 && !is_manual_) {
                output_percent_ = value_of(What::working_output);
            }
            is_manual_ = value != 0.0;
            break;
        case What::remote_select: is_remote_ = value != 0.0; break;
        case What::inhibit: is_inhibited_ = value != 0.0; break;
        default: return read_only;
    }
    drive();
    return 0;
}

}  // namespace relaxd::simulator
