// SPDX-License-Identifier: MIT
#include "drivers/torsion_pendulum/windows.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace relaxd::drivers::torsion_pendulum {

namespace {
/// Of the limit: where nothing is known of the specimen's stiffness.
constexpr double first_share = 0.05;
}  // namespace

Awaitable<Window> take_window(
    HostPtr host, std::uint64_t mine, std::uint64_t calm, double from_s, double length_s
) {
    Window window;
    Tape& tape = host->tape;
    const auto scans =
        static_cast<std::uint64_t>(std::max(1.0, std::round(length_s * tape.rate_Hz())));
    std::uint64_t from = tape.scan_at(from_s);
    while (true) {
        tape.want_from(from);
        const double until_s = tape.time_s(from + scans);
        window.wake = co_await wait_clock(host, mine, until_s, calm);
        if (window.wake != Wake::due) {
            tape.want_nothing();
            co_return window;
        }
        window.signals = tape.cut(from, scans);
        if (window.signals) {
            break;
        }
        ++host->windows_thrown;
        from = tape.device_scan();
    }
    window.from_s = tape.time_s(from);
    window.to_s = tape.time_s(from + scans);
    window.signals->first_time_s = host->run_s(window.from_s);
    tape.want_from(from + scans);
    co_return window;
}

double half_span_V(const record::Waveform& signals, std::string_view channel) {
    const record::WaveformChannel* const one = signals.channel(channel);
    if (one == nullptr || one->codes.empty()) {
        return record::unknown;
    }
    const auto [low, high] = std::minmax_element(one->codes.begin(), one->codes.end());
    const double span = static_cast<double>(*high) - static_cast<double>(*low);
    return std::abs(0.5 * span * one->volt_per_code);
}

double mean_V(const record::Waveform& signals, std::string_view channel) {
    const record::WaveformChannel* const one = signals.channel(channel);
    if (one == nullptr || one->codes.empty()) {
        return record::unknown;
    }
    double sum = 0.0;
    for (const std::int32_t code : one->codes) {
        sum += code;
    }
    return one->offset_V + one->volt_per_code * sum / static_cast<double>(one->codes.size());
}

bool is_clipped(const record::Waveform& signals) {
    for (const record::WaveformChannel& channel : signals.channels) {
        for (std::size_t i = 0; i < channel.codes.size(); ++i) {
            const double volt = channel.volt(i);
            if (volt <= channel.low_V || volt >= channel.high_V) {
                return true;
            }
        }
    }
    return false;
}

double within_limit_V(const Host& host, double drive_V) {
    return std::clamp(drive_V, 0.0, host.composition.drive_limit_V);
}

double first_drive_V(const Host& host, double frequency_Hz) {
    const Amplitude& wanted = host.program.amplitude;
    double best = std::numeric_limits<double>::infinity();
    double drive_V = first_share * host.composition.drive_limit_V;
    for (const auto& [seen_Hz, V_per_rad] : host.V_per_rad) {
        const double away = std::abs(std::log((seen_Hz + 1e-9) / (frequency_Hz + 1e-9)));
        if (away < best) {
            best = away;
            drive_V = wanted.angle_rad * V_per_rad;
        }
    }
    drive_V = wanted.drive_V > 0.0 ? wanted.drive_V : drive_V;
    if (const auto cap = host.cap_V.find(frequency_Hz); cap != host.cap_V.end()) {
        drive_V = std::min(drive_V, cap->second);
    }
    drive_V = within_limit_V(host, drive_V);
    const Drive& is = host.drive;
    const bool is_there = host.is_drive_known && is.is_on && is.frequency_Hz == frequency_Hz;
    if (is_there && std::abs(drive_V / is.amplitude_V - 1.0) <= rescale_beyond) {
        return is.amplitude_V;  // so that windows of one drive go on
    }
    return drive_V;
}

}  // namespace relaxd::drivers::torsion_pendulum
