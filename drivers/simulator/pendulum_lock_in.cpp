// SPDX-License-Identifier: MIT
#include "drivers/simulator/pendulum_lock_in.hpp"

#include <cmath>
#include <numbers>
#include <string>

namespace relaxd::simulator {

Result<LockInSettings> LockInSettings::checked(const LockInSettings& settings) {
    if (!(settings.time_constant_s >= 1e-6 && settings.time_constant_s <= 1e5)) {
        return fail(
            Errc::invalid,
            "the lock-in's time constant is outside of 1e-6 s to 1e5 s",
            "time_constant_s",
            "an SR830 has 10 us to 30 ks"
        );
    }
    const int slope = settings.slope_dB_per_octave;
    if (slope != 6 && slope != 12 && slope != 18 && slope != 24) {
        return fail(
            Errc::invalid,
            "the lock-in's slope is " + std::to_string(slope) + " dB per octave",
            "slope_dB_per_octave",
            "6, 12, 18 or 24"
        );
    }
    if (!(settings.harmonic >= 1.0 && settings.harmonic <= 1e5)) {
        return fail(
            Errc::invalid, "the lock-in's harmonic is outside of 1 to 1e5", "harmonic", "mostly 1"
        );
    }
    return settings;
}

void LockInDetector::set(const LockInSettings& settings) {
    const std::complex<double> shown = value();
    const auto stages = static_cast<std::size_t>(settings.slope_dB_per_octave / 6);
    if (stages - 1 != last_stage_) {
        stages_.fill(shown);
        last_stage_ = stages - 1;
    }
    settings_ = settings;
    tuned_dt_s_ = -1.0;
}

void LockInDetector::feed(double signal, double reference_rad, double dt_s) {
    if (dt_s != tuned_dt_s_) {
        tuned_dt_s_ = dt_s;
        follow_ = -std::expm1(-dt_s / settings_.time_constant_s);
    }
    std::complex<double> into =
        std::polar(std::numbers::sqrt2, -settings_.harmonic * reference_rad) * signal;
    for (std::size_t k = 0; k <= last_stage_; ++k) {
        stages_[k] += follow_ * (into - stages_[k]);
        into = stages_[k];
    }
}

}  // namespace relaxd::simulator
