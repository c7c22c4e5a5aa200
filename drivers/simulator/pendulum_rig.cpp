// SPDX-License-Identifier: MIT
#include "drivers/simulator/pendulum_rig.hpp"

#include "schema/base/assert.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace relaxd::simulator {
namespace {

constexpr double slice_s = 1.0 / 16.0;  // of the bench, between two looks at the clock
constexpr double longest_work_s = 0.02;
constexpr double work_share = 0.75;
constexpr double source_band_Hz = 1000.0;  // a coil driver's; the bench's grid is 4096 a second

double seconds(SteadyTime from, SteadyTime to) {
    return static_cast<double>(to.ns - from.ns) / 1e9;
}

}  // namespace

PendulumRig::PendulumRig(const PendulumSetup& setup, double speed, RigWiring wiring)
    : setup_(setup), bench_(setup), wiring_(wiring), speed_(speed) {
    RELAXD_ASSERT(speed > 0.0 && std::isfinite(speed));
    bench_.set_lock_in(lock_in_);
}

void PendulumRig::on_interval(double every_s, std::function<void(const PendulumRig&)> call) {
    RELAXD_ASSERT(every_s > 0.0);
    every_s_ = every_s;
    on_interval_ = std::move(call);
    intervals_ = static_cast<std::uint64_t>(std::ceil(time_s_ / every_s));
}

void PendulumRig::follow(SteadyTime now) {
    if (is_awaiting_ || !is_begun_) {
        is_begun_ = !is_awaiting_;
        last_ = now;
        return;
    }
    if (now.ns <= last_.ns) {
        return;
    }
    const double passed_s = seconds(last_, now);
    if (is_behind_ && passed_s < longest_work_s) {
        return;  // the devices come first
    }
    last_ = now;
    if (holders_.empty() || speed_ == 1.0) {
        run_to(time_s_ + speed_ * passed_s, passed_s);
    }
}

void PendulumRig::run_to(double goal_s, double passed_s) {
    const SteadyTime start = work_clock_ != nullptr ? work_clock_->steady() : SteadyTime();
    const double work_s = std::min(longest_work_s, work_share * passed_s);
    is_behind_ = false;
    while (time_s_ < goal_s) {
        double next_s = work_clock_ != nullptr ? std::min(goal_s, time_s_ + slice_s) : goal_s;
        const double call_s = every_s_ * static_cast<double>(intervals_);
        const bool calls = on_interval_ && call_s <= next_s;
        if (calls) {
            next_s = std::max(call_s, time_s_);
        }
        bench_.advance_to(next_s);
        time_s_ = next_s;
        if (calls) {
            ++intervals_;
            on_interval_(*this);
        }
        if (work_clock_ != nullptr && seconds(start, work_clock_->steady()) >= work_s) {
            is_behind_ = time_s_ < goal_s;
            return;
        }
    }
}

SteadyTime PendulumRig::host_time_of(double time_s) const {
    constexpr double most_s = 1e9;  // ns in 64 bits end at 292 years
    const double wait_s = std::clamp((time_s - time_s_) / speed_, 0.0, most_s);
    return SteadyTime{last_.ns + static_cast<std::int64_t>(std::ceil(1e9 * wait_s))};
}

void PendulumRig::hold(const void* device, bool is_held) {
    std::erase(holders_, device);
    if (is_held) {
        holders_.push_back(device);
    }
}

void PendulumRig::excite(const RigExcitation& excitation) {
    RELAXD_ASSERT(
        std::isfinite(excitation.offset_V) && std::isfinite(excitation.amplitude_V) &&
        std::isfinite(excitation.frequency_Hz) && excitation.frequency_Hz >= 0.0
    );
    excitation_ = excitation;
    CoilDrive drive(0.0, 0.0, excitation.frequency_Hz);
    if (excitation.is_on) {
        drive.offset_A = wiring_.coil_A_per_V * excitation.offset_V;
        if (excitation.frequency_Hz <= source_band_Hz) {
            drive.amplitude_A = wiring_.coil_A_per_V * excitation.amplitude_V;
        }
    }
    bench_.set_drive(drive);
}

void PendulumRig::set_lock_in(double time_constant_s, int slope_dB_per_octave) {
    if (auto settings =
            LockInSettings::checked(LockInSettings(time_constant_s, slope_dB_per_octave))) {
        lock_in_ = *settings;
        bench_.set_lock_in(lock_in_);
    }
}

PendulumRig::LockIn PendulumRig::lock_in() const {
    const LockInReading reading = bench_.lock_in();
    LockIn shown;
    shown.frequency_Hz = reading.frequency_Hz;
    shown.angle_V = setup_.sensors.angle_V_per_rad * reading.angle_rad;
    shown.torque_V = setup_.sensors.sense_V_per_A * reading.current_A;
    shown.clipped_s = reading.clipped_s;
    shown.is_overloaded =
        reading.clipped_s >= 0.0 && bench_.time_s() - reading.clipped_s <= lock_in_.time_constant_s;
    return shown;
}

std::complex<double> PendulumRig::settled_ratio() const {
    const CoilDrive& drive = bench_.body().drive();
    if (drive.amplitude_A == 0.0 || drive.frequency_Hz == 0.0) {
        return 0.0;
    }
    const double omega = 2.0 * std::numbers::pi * drive.frequency_Hz;
    // The angle shown is theta - delay theta'.
    const std::complex<double> shown(1.0, -omega * setup_.sensors.angle_delay_s);
    const std::complex<double> rad_per_A = shown * setup_.body.torque_N_m_per_A /
                                           dynamic_stiffness_N_m(bench_.body(), drive.frequency_Hz);
    return rad_per_A * setup_.sensors.angle_V_per_rad / setup_.sensors.sense_V_per_A;
}

void PendulumRig::digitise(double rate_Hz) {
    bench_.digitise(rate_Hz);
}

std::vector<RigScan> PendulumRig::take_scans() {
    const double range_V = wiring_.input_range_V;
    std::vector<RigScan> scans;
    for (const RawSample& sample : bench_.take_samples()) {
        RigScan scan;
        scan.time_s = sample.time_s;
        scan.angle_V =
            std::clamp(setup_.sensors.angle_V_per_rad * sample.angle_rad, -range_V, range_V);
        scan.torque_V =
            std::clamp(setup_.sensors.sense_V_per_A * sample.current_A, -range_V, range_V);
        scans.push_back(scan);
    }
    return scans;
}

double PendulumRig::set_point_K() const {
    return bench_.heater_on() && rate_K_per_s_ > 0.0 ? bench_.set_point_K() : target_K_;
}

void PendulumRig::set_temperature(double target_K, double rate_K_per_s) {
    RELAXD_ASSERT(target_K > 0.0 && rate_K_per_s >= 0.0);
    target_K_ = target_K;
    rate_K_per_s_ = rate_K_per_s;
    if (bench_.heater_on()) {
        bench_.set_temperature(target_K, 60.0 * rate_K_per_s);
    }
}

void PendulumRig::heater(bool is_on) {
    if (!is_on) {
        bench_.heater_off();
    } else if (!bench_.heater_on()) {
        bench_.set_temperature(target_K_, 60.0 * rate_K_per_s_);
    }
}

}  // namespace relaxd::simulator
