// SPDX-License-Identifier: MIT
#include "drivers/torsion_pendulum/lock_in.hpp"

#include "drivers/torsion_pendulum/windows.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace relaxd::drivers::torsion_pendulum {

namespace {

constexpr double time_constants_waited = 10.0;  ///< INSTRUMENTS 8.3: 5 to 10.
constexpr double periods_a_time_constant = 5.0;
/// Two poles: after ten time constants 11 exp(-10) = 5e-4 of a change is left; with four, 1 %.
constexpr double slope_dB_per_octave = 12.0;
constexpr int halvings_max = 12;
constexpr int rescales_max = 4;

struct Seen {
    Wake wake = Wake::due;
    double time_s = 0.0;               ///< Of the clock.
    double angle_V = record::unknown;  ///< Peak; only to choose a drive by.
    bool is_overloaded = false;
    std::map<std::string, double> extra;
    std::string flags;
    std::string raw;
    Seen() = default;
};

/// The smallest of 1, 3, 10, 30 … s that is long enough; lock-ins have these.
double time_constant_for(double frequency_Hz, const Quantity& of) {
    const double needed_s = periods_a_time_constant / frequency_Hz;
    double decade = 1e-6;
    while (3.0 * decade < needed_s && decade < 1e5) {
        decade *= 10.0;
    }
    // Powers of ten by multiplication are off by a rounding: as a decimal they are not.
    const double exponent = std::round(std::log10(decade));
    const double at = std::pow(10.0, exponent);
    double found_s = at >= needed_s ? at : 3.0 * at;
    if (!std::isnan(of.highest)) {
        found_s = std::min(found_s, of.highest);
    }
    return std::isnan(of.lowest) ? found_s : std::max(found_s, of.lowest);
}

/// Filters of one lock-in; its time constant, or nothing where this execution is over.
Awaitable<std::optional<double>> set_filter(
    HostPtr host, std::uint64_t mine, std::size_t slot, double frequency_Hz
) {
    const std::vector<Quantity> has = host->part_of(slot).quantities();
    const Quantity* const constant = find_quantity(has, "time_constant_s");
    const Quantity* const slope = find_quantity(has, "slope_dB_per_octave");
    if (slope != nullptr && slope->is_settable) {
        const auto set =
            co_await set_part(host, mine, slot, "slope_dB_per_octave", slope_dB_per_octave);
        if (!set) {
            co_return std::nullopt;
        }
    }
    if (constant == nullptr || !constant->is_settable) {
        co_return periods_a_time_constant / frequency_Hz;
    }
    const double wanted_s = time_constant_for(frequency_Hz, *constant);
    co_return co_await set_part(host, mine, slot, "time_constant_s", wanted_s);
}

/// Asks one part; numbers go into `extra` under the names that follow.
Awaitable<bool> ask_part(
    HostPtr host,
    std::uint64_t mine,
    std::size_t slot,
    std::vector<std::string> names,
    std::string prefix,
    Seen& seen
) {
    Result<std::vector<PartValue>> values = co_await host->part_of(slot).read(std::move(names));
    if (!host->is_mine(mine)) {
        co_return false;
    }
    if (!values) {
        if (values.error().code == Errc::unreachable || values.error().code == Errc::cancelled) {
            lose(host, slot, values.error());
            co_return false;
        }
        add_flag(seen.flags, prefix + "no_answer");
        host->slots[slot]->trouble = values.error().message;
        co_return true;
    }
    for (const PartValue& value : *values) {
        if (seen.raw.find(value.raw) == std::string::npos) {
            seen.raw += value.raw;
        }
        if (value.has_number()) {
            seen.extra[prefix + value.quantity] = value.number;
        } else {
            add_flag(seen.flags, prefix + value.status);
            seen.is_overloaded = seen.is_overloaded || value.status == "overload";
        }
    }
    co_return true;
}

double drive_to_torque_V(const Host& host) {
    return host.true_amplitude_V * host.composition.drive_A_per_V.value *
           host.composition.sense_V_per_A.value;
}

Awaitable<Seen> ask_lock_ins(
    HostPtr host, std::uint64_t mine, std::uint64_t calm, double frequency_Hz
) {
    Seen seen;
    double longest_s = 0.0;
    for (const std::size_t slot : {*host->lock_in_angle, *host->lock_in_torque}) {
        const std::optional<double> constant_s =
            co_await set_filter(host, mine, slot, frequency_Hz);
        if (!constant_s) {
            seen.wake = Wake::over;
            co_return seen;
        }
        longest_s = std::max(longest_s, *constant_s);
    }
    const double until_s = host->clock_s() + host->worth_waiting_s + 1.0 / frequency_Hz +
                           time_constants_waited * longest_s;
    seen.wake = co_await wait_clock(host, mine, until_s, calm);
    if (seen.wake != Wake::due) {
        co_return seen;
    }
    seen.time_s = host->clock_s();
    std::vector<std::string> names(1, "x_V");
    names.emplace_back("y_V");
    std::vector<std::string> again = names;
    bool goes_on =
        co_await ask_part(host, mine, *host->lock_in_angle, std::move(names), "angle_", seen);
    if (goes_on) {
        goes_on =
            co_await ask_part(host, mine, *host->lock_in_torque, std::move(again), "torque_", seen);
    }
    if (!goes_on) {
        seen.wake = Wake::over;
        co_return seen;
    }
    const auto x = seen.extra.find("angle_x_V");
    const auto y = seen.extra.find("angle_y_V");
    if (x != seen.extra.end() && y != seen.extra.end()) {
        seen.angle_V = std::numbers::sqrt2 * std::hypot(x->second, y->second);
    }
    seen.extra["time_constant_s"] = longest_s;
    co_return seen;
}

Awaitable<Seen> ask_analyser(
    HostPtr host, std::uint64_t mine, std::uint64_t calm, double frequency_Hz
) {
    Seen seen;
    const std::size_t slot = *host->analyser;
    const std::vector<Quantity> has = host->part_of(slot).quantities();
    const Quantity* const cycles = find_quantity(has, "cycles");
    if (cycles != nullptr && cycles->is_settable) {
        const auto set = co_await set_part(host, mine, slot, "cycles", host->program.cycles);
        if (!set) {
            seen.wake = Wake::over;
            co_return seen;
        }
    }
    const double until_s = host->clock_s() + host->worth_waiting_s + 1.0 / frequency_Hz;
    seen.wake = co_await wait_clock(host, mine, until_s, calm);
    if (seen.wake != Wake::due) {
        co_return seen;
    }
    seen.time_s = host->clock_s();
    std::vector<std::string> names(1, "ratio_real");
    names.emplace_back("ratio_imag");
    const bool goes_on = co_await ask_part(host, mine, slot, std::move(names), "", seen);
    if (!goes_on) {
        seen.wake = Wake::over;
        co_return seen;
    }
    const auto real = seen.extra.find("ratio_real");
    const auto imag = seen.extra.find("ratio_imag");
    if (real != seen.extra.end() && imag != seen.extra.end()) {
        seen.angle_V = std::hypot(real->second, imag->second) * drive_to_torque_V(*host);
    }
    co_return seen;
}

struct Choice {
    double drive_V = 0.0;
    bool is_limited = false;
    bool is_reduced = false;
    int halvings = 0;
    int rescales = 0;
    Choice() = default;
};

/// Another drive for the next attempt?
bool changes_drive(Host& host, const Seen& seen, double frequency_Hz, Choice& choice) {
    if (seen.is_overloaded && choice.halvings < halvings_max) {
        ++choice.halvings;
        choice.is_reduced = true;
        host.cap_V[frequency_Hz] = 0.5 * host.drive.amplitude_V;
        choice.drive_V = 0.5 * host.drive.amplitude_V;
        return true;
    }
    const double angle_rad = seen.angle_V / host.composition.angle_V_per_rad.value;
    if (seen.is_overloaded || !(angle_rad > 0.0) || !(host.drive.amplitude_V > 0.0)) {
        return false;
    }
    host.V_per_rad[frequency_Hz] = host.drive.amplitude_V / angle_rad;
    const double wanted_rad = host.program.amplitude.angle_rad;
    if (!(wanted_rad > 0.0) || choice.is_reduced) {
        return false;
    }
    const double asked_V = wanted_rad * host.V_per_rad[frequency_Hz];
    const double to_V = within_limit_V(host, asked_V);
    choice.is_limited = asked_V > to_V * (1.0 + 1e-6);
    const bool is_near = std::abs(to_V / host.drive.amplitude_V - 1.0) <= rescale_beyond;
    if (is_near || choice.rescales >= rescales_max) {
        return false;
    }
    ++choice.rescales;
    choice.drive_V = to_V;
    return true;
}

void deliver_seen(Host& host, const Ask& ask, const Choice& choice, Seen& seen) {
    record::Reading reading = host.reading_at(seen.time_s);
    reading.values[record::Channel::frequency_Hz] = host.true_frequency_Hz;
    reading.extra["drive_V"] = host.true_amplitude_V;
    reading.extra.merge(seen.extra);
    reading.raw += seen.raw;
    reading.received_steady = host.now();
    reading.received_utc = host.timing.clock().utc();
    for (const auto& [is_so, word] :
         {std::pair(ask.is_reference, "reference"),
          std::pair(choice.is_limited, "drive_limited"),
          std::pair(choice.is_reduced, "amplitude_reduced")}) {
        if (is_so) {
            add_flag(reading.flags, word);
        }
    }
    if (!seen.flags.empty()) {
        reading.flags += (reading.flags.empty() ? "" : " ") + seen.flags;
    }
    host.deliver(std::move(reading));
}

}  // namespace

Awaitable<Wake> take_lock_in_point(HostPtr host, std::uint64_t mine, Ask ask, bool settles) {
    const std::uint64_t calm = host->disturbances;
    Choice choice;
    choice.drive_V = first_drive_V(*host, ask.frequency_Hz);
    choice.is_reduced = host->cap_V.contains(ask.frequency_Hz);
    host->last_window.reset();
    while (true) {
        Drive wanted;
        wanted.frequency_Hz = ask.frequency_Hz;
        wanted.amplitude_V = choice.drive_V;
        wanted.is_on = true;
        const Wake set = co_await drive_to(host, mine, wanted);
        if (set != Wake::due) {
            co_return set;
        }
        Seen seen;
        if (host->lock_in_angle) {
            seen = co_await ask_lock_ins(host, mine, calm, ask.frequency_Hz);
        } else {
            seen = co_await ask_analyser(host, mine, calm, ask.frequency_Hz);
        }
        if (seen.wake != Wake::due) {
            co_return seen.wake;
        }
        if (changes_drive(*host, seen, ask.frequency_Hz, choice) && settles) {
            continue;
        }
        deliver_seen(*host, ask, choice, seen);
        co_return Wake::due;
    }
}

}  // namespace relaxd::drivers::torsion_pendulum
