// SPDX-License-Identifier: MIT
//
// What a run sets, and how it waits.
#include "drivers/torsion_pendulum/host.hpp"
#include "schema/base/number.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace relaxd::drivers::torsion_pendulum {

namespace {

constexpr int set_attempts = 3;

/// One setting of the excitation.
struct Setting {
    std::string quantity;
    double value = 0.0;
    double* is = nullptr;  ///< Where what is read back goes; may be null.
    Setting() = default;
    Setting(std::string name, double to, double* where)
        : quantity(std::move(name)), value(to), is(where) {}
};

/// What must be written so that the excitation does what is wanted, in order: off before anything
/// changes, on at the end.
std::vector<Setting> settings_for(Host& host, const Drive& wanted) {
    const std::vector<Quantity> has = host.part_of(host.excitation).quantities();
    Drive& is = host.drive;
    const bool all = !host.is_drive_known;
    const Quantity* const amplitude = find_quantity(has, "amplitude_V");
    const bool has_output = find_quantity(has, "output") != nullptr;
    std::vector<Setting> out;
    if (!wanted.is_on && has_output && (all || is.is_on)) {
        out.emplace_back("output", 0.0, nullptr);
    }
    const bool is_oscillating = wanted.frequency_Hz > 0.0;
    if (is_oscillating && (all || is.frequency_Hz != wanted.frequency_Hz)) {
        out.emplace_back("frequency_Hz", wanted.frequency_Hz, &is.frequency_Hz);
    }
    if (amplitude != nullptr) {
        // A source without a switch, or one that is to be constant, is turned down.
        const bool is_quiet = wanted.amplitude_V == 0.0 || (!wanted.is_on && !has_output);
        const double lowest_V = std::isnan(amplitude->lowest) ? 0.0 : amplitude->lowest;
        const double to_V = is_quiet ? lowest_V : std::max(wanted.amplitude_V, lowest_V);
        if (all || is.amplitude_V != to_V) {
            out.emplace_back("amplitude_V", to_V, &is.amplitude_V);
        }
    }
    if (find_quantity(has, "offset_V") != nullptr && (all || is.offset_V != wanted.offset_V)) {
        out.emplace_back("offset_V", wanted.offset_V, &is.offset_V);
    }
    if (wanted.is_on && has_output && (all || !is.is_on)) {
        out.emplace_back("output", 1.0, nullptr);
    }
    return out;
}

}  // namespace

Awaitable<std::optional<double>> set_part(
    HostPtr host, std::uint64_t mine, std::size_t slot, std::string quantity, double value
) {
    Result<double> held = fail(Errc::internal, "nothing was set");
    for (int attempt = 0; attempt < set_attempts && !held; ++attempt) {
        held = co_await host->part_of(slot).set(quantity, value);
        if (!host->is_mine(mine)) {
            co_return std::nullopt;
        }
        if (!held && held.error().code != Errc::timeout && held.error().code != Errc::corrupt) {
            break;
        }
    }
    if (held) {
        co_return *held;
    }
    if (held.error().code == Errc::unreachable || held.error().code == Errc::cancelled) {
        lose(host, slot, held.error());
        co_return std::nullopt;
    }
    const std::string why = host->slots[slot]->name() + " did not take " + quantity + " = " +
                            to_text(value) + ": " + held.error().sentence();
    Result<void> ended = co_await end_run(host, why);
    static_cast<void>(ended);  // it is in the status
    co_return std::nullopt;
}

Awaitable<Wake> drive_to(HostPtr host, std::uint64_t mine, Drive wanted) {
    const std::uint64_t calm = host->disturbances;
    const std::vector<Setting> settings = settings_for(*host, wanted);
    if (settings.empty()) {
        co_return Wake::due;
    }
    host->is_drive_known = false;
    for (const Setting& setting : settings) {
        if (host->state == State::holding) {
            co_return Wake::disturbed;
        }
        std::string quantity = setting.quantity;
        const std::optional<double> held =
            co_await set_part(host, mine, host->excitation, std::move(quantity), setting.value);
        if (!held) {
            co_return Wake::over;
        }
        if (setting.is != nullptr) {
            // What was asked for decides whether it must be set anew; what is, is in the part.
            *setting.is = setting.value;
        }
        if (setting.quantity == "frequency_Hz") {
            host->true_frequency_Hz = *held;
        }
        if (setting.quantity == "amplitude_V") {
            host->true_amplitude_V = *held;
        }
    }
    host->drive.is_on = wanted.is_on;
    if (host->disturbances != calm) {
        co_return Wake::disturbed;
    }
    host->is_drive_known = true;
    co_return Wake::due;
}

Awaitable<Wake> heat_to(
    HostPtr host, std::uint64_t mine, double temperature_K, double rate_K_per_s
) {
    const std::vector<Quantity> has = host->part_of(host->temperature).quantities();
    std::vector<Setting> settings;
    if (find_quantity(has, "ramp_K_per_s") != nullptr) {
        settings.emplace_back("ramp_K_per_s", rate_K_per_s, nullptr);
    }
    settings.emplace_back("set_temperature_K", temperature_K, nullptr);
    const Quantity* const heater = find_quantity(has, "heater");
    if (heater != nullptr && heater->is_settable) {
        settings.emplace_back("heater", 1.0, nullptr);
    }
    for (const Setting& setting : settings) {
        std::string quantity = setting.quantity;
        const std::optional<double> held =
            co_await set_part(host, mine, host->temperature, std::move(quantity), setting.value);
        if (!held) {
            co_return Wake::over;
        }
    }
    host->target_K = temperature_K;
    co_return Wake::due;
}

Awaitable<Result<void>> stand_still(HostPtr host) {
    host->is_drive_known = false;
    Drive off;
    const std::vector<Setting> settings = settings_for(*host, off);
    for (const Setting& setting : settings) {
        std::string quantity = setting.quantity;
        Result<double> held =
            co_await host->part_of(host->excitation).set(std::move(quantity), setting.value);
        if (!held) {
            co_return fail(held.error());
        }
    }
    const bool is_ramp =
        host->progress.step < host->program.steps.size() && host->step().kind == StepKind::ramp;
    const double now_K = host->number("temperature_K");
    if (!is_ramp || std::isnan(now_K)) {
        co_return Result<void>();
    }
    Result<double> held = co_await host->part_of(host->temperature).set("ramp_K_per_s", 0.0);
    if (held) {
        held = co_await host->part_of(host->temperature).set("set_temperature_K", now_K);
    }
    if (!held) {
        co_return fail(held.error());
    }
    co_return Result<void>();
}

Awaitable<Wake> wait_clock(HostPtr host, std::uint64_t mine, double clock_s, std::uint64_t calm) {
    while (host->is_mine(mine)) {
        const bool is_held = host->state == State::holding;
        if (!is_held && host->disturbances != calm) {
            co_return Wake::disturbed;
        }
        if (!is_held && host->heard_s() >= clock_s - 1e-9) {
            co_return Wake::due;
        }
        if (is_held || host->is_digitised()) {
            co_await host->turn.wait();
        } else {
            const double more_s = clock_s - host->heard_s();
            co_await host->turn.wait_until(host->timing, after_s(host->now(), more_s));
        }
    }
    co_return Wake::over;
}

}  // namespace relaxd::drivers::torsion_pendulum
