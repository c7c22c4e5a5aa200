// SPDX-License-Identifier: MIT
//
// What the analyser makes of a drive at rest: creep, the other static modes, position and length.
#include "drivers/simulator/analyser.hpp"
#include "drivers/simulator/noise.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace relaxd::simulator {
namespace {

constexpr std::uint64_t force_channel = 0;
constexpr std::uint64_t displacement_channel = 1;
constexpr double force_resolution_N = 1e-5;  // Q800 brochure
constexpr double resolution_m = 1e-9;

double on_resolution(double value, double resolution) {
    return resolution > 0.0 ? std::round(value / resolution) * resolution : value;
}

}  // namespace

void Analyser::creep(SimReading& r, double seen_m, double stress_Pa) const {
    r.stress_Pa = stress_Pa;
    r.static_force_N = r.stress_Pa / mounting_.stress_per_force();
    if (!ideal_) {
        creep_really(r, seen_m);
        return;
    }
    // The sensor resolves 1 nm; the strain is computed from what it shows.
    r.displacement_m = std::round(seen_m * 1e9) / 1e9;
    if (std::abs(r.displacement_m) > displacement_limit_m) {
        r.displacement_m = std::copysign(displacement_limit_m, r.displacement_m);
        r.flag("clipped");
    }
    r.strain = r.displacement_m * reference_.strain_per_displacement();
}

// What a channel shows of a value at rest.
double Analyser::static_signal(SimReading& r, double value, std::uint64_t which) const {
    const bool is_force = which == force_channel;
    const ChannelOptions& channel = is_force ? bench_.force : bench_.displacement;
    double shown = channel.gain * value + channel.drift_per_s * r.time_s +
                   channel.pickup * std::cos(pickup_phase_rad(which, r.time_s));
    if (channel.noise != 0.0) {
        const auto noise = is_force ? NoiseChannel::force : NoiseChannel::position;
        shown += channel.noise * normal_deviate(seed_, r.number, noise);
    }
    shown = on_resolution(shown, channel.resolution);
    if (std::abs(shown) > channel.max) {
        shown = std::copysign(channel.max, shown);
        r.flag("clipped");
    }
    return shown;
}

void Analyser::creep_really(SimReading& r, double seen_m) const {
    // The channel controls the force: what is asked for is shown, and the truth is off by the gain.
    const double asked_N = r.static_force_N;
    const double true_N = asked_N * stress_share();
    r.static_force_N = static_signal(r, true_N, force_channel);
    r.displacement_m =
        static_signal(r, seen_m + bench_.machine.compliance_m_per_N * true_N, displacement_channel);
    r.strain = (r.displacement_m - bench_.calibration.compliance_m_per_N * asked_N) *
               reference_.strain_per_displacement();
}

void Analyser::hold(SimReading& r, const StaticState& state) const {
    const double stress_per_force = reference_.stress_per_force();
    const double asked_N = state.asked / stress_per_force;
    if (ideal_) {
        // What is held is shown as it is asked for, what answers at its published resolution.
        r.displacement_m =
            on_resolution(state.by_displacement ? state.asked : state.displacement_m, resolution_m);
        r.static_force_N =
            state.by_displacement ? on_resolution(state.force_N, force_resolution_N) : asked_N;
    } else {
        r.static_force_N = static_signal(r, state.force_N, force_channel);
        r.displacement_m = static_signal(r, state.displacement_m, displacement_channel);
    }
    const double force_N = state.by_displacement ? r.static_force_N : asked_N;
    r.stress_Pa = state.by_displacement ? force_N * stress_per_force : state.asked;
    r.strain = (r.displacement_m - bench_.calibration.compliance_m_per_N * force_N) *
               reference_.strain_per_displacement();
}

void Analyser::set_position(SimReading& r, double shown_m) const {
    r.position_m = shown_m;
    const double length_m = mounting_.grip_length_m() + mounting_.axial() * shown_m;
    if (mounting_.axial() != 0.0 && length_m > 0.0) {  // else there is nothing left to compress
        r.length_sense = mounting_.axial();
        r.length_m = length_m;
    }
}

void Analyser::place(SimReading& r, double zero_m) const {
    set_position(r, r.displacement_m + bench_.displacement.gain * zero_m);
}

void Analyser::place_mean(SimReading& r, double position_m) const {
    const ChannelOptions& channel = bench_.displacement;
    double shown_m = channel.gain * position_m + channel.drift_per_s * r.time_s;
    if (channel.noise != 0.0) {
        shown_m += channel.noise / std::sqrt(measurement_s(r.frequency_Hz)) *
                   normal_deviate(seed_, r.number, NoiseChannel::static_position);
    }
    shown_m = on_resolution(shown_m, ideal_ ? resolution_m : channel.resolution);
    set_position(r, std::clamp(shown_m, -channel.max, channel.max));
}

void Analyser::refer_to(double position_m, double time_s) {
    const ChannelOptions& channel = bench_.displacement;
    const double shown_m = channel.gain * position_m + channel.drift_per_s * time_s;
    const double moved_m = on_resolution(shown_m, ideal_ ? resolution_m : channel.resolution);
    reference_ =
        mounting_.with_grip_length(mounting_.grip_length_m() + mounting_.axial() * moved_m);
}

}  // namespace relaxd::simulator
