// SPDX-License-Identifier: MIT
// Waveforms for the tests of model/signal: any two functions of time, or a simulated pendulum
// seen by its simulated sensors, as codes of a digitiser.
#pragma once

#include "drivers/simulator/pendulum_sensor.hpp"
#include "drivers/simulator/pendulum_steady.hpp"
#include "schema/record/waveform.hpp"

#include <cmath>
#include <complex>
#include <cstdint>
#include <functional>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

namespace relaxd::test {

inline constexpr double pi = std::numbers::pi;

/// So fine that rounding is a nanovolt.
inline constexpr double fine_V = 1e-9;

inline record::WaveformChannel channel_of(
    std::string name, const std::vector<double>& volts, double volt_per_code
) {
    record::WaveformChannel out;
    out.name = std::move(name);
    out.volt_per_code = volt_per_code;
    for (const double volt : volts) {
        out.codes.push_back(static_cast<std::int32_t>(std::lround(volt / volt_per_code)));
    }
    return out;
}

using OfTime = std::function<double(double)>;

/// Both functions of the time since the first sample.
inline record::Waveform waveform_of(
    double frequency_Hz,
    double rate_Hz,
    std::size_t samples,
    const OfTime& angle_V,
    const OfTime& torque_V,
    double volt_per_code = fine_V
) {
    std::vector<double> angle;
    std::vector<double> torque;
    for (std::size_t i = 0; i < samples; ++i) {
        const double t = static_cast<double>(i) / rate_Hz;
        angle.push_back(angle_V(t));
        torque.push_back(torque_V(t));
    }
    record::Waveform out;
    out.rate_Hz = rate_Hz;
    out.first_time_s = 0.0;
    out.frequency_Hz = frequency_Hz;
    out.channels.push_back(channel_of("angle", angle, volt_per_code));
    out.channels.push_back(channel_of("torque", torque, volt_per_code));
    return out;
}

/// Amplitude and phase as a function of time.
inline OfTime sine(double frequency_Hz, std::complex<double> amplitude) {
    return [frequency_Hz, amplitude](double t) {
        const double turns = frequency_Hz * t;
        return std::real(amplitude * std::polar(1.0, 2.0 * pi * (turns - std::floor(turns))));
    };
}

/// A 16-bit digitiser of 20 V, as the sensors' volts need it.
inline constexpr double adc_V = 20.0 / 65536.0;

/// What has been sampled of a simulated pendulum, in the sensors' volts.
inline record::Waveform waveform_of(
    const std::vector<simulator::RawSample>& samples,
    const simulator::PendulumSensors& sensors,
    double rate_Hz,
    double frequency_Hz,
    record::WaveformKind kind = record::WaveformKind::forced,
    double volt_per_code = adc_V
) {
    std::vector<double> angle;
    std::vector<double> torque;
    for (const simulator::RawSample& one : samples) {
        angle.push_back(one.angle_rad * sensors.angle_V_per_rad);
        torque.push_back(one.current_A * sensors.sense_V_per_A);
    }
    record::Waveform out;
    out.kind = kind;
    out.rate_Hz = rate_Hz;
    out.first_time_s = samples.empty() ? 0.0 : samples.front().time_s;
    out.frequency_Hz = frequency_Hz;
    out.channels.push_back(channel_of("angle", angle, volt_per_code));
    out.channels.push_back(channel_of("torque", torque, volt_per_code));
    out.channels[0].high_V = sensors.angle_range_rad * sensors.angle_V_per_rad;
    out.channels[0].low_V = -out.channels[0].high_V;
    out.channels[1].high_V = sensors.sense_range_A * sensors.sense_V_per_A;
    out.channels[1].low_V = -out.channels[1].high_V;
    return out;
}

}  // namespace relaxd::test
