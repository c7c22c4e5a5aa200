// SPDX-License-Identifier: MIT
//
// The host's own sequencer: set points in time, readings in time, the device looked after.
#include "drivers/protocol_file/host.hpp"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <cmath>
#include <exception>
#include <set>
#include <utility>
#include <vector>

namespace relaxd::drivers::protocol_file {

namespace {

constexpr double ramp_every_s = 1.0;
constexpr double look_every_s = 1.0;  ///< While a temperature is waited for.
constexpr int set_attempts = 3;

SteadyTime after_s(SteadyTime time, double seconds) {
    return SteadyTime{time.ns + static_cast<std::int64_t>(seconds * 1e9)};
}

bool is_mine(const Host& host, std::uint64_t mine) {
    return host.executions == mine && host.is_run_on();
}

double step_s(const Host& host) {
    return static_cast<double>(host.now().ns - host.progress.since.ns) * 1e-9;
}

void add_flag(std::string& flags, const std::string& word) {
    if ((" " + flags + " ").find(" " + word + " ") == std::string::npos) {
        flags += (flags.empty() ? "" : " ") + word;
    }
}

/// Until `when`, and while the run is held; false: this execution is over.
Awaitable<bool> wait_until(HostPtr host, std::uint64_t mine, SteadyTime when) {
    while (is_mine(*host, mine)) {
        if (host->state == State::holding) {
            co_await host->turn.wait();
        } else if (host->now() < when) {
            co_await host->turn.wait_until(host->timing, when);
        } else {
            break;
        }
    }
    co_return is_mine(*host, mine);
}

/// Sets the temperature. An error: the link is lost, or the device does not obey.
Awaitable<Result<void>> set_temperature(HostPtr host, double temperature_K) {
    Result<double> held = fail(Errc::internal, "nothing was set");
    for (int attempt = 0; attempt < set_attempts && !held; ++attempt) {
        held = co_await host->part.set("set_temperature_K", temperature_K);
        if (!held && held.error().code != Errc::timeout && held.error().code != Errc::corrupt) {
            break;
        }
    }
    if (!held) {
        co_return fail(held.error());
    }
    host->set_temperature_K = *held;
    co_return Result<void>();
}

/// Asks now and then whether the device is as it was set.
Awaitable<void> look_after(HostPtr host) {
    const double every_s = host->part.description().verify_s;
    if (host->now() < after_s(host->verified, every_s)) {
        co_return;
    }
    Result<PartCheck> check = co_await host->part.verify();
    host->verified = host->now();
    if (!check) {
        co_return;  // the next reading says what is wrong
    }
    if (check->has_rebooted) {
        add_flag(host->flags, "rebooted");
    }
    if (!check->changed.empty()) {
        add_flag(host->flags, "settings_changed");
    }
}

/// What is due now: a query that is worth asking rarely is asked rarely.
std::vector<std::string> names_due(Host& host) {
    std::vector<std::string> names;
    const protocol::Description& description = host.part.description();
    for (std::size_t i = 0; i < description.queries.size(); ++i) {
        const protocol::QueryRule& rule = description.queries[i];
        const auto last = host.read_at.find(i);
        if (last != host.read_at.end() && host.now() < after_s(last->second, rule.every_s)) {
            continue;
        }
        host.read_at[i] = host.now();
        for (const protocol::Measured& one : rule.values) {
            names.push_back(one.quantity.name);
        }
    }
    return names;
}

void put_value(Host& host, const PartValue& value, record::Reading& reading) {
    if (!value.has_number()) {
        add_flag(reading.flags, value.status);
        return;
    }
    if (const auto channel = record::channel_from(value.quantity)) {
        reading.values[*channel] = value.number;
    } else {
        reading.extra[value.quantity] = value.number;
    }
    if (value.quantity == "temperature_K") {
        host.temperature_K = value.number;
    }
    const auto wanted = host.part.wanted(value.quantity);
    const auto* rule = host.part.description().find_set(value.quantity);
    const double slack =
        rule == nullptr ? 0.0 : 1.000001 * rule->resolution * rule->quantity.factor;
    if (wanted && std::abs(*wanted - value.number) > slack) {
        add_flag(reading.flags, "settings_changed");
        host.verified = SteadyTime{};  // looked after before the next
    }
}

record::Reading reading_of(Host& host, const std::vector<PartValue>& values) {
    record::Reading reading;
    reading.segment = host.program.steps[host.progress.step].segment;
    reading.flags = std::exchange(host.flags, std::string());
    reading.simulated = host.is_simulated;
    if (host.part.state() == PartState::degraded) {
        add_flag(reading.flags, "degraded");
    }
    std::set<std::string> seen;
    for (const PartValue& value : values) {
        put_value(host, value, reading);
        if (seen.insert(value.raw).second) {
            reading.raw += value.raw;
        }
        if (value.received_steady > reading.received_steady) {
            reading.received_steady = value.received_steady;
            reading.received_utc = value.received_utc;
        }
    }
    reading.time_s = host.run_s(reading.received_steady);
    return reading;
}

/// One poll: a reading, or a gap in its place. False: this execution is over.
Awaitable<bool> take_reading(HostPtr host, std::uint64_t mine) {
    co_await look_after(host);
    if (!is_mine(*host, mine)) {
        co_return false;
    }
    std::vector<std::string> names = names_due(*host);
    if (names.empty()) {
        co_return true;
    }
    const SteadyTime asked = host->now();
    Result<std::vector<PartValue>> values = co_await host->part.read(std::move(names));
    if (!is_mine(*host, mine)) {
        co_return false;
    }
    if (values) {
        host->kept.add(reading_of(*host, *values));
    } else {
        const double from_s = host->run_s(asked);
        const double to_s = host->run_s(host->now());
        host->kept.miss(1, from_s, to_s, values.error().message, host->timing.clock().utc());
    }
    host->news.notify();
    co_return host->part.is_open();
}

/// The temperature alone, for an equilibration. False: this execution is over.
Awaitable<bool> look_at_temperature(HostPtr host, std::uint64_t mine, const Step& step) {
    co_await look_after(host);
    std::vector<std::string> names(1, "temperature_K");
    Result<std::vector<PartValue>> values = co_await host->part.read(std::move(names));
    if (!is_mine(*host, mine) || !host->part.is_open()) {
        co_return false;
    }
    const bool has = values && values->front().has_number();
    if (has) {
        host->temperature_K = values->front().number;
    }
    const double off_K = has ? std::abs(host->temperature_K - step.temperature_K) : 0.0;
    if (!has || off_K > host->part.description().within_K) {
        host->progress.in_band_since.reset();
    } else if (!host->progress.in_band_since) {
        host->progress.in_band_since = host->now();
    }
    co_return true;
}

/// Ends the run because of an error of the device; an error of the link leaves it where it is.
Awaitable<bool> give_up(HostPtr host, Error error) {
    if (host->part.is_open()) {
        Result<void> ended = co_await end_run(host, "the device did not obey: " + error.sentence());
        static_cast<void>(ended);  // it is in the status
    }
    co_return false;
}

/// The set point of a ramp at this time.
double ramp_K(const Progress& progress, const Step& step, double time_s) {
    const double way_K = step.temperature_K - progress.ramp_from_K;
    const double gone_K = std::min(std::abs(way_K), step.rate_K_per_s * time_s);
    return progress.ramp_from_K + std::copysign(gone_K, way_K);
}

double length_s(const Progress& progress, const Step& step) {
    return step.kind == StepKind::ramp
               ? std::abs(step.temperature_K - progress.ramp_from_K) / step.rate_K_per_s
               : step.duration_s;
}

/// The set point with which a step begins. False: this execution is over.
Awaitable<bool> begin_step(HostPtr host, std::uint64_t mine, const Step& step) {
    Progress& progress = host->progress;
    if (progress.is_begun) {
        co_return true;
    }
    if (step.kind == StepKind::equilibrate || step.kind == StepKind::jump) {
        Result<void> set = co_await set_temperature(host, step.temperature_K);
        if (!is_mine(*host, mine)) {
            co_return false;
        }
        if (!set) {
            co_return co_await give_up(host, set.error());
        }
    }
    if (step.kind == StepKind::ramp) {
        std::vector<std::string> names(1, "set_temperature_K");
        Result<std::vector<PartValue>> values = co_await host->part.read(std::move(names));
        if (!is_mine(*host, mine)) {
            co_return false;
        }
        if (!values || !values->front().has_number()) {
            Error error{Errc::corrupt, "the set point at the start of a ramp is not known", {}, {}};
            if (!values) {
                error = values.error();
            }
            co_return co_await give_up(host, std::move(error));
        }
        progress.ramp_from_K = values->front().number;
    }
    const bool goes_on = co_await wait_until(host, mine, host->now());  // it may be held
    if (!goes_on) {
        co_return false;
    }
    progress.is_begun = true;
    progress.since = host->now();
    progress.readings = 0;
    progress.in_band_since.reset();
    host->tell(State::running, {});
    co_return true;
}

Awaitable<bool> equilibrate(HostPtr host, std::uint64_t mine, const Step& step) {
    while (true) {
        bool goes_on = co_await look_at_temperature(host, mine, step);
        if (!goes_on) {
            co_return false;
        }
        const auto since = host->progress.in_band_since;
        const double for_s = host->part.description().for_s;
        if (since && host->now() >= after_s(*since, for_s)) {
            co_return true;
        }
        goes_on = co_await wait_until(host, mine, after_s(host->now(), look_every_s));
        if (!goes_on) {
            co_return false;
        }
    }
}

/// Readings at their times, and the set points of a ramp between them.
Awaitable<bool> measure(HostPtr host, std::uint64_t mine, const Step& step) {
    Progress& progress = host->progress;
    const double end_s = length_s(progress, step);
    double next_set_s = step.kind == StepKind::ramp ? step_s(*host) + ramp_every_s : end_s;
    while (true) {
        const double due_s = step.due_s(progress.readings);
        const double next_s = std::min({due_s, next_set_s, end_s});
        bool goes_on = co_await wait_until(host, mine, after_s(progress.since, next_s));
        if (!goes_on) {
            co_return false;
        }
        const double time_s = step_s(*host);
        if (step.kind == StepKind::ramp && (time_s >= next_set_s || time_s >= end_s)) {
            Result<void> set = co_await set_temperature(host, ramp_K(progress, step, time_s));
            if (!is_mine(*host, mine)) {
                co_return false;
            }
            if (!set) {
                co_return co_await give_up(host, set.error());
            }
            next_set_s = time_s + ramp_every_s;
        }
        if (time_s >= due_s && due_s <= end_s * (1.0 + 1e-12)) {
            ++progress.readings;
            while (step.due_s(progress.readings) < time_s) {
                ++progress.readings;  // the device is slower than the sampling that was asked for
            }
            if (step.stores) {
                goes_on = co_await take_reading(host, mine);
            }
            if (!goes_on) {
                co_return false;
            }
        } else if (time_s >= end_s) {
            co_return true;
        }
    }
}

/// Readings that were due while nobody could be asked.
void count_missed(Host& host) {
    const Step& step = host.program.steps[host.progress.step];
    const bool measures = step.kind == StepKind::isothermal || step.kind == StepKind::ramp;
    if (!host.progress.is_begun || !measures || !step.stores || host.state == State::holding) {
        return;
    }
    const double end_s = length_s(host.progress, step);
    const double now_s = std::min(step_s(host), end_s);
    std::uint64_t missed = 0;
    while (step.due_s(host.progress.readings) < now_s) {
        ++host.progress.readings;
        ++missed;
    }
    const double from_s = host.run_s(host.lost_since);
    host.kept.miss(
        missed, from_s, host.run_s(host.now()), "the link was lost", host.timing.clock().utc()
    );
}

Awaitable<void> execute(HostPtr host, std::uint64_t mine) {
    while (host->progress.step < host->program.steps.size()) {
        const Step step = host->program.steps[host->progress.step];
        bool goes_on = co_await begin_step(host, mine, step);
        if (!goes_on) {
            co_return;
        }
        if (step.kind == StepKind::equilibrate) {
            goes_on = co_await equilibrate(host, mine, step);
        } else if (step.kind != StepKind::jump) {
            goes_on = co_await measure(host, mine, step);
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
    if (host->progress.step < host->program.steps.size()) {
        count_missed(*host);
    }
    const auto ended = [host](const std::exception_ptr& thrown) {
        if (thrown) {
            host->part.lose("the driver's loop threw an exception");
        }
    };
    boost::asio::co_spawn(host->executor, execute(host, mine), ended);
}

Awaitable<Result<void>> end_run(HostPtr host, std::string cause) {
    ++host->executions;
    host->turn.notify();
    const bool was_on = host->is_run_on() || host->state == State::armed;
    host->must_be_safe = true;
    host->state = was_on ? State::unknown : host->state;
    host->end_cause = was_on ? cause : host->end_cause;
    Result<void> safe = co_await host->part.safe();
    host->must_be_safe = !safe;
    const State end = safe ? State::idle : State::fault;
    if (was_on) {
        host->tell(end, cause);
    } else {
        host->state = end;
    }
    co_return safe;
}

}  // namespace relaxd::drivers::protocol_file
