// SPDX-License-Identifier: MIT
#include "drivers/simulator/analyser.hpp"

#include "drivers/simulator/noise.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace relaxd::simulator {
namespace {

constexpr double least_amplitude_m = 1e-9;  // a motor that may not move at all still has a modulus
constexpr double tan_delta_max = 1e6;
constexpr double slack = 1.0 + 1e-12;
constexpr std::uint64_t force_channel = 0;
constexpr std::uint64_t displacement_channel = 1;
constexpr std::uint64_t pickup_stream = 0x6d61696e73;  // "mains": no other draw has it

using Complex = std::complex<double>;

double on_resolution(double value, double resolution) {
    return resolution > 0.0 ? std::round(value / resolution) * resolution : value;
}

// 1/N sum over j < N of exp(i x j).
Complex mean_turn(double x, double count) {
    const double half = 0.5 * x;
    const double down = std::sin(half);
    const double turns = std::round(half / std::numbers::pi);
    // At whole turns both sines vanish: their limit.
    const double share = std::abs(down) < 1e-12
                             ? std::cos(count * (half - turns * std::numbers::pi))
                             : std::sin(count * half) / (count * down);
    const double middle = std::abs(down) < 1e-12 ? (count - 1.0) * (half - turns * std::numbers::pi)
                                                 : (count - 1.0) * half;
    return std::polar(1.0, middle) * share;
}

}  // namespace

double measurement_s(double frequency_Hz) {
    return frequency_Hz >= 1.0 ? std::max(10.0 / frequency_Hz, 1.0) : 3.0 / frequency_Hz;
}

double whole_cycles(double frequency_Hz) {
    return std::max(1.0, std::floor(measurement_s(frequency_Hz) * frequency_Hz * (1.0 + 1e-12)));
}

std::complex<double> demodulated_tone(
    double tone_Hz, double phase_rad, double frequency_Hz, double cycles, double samples_per_cycle
) {
    const double count = cycles * samples_per_cycle;
    const double per_sample = 2.0 * std::numbers::pi / samples_per_cycle;
    const double ratio = tone_Hz / frequency_Hz;
    return std::polar(1.0, phase_rad) * mean_turn((ratio - 1.0) * per_sample, count) +
           std::polar(1.0, -phase_rad) * mean_turn(-(ratio + 1.0) * per_sample, count);
}

std::complex<double> demodulated_ramp(double frequency_Hz, double samples_per_cycle) {
    // sum j z^j over whole cycles is N / (z - 1), z = exp(-2 pi i / samples).
    const Complex z = std::polar(1.0, -2.0 * std::numbers::pi / samples_per_cycle);
    return 2.0 / (frequency_Hz * samples_per_cycle) / (z - 1.0);
}

Analyser::Analyser(
    const Bench& bench, const Mounting& mounting, std::uint64_t seed, const ForceControl& forces
)
    : bench_(bench),
      ideal_(bench.ideal_analyser()),
      mounting_(mounting),
      reference_(mounting),
      forces_(forces),
      seed_(seed) {}

// The amplitude that keeps the dynamic force within its band; the travel's bounds come first.
double Analyser::adjusted_m(SimReading& r, double shown_N_per_m, double asked_m) const {
    if (!forces_.adjusts()) {
        return asked_m;
    }
    const double stiffness = std::max(shown_N_per_m, 1e-9);
    const double wished_m =
        std::clamp(asked_m, forces_.dynamic_min_N / stiffness, forces_.dynamic_max_N / stiffness);
    const double most_m = std::min(displacement_limit_m, bench_.displacement.max);
    const double taken_m = std::clamp(wished_m, std::min(amplitude_min_m, most_m), most_m);
    if (taken_m != asked_m) {
        r.flag("adjusted");
    }
    return taken_m;
}

double Analyser::static_force_N(
    std::complex<double> seen_Pa, double frequency_Hz, double amplitude_m
) const {
    SimReading probe;
    probe.frequency_Hz = frequency_Hz;
    if (ideal_) {
        oscillate(probe, seen_Pa, amplitude_m);
        return probe.static_force_N;
    }
    const Complex driven =
        bench_.machine.driven_N_per_m(seen_Pa / mounting_.modulus_per_stiffness(), frequency_Hz);
    return shown_static_N(std::abs(driven), driven_m(probe, driven, amplitude_m));
}

void Analyser::oscillate(SimReading& r, std::complex<double> seen_Pa, double amplitude_m) const {
    if (!ideal_) {
        oscillate_really(r, seen_Pa, amplitude_m);
        return;
    }
    // 1 but after a measured length.
    const double span = reference_.modulus_per_stiffness();
    const double rescaled = span / mounting_.modulus_per_stiffness();
    r.storage_modulus_Pa = seen_Pa.real() * rescaled;
    r.loss_modulus_Pa = seen_Pa.imag() * rescaled;
    r.tan_delta = r.loss_modulus_Pa / r.storage_modulus_Pa;
    r.phase_rad = std::atan2(r.loss_modulus_Pa, r.storage_modulus_Pa);
    const double stiffness_N_per_m = std::hypot(r.storage_modulus_Pa, r.loss_modulus_Pa) / span;
    r.displacement_m = adjusted_m(r, stiffness_N_per_m, amplitude_m);
    if (stiffness_N_per_m * r.displacement_m * (1.0 + preload()) > force_limit_N) {
        r.displacement_m = force_limit_N / (stiffness_N_per_m * (1.0 + preload()));
        r.flag("overload");
    }
    if (stiffness_N_per_m * r.displacement_m + forces_.preload_N > force_limit_N * slack) {
        r.displacement_m =
            std::max(least_amplitude_m, (force_limit_N - forces_.preload_N) / stiffness_N_per_m);
        r.flag("overload");
    }
    r.dynamic_force_N = stiffness_N_per_m * r.displacement_m;
    r.static_force_N = std::max(forces_.preload_N, preload() * r.dynamic_force_N);
    r.strain = r.displacement_m * reference_.strain_per_displacement();
    r.stress_Pa = r.dynamic_force_N * reference_.stress_per_force();
}

// Of the mains at `time_s`, in this channel: the phase at time 0 is of the seed.
double Analyser::pickup_phase_rad(std::uint64_t which, double time_s) const {
    const double cycles = random_share(seed_, pickup_stream, which) +
                          std::fmod(bench_.analyser.line_Hz * time_s, 1.0);
    return 2.0 * std::numbers::pi * cycles;
}

// What noise, pick-up and drift add to the demodulated amplitude.
std::complex<double> Analyser::disturbance(
    const ChannelOptions& channel, const SimReading& r, std::uint64_t which
) const {
    const bool is_force = which == force_channel;
    const double window_s = measurement_s(r.frequency_Hz);
    const double samples = bench_.analyser.samples_per_cycle;
    Complex sum = channel.drift_per_s * demodulated_ramp(r.frequency_Hz, samples);
    if (channel.pickup != 0.0) {
        sum += channel.pickup * demodulated_tone(
                                    bench_.analyser.line_Hz,
                                    pickup_phase_rad(which, r.time_s - 0.5 * window_s),
                                    r.frequency_Hz,
                                    whole_cycles(r.frequency_Hz),
                                    samples
                                );
    }
    if (channel.noise != 0.0) {
        const auto draw = [&](NoiseChannel noise) {
            return normal_deviate(seed_, r.number, noise);
        };
        const double size = channel.noise / std::sqrt(window_s);
        sum +=
            size * Complex(
                       draw(is_force ? NoiseChannel::force : NoiseChannel::position),
                       draw(is_force ? NoiseChannel::force_turned : NoiseChannel::position_turned)
                   );
    }
    return sum;
}

// The true amplitude of the drive: what is asked for, within the bounds of both channels.
double Analyser::driven_m(SimReading& r, std::complex<double> driven, double asked_m) const {
    const ChannelOptions& force = bench_.force;
    const ChannelOptions& position = bench_.displacement;
    // The displacement's channel controls the amplitude; the motor's force has a bound.
    double shown_m = adjusted_m(r, force.gain * std::abs(driven) / position.gain, asked_m);
    if (shown_m > position.max) {
        shown_m = position.max;
        r.flag("clipped");
    }
    double true_m = shown_m / position.gain;
    const double motor_N = std::abs(driven) * true_m * (1.0 + preload());
    if (motor_N > force.max) {
        true_m *= force.max / motor_N;
        r.flag("overload");
    }
    const double floor_N = forces_.preload_N / force.gain;
    if (std::abs(driven) * true_m + floor_N > force.max * slack) {
        true_m = std::max(least_amplitude_m, (force.max - floor_N) / std::abs(driven));
        r.flag("overload");
    }
    return true_m;
}

double Analyser::shown_static_N(double driven_N_per_m, double true_m) const {
    return std::max(forces_.preload_N, bench_.force.gain * preload() * driven_N_per_m * true_m);
}

void Analyser::oscillate_really(SimReading& r, std::complex<double> seen_Pa, double amplitude_m)
    const {
    const double f = r.frequency_Hz;
    const double span = mounting_.modulus_per_stiffness();
    const ChannelOptions& force = bench_.force;
    const ChannelOptions& position = bench_.displacement;
    const Complex driven = bench_.machine.driven_N_per_m(seen_Pa / span, f);
    const double true_m = driven_m(r, driven, amplitude_m);
    const Complex turn = std::polar(1.0, bench_.machine.phase_rad(f));
    const Complex force_N =
        force.gain * true_m * driven * turn + disturbance(force, r, force_channel);
    const Complex position_m =
        position.gain * true_m + disturbance(position, r, displacement_channel);
    r.dynamic_force_N = on_resolution(std::abs(force_N), force.resolution);
    r.displacement_m = std::max(
        on_resolution(std::abs(position_m), position.resolution),
        std::max(1e-9, position.resolution)
    );
    if (r.dynamic_force_N > force.max) {
        r.dynamic_force_N = force.max;
        r.flag("clipped");
    }
    r.phase_rad = std::arg(force_N * std::conj(position_m));
    r.static_force_N = on_resolution(
        shown_static_N(std::abs(driven), true_m) + force.drift_per_s * r.time_s, force.resolution
    );
    // What the instrument makes of its signals.
    const Complex raw = std::polar(r.dynamic_force_N / r.displacement_m, r.phase_rad);
    const Complex series = bench_.calibration.series_N_per_m(raw, f);
    const Complex specimen = bench_.calibration.specimen_N_per_m(raw, f);
    const double reference_span = reference_.modulus_per_stiffness();
    r.storage_modulus_Pa = specimen.real() * reference_span;
    r.loss_modulus_Pa = specimen.imag() * reference_span;
    const double specimen_N = std::abs(series) * r.displacement_m;
    r.stress_Pa = specimen_N * reference_.stress_per_force();
    r.strain =
        specimen_N / std::max(1e-15, std::abs(specimen)) * reference_.strain_per_displacement();
    r.tan_delta = specimen.imag() / specimen.real();
    if (!(std::abs(r.tan_delta) < tan_delta_max)) {
        r.tan_delta = std::copysign(tan_delta_max, specimen.imag());
        r.flag("clipped");
    }
}

}  // namespace relaxd::simulator
