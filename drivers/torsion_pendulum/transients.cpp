// SPDX-License-Identifier: MIT
//
// Free decays, and windows of creep: what is measured while nothing oscillates by command.
#include "drivers/torsion_pendulum/windows.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace relaxd::drivers::torsion_pendulum {

namespace {

constexpr double zero_s = 1.0;  ///< Of the means before a load.
constexpr double steady_window_max_s = 20.0;
constexpr int tries_max = 4;              ///< Of a deflection, until it is as wanted.
constexpr double deflected_s = 2.0;       ///< By a constant torque …
constexpr double periods_excited = 10.0;  ///< … or by an oscillating one.
constexpr double excited_share = 0.25;    ///< Of what is left, at most.

/// The drive that a decay begins with.
Drive deflection(const Host& host, double drive_V) {
    Drive wanted;
    wanted.is_on = true;
    if (host.program.decay_frequency_Hz) {
        wanted.frequency_Hz = *host.program.decay_frequency_Hz;
        wanted.amplitude_V = drive_V;
    } else {
        wanted.offset_V = drive_V;
    }
    return wanted;
}

/// What it deflects by, from the end of what was seen.
double deflected_rad(const Host& host, const record::Waveform& seen) {
    const double angle_V = host.program.decay_frequency_Hz
                               ? half_span_V(seen, "angle")
                               : std::abs(mean_V(seen, "angle") - host.angle_zero_V);
    return angle_V / host.composition.angle_V_per_rad.value;
}

struct Deflected {
    Wake wake = Wake::due;
    double drive_V = 0.0;
    std::string flags;
    Deflected() = default;
};

/// Deflects the pendulum until it is as far as wanted.
Awaitable<Deflected> deflect(HostPtr host, std::uint64_t mine, std::uint64_t calm, double until_s) {
    Deflected out;
    const double frequency_Hz = host->program.decay_frequency_Hz.value_or(0.0);
    const double wanted_rad = host->program.amplitude.angle_rad;
    out.drive_V = first_drive_V(*host, frequency_Hz);
    for (int attempt = 0; attempt < tries_max; ++attempt) {
        out.wake = co_await drive_to(host, mine, deflection(*host, out.drive_V));
        if (out.wake != Wake::due) {
            co_return out;
        }
        const double needed_s = frequency_Hz > 0.0 ? periods_excited / frequency_Hz : deflected_s;
        const double left_s = until_s - host->clock_s();
        const double excite_s = std::min(needed_s, excited_share * left_s);
        const double seen_s = std::min(excite_s, std::max(zero_s, 0.2 * excite_s));
        const double from_s = host->clock_s() + excite_s - seen_s;
        const Window window = co_await take_window(host, mine, calm, from_s, seen_s);
        out.wake = window.wake;
        if (out.wake != Wake::due) {
            co_return out;
        }
        if (is_clipped(*window.signals)) {
            out.drive_V *= 0.5;
            host->cap_V[frequency_Hz] = out.drive_V;
            add_flag(out.flags, "amplitude_reduced");
            continue;
        }
        const double seen_rad = deflected_rad(*host, *window.signals);
        if (!(seen_rad > 0.0) || !(wanted_rad > 0.0)) {
            co_return out;
        }
        host->V_per_rad[frequency_Hz] = out.drive_V / seen_rad;
        const double asked_V = wanted_rad * host->V_per_rad[frequency_Hz];
        const double to_V = within_limit_V(*host, asked_V);
        if (asked_V > to_V * (1.0 + 1e-6)) {
            add_flag(out.flags, "drive_limited");
        }
        if (std::abs(to_V / out.drive_V - 1.0) <= 2.0 * rescale_beyond) {
            co_return out;
        }
        out.drive_V = to_V;
    }
    co_return out;
}

Awaitable<Wake> decay_once(HostPtr host, std::uint64_t mine, double until_s) {
    const std::uint64_t calm = host->disturbances;
    Deflected start = co_await deflect(host, mine, calm, until_s);
    if (start.wake != Wake::due) {
        co_return start.wake;
    }
    Drive off;
    off.frequency_Hz = host->drive.frequency_Hz;
    const Wake released = co_await drive_to(host, mine, off);
    if (released != Wake::due) {
        co_return released;
    }
    const double from_s = host->clock_s();
    const double length_s = until_s - from_s;
    if (length_s < 2.0 / host->tape.rate_Hz()) {
        ++host->windows_thrown;  // no time was left for it
        co_return Wake::due;
    }
    Window window = co_await take_window(host, mine, calm, from_s, length_s);
    if (window.wake != Wake::due) {
        co_return window.wake;
    }
    window.signals->kind = record::WaveformKind::decay;
    record::Reading reading = host->reading_at(window.from_s);
    reading.extra["drive_V"] = start.drive_V;
    reading.waveform = window.signals;
    if (is_clipped(*window.signals)) {
        add_flag(start.flags, "overload");
    }
    if (!start.flags.empty()) {
        reading.flags += (reading.flags.empty() ? "" : " ") + start.flags;
    }
    host->deliver(std::move(reading));
    host->tape.want_nothing();
    co_return Wake::due;
}

}  // namespace

Awaitable<Wake> take_zero(HostPtr host, std::uint64_t mine) {
    while (true) {
        const std::uint64_t calm = host->disturbances;
        Wake wake = co_await drive_to(host, mine, Drive());
        if (wake == Wake::due) {
            const double from_s = host->clock_s();
            const Window window = co_await take_window(host, mine, calm, from_s, zero_s);
            wake = window.wake;
            if (wake == Wake::due) {
                host->angle_zero_V = mean_V(*window.signals, "angle");
                host->torque_zero_V = mean_V(*window.signals, "torque");
                host->tape.want_nothing();
            }
        }
        if (wake == Wake::disturbed && host->state == State::holding) {
            wake = co_await wait_clock(host, mine, host->heard_s(), host->disturbances);
            wake = wake == Wake::due ? Wake::disturbed : wake;
        }
        if (wake != Wake::disturbed) {
            co_return wake;
        }
    }
}

Awaitable<Wake> take_decay(HostPtr host, std::uint64_t mine, double until_s) {
    const bool is_by_offset = !host->program.decay_frequency_Hz.has_value();
    if (is_by_offset && std::isnan(host->angle_zero_V)) {
        const Wake zeroed = co_await take_zero(host, mine);
        if (zeroed != Wake::due) {
            co_return zeroed;
        }
    }
    const Wake wake = co_await decay_once(host, mine, until_s);
    host->tape.want_nothing();
    if (wake == Wake::disturbed) {
        ++host->windows_thrown;
        co_return Wake::due;  // the next one has its own time
    }
    co_return wake;
}

Awaitable<Wake> take_steady(HostPtr host, std::uint64_t mine, double from_s, double to_s) {
    const std::uint64_t calm = host->disturbances;
    const double begin_s = std::max(from_s, to_s - steady_window_max_s);
    const std::uint64_t from = host->tape.scan_at(begin_s);
    const std::uint64_t to = host->tape.scan_at(to_s);
    if (to <= from) {
        co_return Wake::due;  // shorter than a scan
    }
    host->tape.want_from(from);
    const Wake wake = co_await wait_clock(host, mine, to_s, calm);
    if (wake != Wake::due) {
        co_return wake;
    }
    auto signals = host->tape.cut(from, to - from);
    host->tape.want_from(to);
    if (!signals) {
        ++host->windows_thrown;  // its time does not come again
        co_return Wake::due;
    }
    signals->kind = record::WaveformKind::steady;
    signals->first_time_s = host->run_s(host->tape.time_s(from));
    record::Reading reading = host->reading_at(0.5 * (begin_s + to_s));
    reading.extra["angle_zero_V"] = host->angle_zero_V;
    reading.extra["torque_zero_V"] = host->torque_zero_V;
    reading.extra["drive_V"] = host->drive.offset_V;
    if (is_clipped(*signals)) {
        add_flag(reading.flags, "overload");
    }
    reading.waveform = std::move(signals);
    host->deliver(std::move(reading));
    co_return Wake::due;
}

}  // namespace relaxd::drivers::torsion_pendulum
