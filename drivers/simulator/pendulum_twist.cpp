// SPDX-License-Identifier: MIT
#include "drivers/simulator/pendulum_twist.hpp"

#include <cmath>

namespace relaxd::simulator {
namespace {

constexpr double at_once_z = 1e4;
constexpr double still_tau_s = 1e12;

}  // namespace

ModeStep::ModeStep(double z) : decay(std::exp(-z)) {
    if (z > 0.05) {
        const double mean = -std::expm1(-z) / z;
        from_old = mean - decay;
        from_new = 1.0 - mean;
        return;
    }
    double power = -1.0;  // (-1)^(n+1) z^n / (n+1)!
    for (int n = 1; n <= 8; ++n) {
        power *= -z / (n + 1.0);
        from_new += power;
        from_old += n * power;
    }
}

// Brings twist_rad_ up to date.
void SpecimenTwist::collect() {
    for (std::size_t k = 0; k < modes_.size(); ++k) {
        if (step_s_ > at_once_z * modes_[k].tau_s) {
            twist_rad_[k] = modes_[k].strength_per_Pa * torque_N_m_;
        }
    }
    for (std::size_t j = 0; j < index_.size(); ++j) {
        twist_rad_[index_[j]] = rest_rad_[j] + from_new_[j] * torque_N_m_;
    }
}

void SpecimenTwist::tune(const ShearSpectrum& spectrum, double form_m3, double angle_rad) {
    collect();
    modes_ = spectrum.modes;
    twist_rad_.resize(modes_.size(), 0.0);
    index_.clear();
    rest_rad_.clear();
    decay_.clear();
    gain_.clear();
    from_old_.clear();
    from_new_.clear();
    still_rad_ = 0.0;
    instant_rad_per_N_m_ = spectrum.instant_per_Pa / form_m3 + clamp_rad_per_N_m_;
    flow_rad_per_N_m_ = spectrum.flow_per_Pa_s / form_m3 * step_s_;
    double moving_rad = 0.0;
    double followed_rad_per_N_m = 0.0;
    for (std::size_t k = 0; k < modes_.size(); ++k) {
        modes_[k].strength_per_Pa /= form_m3;
        const double strength = modes_[k].strength_per_Pa;
        if (step_s_ > at_once_z * modes_[k].tau_s) {
            instant_rad_per_N_m_ += strength;
        } else if (modes_[k].tau_s > still_tau_s) {
            still_rad_ += twist_rad_[k];
        } else {
            const ModeStep one(step_s_ / modes_[k].tau_s);
            index_.push_back(k);
            decay_.push_back(one.decay);
            from_old_.push_back(strength * one.from_old);
            from_new_.push_back(strength * one.from_new);
            gain_.push_back(strength * (one.from_old + one.decay * one.from_new));
            followed_rad_per_N_m += from_new_.back();
            moving_rad += twist_rad_[k];
        }
    }
    response_rad_per_N_m_ = instant_rad_per_N_m_ + 0.5 * flow_rad_per_N_m_ + followed_rad_per_N_m;
    torque_N_m_ = (angle_rad - flow_rad_ - still_rad_ - moving_rad) / instant_rad_per_N_m_;
    for (std::size_t j = 0; j < index_.size(); ++j) {
        rest_rad_.push_back(twist_rad_[index_[j]] - from_new_[j] * torque_N_m_);
    }
}

void SpecimenTwist::freeze(double stays) {
    collect();
    for (std::size_t k = 0; k < modes_.size(); ++k) {
        if (step_s_ <= at_once_z * modes_[k].tau_s) {  // the others have no memory
            flow_rad_ += twist_rad_[k] * (1.0 - stays);
            twist_rad_[k] *= stays;
        }
    }
    still_rad_ *= stays;
    for (std::size_t j = 0; j < index_.size(); ++j) {
        rest_rad_[j] = twist_rad_[index_[j]] - from_new_[j] * torque_N_m_;
    }
}

double SpecimenTwist::rest_sum_rad() const {
    // Four sums side by side: one would wait for every addition.
    double sums[4] = {0.0, 0.0, 0.0, 0.0};
    const std::size_t count = rest_rad_.size();
    std::size_t j = 0;
    for (; j + 4 <= count; j += 4) {
        for (std::size_t i = 0; i < 4; ++i) {
            sums[i] += rest_rad_[j + i];
        }
    }
    for (; j < count; ++j) {
        sums[0] += rest_rad_[j];
    }
    return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

double SpecimenTwist::begin_step() {
    flow_rad_ += 0.5 * flow_rad_per_N_m_ * torque_N_m_;
    for (std::size_t j = 0; j < rest_rad_.size(); ++j) {
        rest_rad_[j] = decay_[j] * rest_rad_[j] + gain_[j] * torque_N_m_;
    }
    free_rad_ = flow_rad_ + still_rad_ + rest_sum_rad();
    return free_rad_;
}

void SpecimenTwist::end_step(double angle_rad) {
    torque_N_m_ = (angle_rad - free_rad_) / response_rad_per_N_m_;
    flow_rad_ += 0.5 * flow_rad_per_N_m_ * torque_N_m_;
}

double SpecimenTwist::energy_J() const {
    const double torque = torque_N_m_;
    double twice = instant_rad_per_N_m_ * torque * torque;
    // spring = (from_new - from_old) / (1 + decay);
    // strength of the mode under the mean torque = 2 (from_old + from_new decay) / (1 - decay^2).
    for (std::size_t j = 0; j < index_.size(); ++j) {
        const double spring = (from_new_[j] - from_old_[j]) / (1.0 + decay_[j]);
        twice += spring * torque * torque;
        const double z = step_s_ / modes_[index_[j]].tau_s;
        const double strength = 2.0 * gain_[j] / -std::expm1(-2.0 * z);
        if (strength > 0.0) {
            const double slow = rest_rad_[j] + (from_new_[j] - spring) * torque;
            twice += slow * slow / strength;
        }
    }
    return 0.5 * twice;
}

}  // namespace relaxd::simulator
