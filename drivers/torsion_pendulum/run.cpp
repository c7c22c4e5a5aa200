// SPDX-License-Identifier: MIT
//
// The host's own sequencer: set points in time, frequencies in turn.
#include "drivers/torsion_pendulum/host.hpp"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <cmath>
#include <exception>
#include <utility>

namespace relaxd::drivers::torsion_pendulum {

namespace {

constexpr double look_every_s = 0.5;  ///< While a temperature is waited for.

/// A wait that a hold or a reboot does not make worthless.
Awaitable<Wake> wait_calmly(HostPtr host, std::uint64_t mine, double clock_s) {
    Wake wake = Wake::disturbed;
    while (wake == Wake::disturbed) {
        wake = co_await wait_clock(host, mine, clock_s, host->disturbances);
    }
    co_return wake;
}

/// Until the temperature has been near `target_K` for long enough.
Awaitable<bool> wait_for_band(HostPtr host, std::uint64_t mine, double target_K) {
    Progress& progress = host->progress;
    while (true) {
        const double clock_s = host->clock_s();
        const double off_K = std::abs(host->number("temperature_K") - target_K);
        if (!(off_K <= host->composition.equilibrate_within_K)) {
            progress.in_band_since_s = record::unknown;
        } else if (std::isnan(progress.in_band_since_s)) {
            progress.in_band_since_s = clock_s;
        }
        const double in_band_s = clock_s - progress.in_band_since_s;
        if (in_band_s >= host->composition.equilibrate_for_s || host->is_segment_over()) {
            co_return true;
        }
        const Wake wake = co_await wait_calmly(host, mine, host->heard_s() + look_every_s);
        if (wake == Wake::over) {
            co_return false;
        }
    }
}

/// After a part was lost or safe() was called: heater and set point as the step needs them.
Awaitable<bool> restore(HostPtr host, std::uint64_t mine) {
    if (!host->must_restore) {
        co_return true;
    }
    host->is_drive_known = false;
    const bool is_ramp = host->step().kind == StepKind::ramp;
    const double now_K = host->number("temperature_K");
    const double to_K = is_ramp && !std::isnan(now_K) ? now_K : host->target_K;
    if (!std::isnan(to_K)) {
        const Wake set = co_await heat_to(host, mine, to_K, 0.0);
        if (set != Wake::due) {
            co_return false;
        }
    }
    host->must_restore = false;
    host->flag("restored_after_loss");
    const bool must_wait = !is_ramp && host->step().kind != StepKind::equilibrate &&
                           host->step().kind != StepKind::jump && !std::isnan(to_K);
    if (is_ramp) {
        host->progress.is_begun = false;
    }
    if (must_wait) {
        const double began_s = host->clock_s();
        host->progress.in_band_since_s = record::unknown;
        const bool goes_on = co_await wait_for_band(host, mine, to_K);
        host->progress.since_s += host->clock_s() - began_s;
        co_return goes_on;
    }
    co_return true;
}

/// The set point that a ramp begins at.
Awaitable<double> set_point_now(HostPtr host) {
    std::vector<std::string> names(1, "set_temperature_K");
    Result<std::vector<PartValue>> values =
        co_await host->part_of(host->temperature).read(std::move(names));
    if (values && values->front().has_number()) {
        co_return values->front().number;
    }
    co_return host->number("temperature_K");
}

Awaitable<bool> begin_ramp(HostPtr host, std::uint64_t mine, const Step& step) {
    const double from_K = co_await set_point_now(host);
    if (!host->is_mine(mine)) {
        co_return false;
    }
    if (std::isnan(from_K)) {
        Result<void> ended = co_await end_run(host, "the set point at a ramp's start is not known");
        static_cast<void>(ended);  // it is in the status
        co_return false;
    }
    // From the set point, at once: a controller that was left at a rate would go there first.
    Wake set = co_await heat_to(host, mine, from_K, 0.0);
    if (set == Wake::due) {
        set = co_await heat_to(host, mine, step.temperature_K, step.rate_K_per_s);
    }
    host->progress.length_s = std::abs(step.temperature_K - from_K) / step.rate_K_per_s;
    co_return set == Wake::due;
}

/// What a step begins with. False: this execution is over.
Awaitable<bool> begin_step(HostPtr host, std::uint64_t mine, const Step& step) {
    bool goes_on = co_await restore(host, mine);
    if (!goes_on) {
        co_return false;
    }
    Progress& progress = host->progress;
    if (progress.is_begun) {
        co_return true;
    }
    const Wake free = co_await wait_calmly(host, mine, host->heard_s());  // it may be held
    if (free == Wake::over) {
        co_return false;
    }
    if (step.kind == StepKind::equilibrate || step.kind == StepKind::jump) {
        const Wake set = co_await heat_to(host, mine, step.temperature_K, 0.0);
        goes_on = set == Wake::due;
    } else if (step.kind == StepKind::ramp) {
        goes_on = co_await begin_ramp(host, mine, step);
    }
    if (!goes_on) {
        co_return false;
    }
    progress.is_begun = true;
    progress.since_s = host->clock_s();
    progress.ask = 0;
    progress.windows = 0;
    progress.in_band_since_s = record::unknown;
    progress.ends_after = 0;
    host->tell(host->state, {});
    co_return true;
}

/// Nothing oscillates while a temperature is waited for: the specimen is not worked for nothing.
Awaitable<bool> be_still(HostPtr host, std::uint64_t mine) {
    Wake wake = Wake::disturbed;
    while (wake == Wake::disturbed) {
        Drive off;
        off.frequency_Hz = host->drive.frequency_Hz;
        wake = co_await drive_to(host, mine, off);
        if (wake == Wake::disturbed) {
            const Wake calm = co_await wait_calmly(host, mine, host->heard_s());
            wake = calm == Wake::over ? calm : wake;
        }
    }
    co_return wake == Wake::due;
}

Awaitable<bool> run_sweep(HostPtr host, std::uint64_t mine, const Step& step) {
    while (host->progress.ask < step.asks.size() && !host->is_segment_over()) {
        const Wake wake = co_await take_point(host, mine, step.asks[host->progress.ask], true);
        if (wake == Wake::over) {
            co_return false;
        }
        ++host->progress.ask;
    }
    co_return true;
}

/// Points in turn until the step's time is over; in a ramp each as it comes.
Awaitable<bool> run_in_turn(HostPtr host, std::uint64_t mine, const Step& step, double length_s) {
    Progress& progress = host->progress;
    const bool settles = step.kind != StepKind::ramp;
    while (!host->is_segment_over()) {
        const double due_s = progress.since_s + progress.windows * step.interval_s;
        const double end_s = progress.since_s + length_s;
        const Wake waited = co_await wait_calmly(host, mine, std::min(due_s, end_s));
        if (waited == Wake::over) {
            co_return false;
        }
        if (host->heard_s() >= progress.since_s + length_s - 1e-9) {
            co_return true;
        }
        const std::size_t which = progress.ask++ % step.asks.size();
        const Wake wake = co_await take_point(host, mine, step.asks[which], settles);
        if (wake == Wake::over) {
            co_return false;
        }
        if (!progress.is_begun) {
            const bool again = co_await begin_step(host, mine, step);  // it was held in a ramp
            if (!again) {
                co_return false;
            }
            co_return co_await run_in_turn(host, mine, step, progress.length_s);
        }
        ++progress.windows;
    }
    co_return true;
}

/// Until the step's time is over, which what was held is no part of.
Awaitable<bool> pass(HostPtr host, std::uint64_t mine, const Step& step, double length_s) {
    while (true) {
        const double end_s = host->progress.since_s + length_s;
        const Wake wake = co_await wait_calmly(host, mine, end_s);
        if (wake == Wake::over) {
            co_return false;
        }
        if (!host->progress.is_begun) {
            const bool again = co_await begin_step(host, mine, step);
            if (!again) {
                co_return false;
            }
            length_s = host->progress.length_s;
            continue;
        }
        if (host->heard_s() >= host->progress.since_s + length_s - 1e-9) {
            co_return true;
        }
    }
}

Awaitable<bool> run_decays(HostPtr host, std::uint64_t mine, const Step& step) {
    Progress& progress = host->progress;
    while (!host->is_segment_over()) {
        const double from_s = progress.since_s + progress.windows * step.interval_s;
        const double until_s = from_s + step.interval_s;
        if (until_s > progress.since_s + step.duration_s + 1e-6) {
            break;
        }
        Wake wake = co_await wait_calmly(host, mine, from_s);
        if (wake == Wake::due) {
            wake = co_await take_decay(host, mine, until_s);
        }
        if (wake == Wake::over) {
            co_return false;
        }
        ++progress.windows;
    }
    if (host->is_segment_over()) {
        co_return true;
    }
    co_return co_await pass(host, mine, step, step.duration_s);
}

/// A constant torque and what the angle does meanwhile.
Awaitable<bool> run_torque(HostPtr host, std::uint64_t mine, const Step& step) {
    Progress& progress = host->progress;
    if (std::isnan(host->angle_zero_V)) {
        const Wake zeroed = co_await take_zero(host, mine);
        if (zeroed != Wake::due) {
            co_return false;
        }
    }
    Drive wanted;
    wanted.is_on = step.torque_N_m != 0.0;
    wanted.offset_V = step.torque_N_m / host->composition.torque_N_m_per_drive_V();
    Wake wake = Wake::disturbed;
    while (wake == Wake::disturbed) {
        wake = co_await drive_to(host, mine, wanted);
        if (wake == Wake::disturbed) {
            const Wake calm = co_await wait_calmly(host, mine, host->heard_s());
            wake = calm == Wake::over ? calm : wake;
        }
    }
    if (wake == Wake::over) {
        co_return false;
    }
    if (progress.windows == 0) {
        progress.since_s = host->clock_s();
    }
    double from_s = progress.since_s;
    while (!host->is_segment_over()) {
        const double to_s = progress.since_s + step.due_s(progress.windows);
        if (to_s > progress.since_s + step.duration_s + 1e-6) {
            break;
        }
        wake = co_await take_steady(host, mine, from_s, to_s);
        if (wake == Wake::over) {
            co_return false;
        }
        if (wake == Wake::disturbed) {
            co_return co_await run_torque(host, mine, step);  // the torque again, and on
        }
        from_s = to_s;
        ++progress.windows;
    }
    host->tape.want_nothing();
    if (host->is_segment_over()) {
        co_return true;
    }
    co_return co_await pass(host, mine, step, step.duration_s);
}

Awaitable<bool> run_isothermal(HostPtr host, std::uint64_t mine, const Step& step) {
    if (host->program.mode == method::Mode::torsion_creep) {
        co_return co_await run_torque(host, mine, step);
    }
    if (host->program.mode == method::Mode::torsion_free_decay && step.stores) {
        co_return co_await run_decays(host, mine, step);
    }
    if (!step.asks.empty()) {
        co_return co_await run_in_turn(host, mine, step, step.duration_s);
    }
    co_return co_await pass(host, mine, step, step.duration_s);
}

Awaitable<bool> run_step(HostPtr host, std::uint64_t mine, const Step& step) {
    switch (step.kind) {
        case StepKind::equilibrate:
            co_return co_await wait_for_band(host, mine, step.temperature_K);
        case StepKind::jump: co_return true;
        case StepKind::isothermal: co_return co_await run_isothermal(host, mine, step);
        case StepKind::sweep: co_return co_await run_sweep(host, mine, step);
        case StepKind::torque: co_return co_await run_torque(host, mine, step);
        case StepKind::ramp: break;
    }
    if (!step.asks.empty()) {
        co_return co_await run_in_turn(host, mine, step, host->progress.length_s);
    }
    co_return co_await pass(host, mine, step, host->progress.length_s);
}

Awaitable<void> execute(HostPtr host, std::uint64_t mine) {
    while (host->progress.step < host->program.steps.size()) {
        const Step step = host->step();
        bool goes_on = co_await begin_step(host, mine, step);
        const bool is_waiting = step.kind == StepKind::equilibrate || step.kind == StepKind::jump;
        if (goes_on && is_waiting) {
            goes_on = co_await be_still(host, mine);
        }
        if (goes_on) {
            goes_on = co_await run_step(host, mine, step);
        }
        if (!goes_on) {
            co_return;
        }
        ++host->progress.step;
        host->progress.is_begun = false;
    }
    Result<void> ended = co_await end_run(host, "completed");
    static_cast<void>(ended);  // it is in the status
}

}  // namespace

void go_on(const HostPtr& host) {
    const std::uint64_t mine = ++host->executions;
    const auto ended = [host](const std::exception_ptr& thrown) {
        if (thrown) {
            lose(host, 0, Error{Errc::internal, "the driver's loop threw an exception", {}, {}});
        }
    };
    boost::asio::co_spawn(host->executor, execute(host, mine), ended);
}

Awaitable<Result<void>> end_run(HostPtr host, std::string cause) {
    ++host->executions;
    const bool was_on = host->is_run_on() || host->state == State::armed;
    host->must_be_safe = true;
    host->state = was_on ? State::unknown : host->state;
    host->end_cause = was_on ? cause : host->end_cause;
    host->turn.notify();
    Result<void> safe = co_await safe_all(host);
    host->must_be_safe = !safe;
    const State end = safe ? State::idle : State::fault;
    if (was_on) {
        host->tell(end, cause);
    } else {
        host->state = end;
    }
    co_return safe;
}

}  // namespace relaxd::drivers::torsion_pendulum
