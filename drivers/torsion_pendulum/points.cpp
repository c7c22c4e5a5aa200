// SPDX-License-Identifier: MIT
//
// One frequency measured by the digitiser: the drive, windows until two of them agree, one reading.
#include "drivers/torsion_pendulum/lock_in.hpp"
#include "drivers/torsion_pendulum/windows.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace relaxd::drivers::torsion_pendulum {

namespace {

constexpr int halvings_max = 12;
constexpr int rescales_max = 4;
constexpr double worth_waiting_max_s = 600.0;
constexpr int disturbances_max = 20;  ///< Of one point.

/// What is known of one point while it is measured.
struct Point {
    Ask ask;
    bool settles = true;  ///< Windows until two agree; else the first.
    double drive_V = 0.0;
    bool is_limited = false;
    bool is_reduced = false;
    int halvings = 0;
    int rescales = 0;
    int windows = 0;
    bool is_settled = false;
    std::shared_ptr<record::Waveform> before;
    Window window;
    WindowVerdict verdict;
    Point() = default;
};

/// What the window shows: by who was given to judge, else by itself.
void look_at(Host& host, Point& point) {
    const record::Waveform& now = *point.window.signals;
    point.verdict = WindowVerdict();
    if (host.judge) {
        point.verdict = host.judge(point.before.get(), now);
    } else {
        point.verdict.is_settled = point.before != nullptr;
    }
    point.verdict.is_clipped = point.verdict.is_clipped || is_clipped(now);
    if (std::isnan(point.verdict.angle_V)) {
        point.verdict.angle_V = half_span_V(now, "angle");
    }
    if (point.verdict.is_clipped) {
        host.cap_V[point.ask.frequency_Hz] = 0.5 * host.drive.amplitude_V;
    }
    host.worth_waiting_s = std::clamp(point.verdict.worth_waiting_s, 0.0, worth_waiting_max_s);
    const double angle_rad = point.verdict.angle_V / host.composition.angle_V_per_rad.value;
    if (!point.verdict.is_clipped && angle_rad > 0.0 && host.drive.amplitude_V > 0.0) {
        host.V_per_rad[point.ask.frequency_Hz] = host.drive.amplitude_V / angle_rad;
    }
}

/// Another drive for the next window? Then what was seen before does not count.
bool changes_drive(Host& host, Point& point) {
    if (point.verdict.is_clipped) {
        if (point.halvings >= halvings_max) {
            return false;
        }
        ++point.halvings;
        point.is_reduced = true;
        point.drive_V = 0.5 * host.drive.amplitude_V;
        return true;
    }
    const double wanted_rad = host.program.amplitude.angle_rad;
    const auto seen = host.V_per_rad.find(point.ask.frequency_Hz);
    if (!(wanted_rad > 0.0) || seen == host.V_per_rad.end() || point.is_reduced) {
        return false;
    }
    const double asked_V = wanted_rad * seen->second;
    const double to_V = within_limit_V(host, asked_V);
    point.is_limited = asked_V > to_V * (1.0 + 1e-6);
    const bool is_near = std::abs(to_V / host.drive.amplitude_V - 1.0) <= rescale_beyond;
    if (is_near || point.rescales >= rescales_max) {
        return false;
    }
    ++point.rescales;
    point.drive_V = to_V;
    return true;
}

void deliver_point(Host& host, const Point& point) {
    record::Reading reading = host.reading_at(0.5 * (point.window.from_s + point.window.to_s));
    reading.values[record::Channel::frequency_Hz] = host.true_frequency_Hz;
    reading.extra["drive_V"] = host.true_amplitude_V;
    reading.waveform = point.window.signals;
    if (point.ask.is_reference) {
        add_flag(reading.flags, "reference");
    }
    if (point.settles && !point.is_settled) {
        add_flag(reading.flags, "not_settled");
    }
    if (point.verdict.is_clipped) {
        add_flag(reading.flags, "overload");
    }
    if (point.is_limited) {
        add_flag(reading.flags, "drive_limited");
    }
    if (point.is_reduced) {
        add_flag(reading.flags, "amplitude_reduced");
    }
    host.deliver(std::move(reading));
}

/// Drive set, and the time waited that the pendulum needs for it.
Awaitable<Wake> approach(HostPtr host, std::uint64_t mine, std::uint64_t calm, Point& point) {
    Drive wanted;
    wanted.frequency_Hz = point.ask.frequency_Hz;
    wanted.amplitude_V = point.drive_V;
    wanted.is_on = true;
    const bool is_known = host->is_drive_known;
    const Drive before = host->drive;
    const Wake set = co_await drive_to(host, mine, wanted);
    if (set != Wake::due) {
        co_return set;
    }
    const bool is_same = is_known && before.is_on &&
                         before.frequency_Hz == host->drive.frequency_Hz &&
                         before.amplitude_V == host->drive.amplitude_V;
    if (is_same) {
        co_return Wake::due;
    }
    point.before.reset();
    host->last_window.reset();
    // INSTRUMENTS 8.3: max(1 period, n / (pi f_n tan phi)); the judge knows the second.
    const double settle_s =
        std::max(1.0 / point.ask.frequency_Hz, point.settles ? host->worth_waiting_s : 0.0);
    const double until_s = host->clock_s() + settle_s;
    co_return co_await wait_clock(host, mine, until_s, calm);
}

Awaitable<Wake> measure(HostPtr host, std::uint64_t mine, Point& point) {
    const std::uint64_t calm = host->disturbances;
    const double length_s = host->program.cycles / point.ask.frequency_Hz;
    Wake wake = co_await approach(host, mine, calm, point);
    point.before = host->last_window;  // of the same drive: approach() forgets it else
    double from_s = host->clock_s();
    while (wake == Wake::due) {
        point.window = co_await take_window(host, mine, calm, from_s, length_s);
        wake = point.window.wake;
        if (wake != Wake::due) {
            break;
        }
        point.window.signals->kind = record::WaveformKind::forced;
        point.window.signals->frequency_Hz = host->true_frequency_Hz;
        look_at(*host, point);
        const bool is_changed = point.settles && changes_drive(*host, point);
        if (is_changed) {
            point.windows = 0;
            wake = co_await approach(host, mine, calm, point);
            from_s = host->clock_s();
            continue;
        }
        ++point.windows;
        point.is_settled = point.verdict.is_settled;
        const bool is_last =
            !point.settles || point.is_settled || point.windows >= host->program.windows_at_most;
        point.before = point.window.signals;
        host->last_window = point.window.signals;
        if (is_last) {
            deliver_point(*host, point);
            break;
        }
        from_s = point.window.to_s;
        if (host->worth_waiting_s > length_s) {
            from_s += host->worth_waiting_s - length_s;
        }
    }
    host->tape.want_nothing();
    co_return wake;
}

}  // namespace

Awaitable<Wake> take_point(HostPtr host, std::uint64_t mine, Ask ask, bool settles) {
    const bool is_by_other = is_by_lock_in(host->composition, host->abilities(), ask.frequency_Hz);
    for (int attempt = 0; attempt < disturbances_max; ++attempt) {
        // A hold is waited for here: nothing is driven meanwhile.
        Wake wake = co_await wait_clock(host, mine, host->heard_s(), host->disturbances);
        if (wake == Wake::over) {
            co_return wake;
        }
        if (is_by_other) {
            wake = co_await take_lock_in_point(host, mine, ask, settles);
        } else {
            Point point;
            point.ask = ask;
            point.settles = settles;
            point.drive_V = first_drive_V(*host, ask.frequency_Hz);
            point.is_reduced = host->cap_V.contains(ask.frequency_Hz);
            wake = co_await measure(host, mine, point);
        }
        if (wake != Wake::disturbed) {
            co_return wake;
        }
        ++host->windows_thrown;
        host->last_window.reset();
        if (host->is_segment_over() || !host->progress.is_begun) {
            co_return Wake::due;
        }
    }
    Result<void> ended = co_await end_run(
        host, "a point at " + std::to_string(ask.frequency_Hz) + " Hz was disturbed again and again"
    );
    static_cast<void>(ended);  // it is in the status
    co_return Wake::over;
}

}  // namespace relaxd::drivers::torsion_pendulum
