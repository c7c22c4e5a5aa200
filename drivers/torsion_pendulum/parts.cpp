// SPDX-License-Identifier: MIT
//
// All parts of a pendulum at once: opened, made safe, looked after, lost.
#include "drivers/torsion_pendulum/host.hpp"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace relaxd::drivers::torsion_pendulum {

namespace {

constexpr double poll_every_s = 0.5;
constexpr double verify_every_s = 5.0;
constexpr double stream_silent_s = 10.0;  ///< Then it is begun again.
constexpr int stream_breaks_max = 20;     ///< Without one good block between them.

/// Calls of all parts that are under way.
template <typename T>
struct Gather {
    Gather(const boost::asio::any_io_executor& on, std::size_t parts)
        : news(on), results(parts), left(parts) {}
    link::Signal news;
    std::vector<std::optional<Result<T>>> results;
    std::size_t left;
};
template <typename T>
using GatherPtr = std::shared_ptr<Gather<T>>;

template <typename T>
auto ended(HostPtr host, GatherPtr<T> all) {
    return [host = std::move(host), all = std::move(all)](const std::exception_ptr&) {
        --all->left;
        all->news.notify();
    };
}

Awaitable<void> open_one(HostPtr host, std::size_t slot, GatherPtr<Identity> all) {
    Result<Identity> opened = co_await host->part_of(slot).open();
    all->results[slot] = std::move(opened);
}

Awaitable<void> safe_one(HostPtr host, std::size_t slot, GatherPtr<void> all) {
    Result<void> safe = co_await host->part_of(slot).safe();
    all->results[slot] = std::move(safe);
}

template <typename T>
Awaitable<void> all_of(GatherPtr<T> all) {
    while (all->left > 0) {
        co_await all->news.wait();
    }
}

/// What the parts that failed said; the code of the first.
template <typename T>
std::optional<Error> errors_of(const Host& host, const Gather<T>& all) {
    std::optional<Error> out;
    for (std::size_t i = 0; i < all.results.size(); ++i) {
        const auto& result = all.results[i];
        if (result && *result) {
            continue;
        }
        Error error{Errc::cancelled, "the call was ended", {}, {}};
        if (result) {
            error = result->error();
        }
        error.message = host.slots[i]->name() + ": " + error.message;
        if (!out) {
            out = std::move(error);
        } else {
            out->message += "; " + error.message;
        }
    }
    return out;
}

/// One name, serial number and firmware of all parts; simulated if all are.
Result<Identity> identity_of(const Host& host) {
    Identity out;
    std::string parts;
    std::size_t simulated = 0;
    for (const auto& slot : host.slots) {
        const Identity& one = slot->identity;
        const std::string of = (parts.empty() ? "" : "; ") + slot->what.config.name + ": ";
        parts += of + one.vendor + (one.vendor.empty() ? "" : " ") + one.model;
        out.serial_number += (out.serial_number.empty() ? "" : ", ") + slot->what.config.name +
                             " " + (one.serial_number.empty() ? "?" : one.serial_number);
        if (!one.firmware.empty()) {
            out.firmware +=
                (out.firmware.empty() ? "" : ", ") + slot->what.config.name + " " + one.firmware;
        }
        simulated += one.simulated ? 1 : 0;
        out.simulation.insert(one.simulation.begin(), one.simulation.end());
    }
    if (simulated != 0 && simulated != host.slots.size()) {
        std::string which;
        for (const auto& slot : host.slots) {
            if (slot->identity.simulated) {
                which += (which.empty() ? "'" : ", '") + slot->what.config.name + "'";
            }
        }
        return fail(
            Errc::refused,
            "only some of the parts are simulated: " + which,
            {},
            "a pendulum is real or simulated as a whole"
        );
    }
    out.vendor = "composed";
    out.model = "torsion pendulum (" + parts + ")";
    out.simulated = simulated != 0;
    return out;
}

Awaitable<Result<void>> begin_stream(HostPtr host) {
    const Slot& slot = *host->slots[*host->streamer];
    StreamSettings settings;
    settings.inputs.push_back(slot.what.roles.at("angle"));
    settings.inputs.push_back(slot.what.roles.at("torque"));
    settings.rate_Hz = host->composition.sample_rate_Hz;
    const SteadyTime before = host->now();
    Result<StreamInfo> info = co_await slot.digitiser->start_stream(std::move(settings));
    if (!info) {
        Error error = info.error();
        error.message = slot.name() + ": " + error.message;
        co_return fail(std::move(error));
    }
    // A stream that was begun again goes on in time where the host's clock says.
    double begins_s = 0.0;
    if (host->tape.epoch() > 0) {
        const double gone_s = static_cast<double>(before.ns - host->last_block.ns) * 1e-9;
        begins_s = host->tape.now_s() + std::max(gone_s, 0.0);
    }
    host->tape.restart(std::move(*info), 0, 1, begins_s);
    host->last_block = before;
    host->last_block_utc = host->timing.clock().utc();
    co_return Result<void>();
}

/// The stream of the digitiser, begun again where it breaks.
Awaitable<void> pump(HostPtr host, std::uint64_t opening) {
    const std::size_t at = *host->streamer;
    while (host->openings == opening) {
        Result<SampleBlock> block = co_await host->slots[at]->digitiser->next_block();
        if (host->openings != opening) {
            co_return;
        }
        if (block && host->tape.add(*block)) {
            host->last_block = block->received_steady;
            host->last_block_utc = block->received_utc;
            host->stream_breaks = block->is_lost ? host->stream_breaks : 0;
            host->turn.notify();
            continue;
        }
        if (!block && block.error().code == Errc::unreachable) {
            lose(host, at, block.error());
            co_return;
        }
        host->flag("stream_restarted");
        host->disturb();
        Result<void> begun = fail(Errc::corrupt, "its stream breaks again and again");
        if (++host->stream_breaks <= stream_breaks_max) {
            begun = co_await begin_stream(host);
        }
        if (host->openings != opening) {
            co_return;
        }
        if (!begun) {
            lose(host, at, begun.error());
            co_return;
        }
    }
}

void take_values(Host& host, std::size_t slot, const std::vector<PartValue>& values) {
    Polled& polled = host.newest[slot];
    polled = Polled();
    polled.clock_s = host.clock_s();
    const std::string role = host.slots[slot]->role();
    for (const PartValue& value : values) {
        if (polled.raw.find(value.raw) == std::string::npos) {
            polled.raw += value.raw;
        }
        if (!value.has_number()) {
            add_flag(polled.flags, role + "_" + value.status);
            continue;
        }
        polled.numbers[value.quantity] = value.number;
        if (value.quantity == "temperature_K") {
            host.warmth.emplace_back(polled.clock_s, value.number);
        }
    }
}

/// Twice a second what it measures. False: it is gone.
Awaitable<bool> poll(HostPtr host, std::size_t at, std::uint64_t opening) {
    Slot& slot = *host->slots[at];
    std::vector<std::string> names = slot.polled;
    Result<std::vector<PartValue>> values = co_await slot.part->read(std::move(names));
    if (host->openings != opening) {
        co_return false;
    }
    if (values) {
        take_values(*host, at, *values);
        slot.silent_since.reset();
        slot.trouble = slot.part->trouble();
        co_return true;
    }
    if (values.error().code == Errc::cancelled) {
        co_return true;  // safe() came first
    }
    Polled& polled = host->newest[at];
    polled = Polled();
    const bool is_silent = values.error().code == Errc::timeout;
    add_flag(polled.flags, slot.role() + (is_silent ? "_no_answer" : "_not_understood"));
    slot.trouble = values.error().message;
    slot.silent_since = slot.silent_since.value_or(host->now());
    if (host->now() >= after_s(*slot.silent_since, host->options.heartbeat_s)) {
        Error error = values.error();
        error.message = "it has not answered for " +
                        std::to_string(static_cast<int>(host->options.heartbeat_s)) +
                        " s: " + error.message;
        lose(host, at, std::move(error));
        co_return false;
    }
    co_return true;
}

void note_check(Host& host, std::size_t at, const PartCheck& check) {
    Slot& slot = *host.slots[at];
    slot.trouble.clear();
    if (check.is_as_set()) {
        return;
    }
    const std::string role = slot.role();
    if (check.has_rebooted) {
        host.flag(role + "_rebooted");
        slot.trouble = "it was switched off and on";
    }
    if (!check.changed.empty()) {
        host.flag(role + "_changed");
        slot.trouble = "its settings were changed: " + check.changed.front();
    }
    slot.trouble += check.is_restored ? ", and are as they were again" : ", and cannot be set back";
    host.disturb();
}

/// Asks every few seconds whether it is as it was set. False: it is gone.
Awaitable<bool> verify(HostPtr host, std::size_t at, std::uint64_t opening) {
    Slot& slot = *host->slots[at];
    Result<PartCheck> check = co_await slot.part->verify();
    if (host->openings != opening) {
        co_return false;
    }
    slot.verified = host->now();
    if (!check && check.error().code == Errc::cancelled) {
        co_return true;  // safe() came first
    }
    if (!check) {
        slot.trouble = check.error().message;
        slot.silent_since = slot.silent_since.value_or(host->now());
        if (host->now() >= after_s(*slot.silent_since, host->options.heartbeat_s)) {
            lose(host, at, check.error());
            co_return false;
        }
        host->flag(slot.role() + "_no_answer");
        co_return true;
    }
    slot.silent_since.reset();
    note_check(*host, at, *check);
    if (!check->is_restored && host->is_run_on()) {
        const std::string why = slot.name() + " does not keep its settings: " + slot.trouble;
        Result<void> safe = co_await end_run(host, why);
        static_cast<void>(safe);  // it is in the status
    }
    co_return host->openings == opening;
}

Awaitable<void> tend(HostPtr host, std::size_t at, std::uint64_t opening) {
    Slot& slot = *host->slots[at];
    bool goes_on = true;
    while (goes_on && host->openings == opening) {
        if (!slot.polled.empty()) {
            goes_on = co_await poll(host, at, opening);
        }
        if (!goes_on || host->openings != opening) {
            co_return;
        }
        if (slot.part->state() == PartState::lost || slot.part->state() == PartState::absent) {
            lose(host, at, Error{Errc::unreachable, slot.part->trouble(), {}, {}});
            co_return;
        }
        if (host->now() >= after_s(slot.verified, verify_every_s)) {
            goes_on = co_await verify(host, at, opening);
        }
        const SteadyTime heard = std::max(host->last_block, host->stall_asked);
        if (host->streamer == at && host->now() >= after_s(heard, stream_silent_s)) {
            host->stall_asked = host->now();
            Result<void> stopped = co_await slot.digitiser->stop_stream();
            static_cast<void>(stopped);  // the pump begins it again
        }
        if (goes_on && host->openings == opening) {
            co_await slot.tick.wait_until(host->timing, after_s(host->now(), poll_every_s));
        }
    }
}

/// After a loss: the parts that are left, one by one confirmed.
Awaitable<void> save_the_others(HostPtr host) {
    Result<void> safe = co_await safe_all(host);
    static_cast<void>(safe);  // open() makes them safe or restores them
}

}  // namespace

Awaitable<Result<void>> safe_all(HostPtr host) {
    auto all = std::make_shared<Gather<void>>(host->executor, host->slots.size());
    host->is_drive_known = false;
    for (std::size_t i = 0; i < host->slots.size(); ++i) {
        boost::asio::co_spawn(host->executor, safe_one(host, i, all), ended<void>(host, all));
    }
    co_await all_of<void>(all);
    if (auto error = errors_of(*host, *all)) {
        co_return fail(std::move(*error));
    }
    co_return Result<void>();
}

void close_all(Host& host) {
    ++host.openings;
    host.is_up = false;
    for (const auto& slot : host.slots) {
        slot->part->close();
        slot->tick.notify();
    }
    host.turn.notify();
    host.news.notify();
}

Awaitable<Result<Identity>> open_all(HostPtr host) {
    while (host->saving > 0) {
        co_await host->saved.wait();
    }
    close_all(*host);
    const std::uint64_t opening = host->openings;
    auto all = std::make_shared<Gather<Identity>>(host->executor, host->slots.size());
    for (std::size_t i = 0; i < host->slots.size(); ++i) {
        boost::asio::co_spawn(host->executor, open_one(host, i, all), ended<Identity>(host, all));
    }
    co_await all_of<Identity>(all);
    if (host->openings != opening) {
        co_return fail(Errc::cancelled, "the pendulum was closed while it was opened");
    }
    std::optional<Error> error = errors_of(*host, *all);
    Result<Identity> identity = fail(Errc::internal, "no part was opened");
    for (std::size_t i = 0; i < host->slots.size(); ++i) {
        Slot& slot = *host->slots[i];
        const bool is_good = all->results[i] && *all->results[i];
        slot.trouble.clear();
        if (!is_good) {
            slot.trouble = all->results[i] ? all->results[i]->error().message : "it was not opened";
        }
        slot.verified = host->now();
        slot.silent_since.reset();
        if (is_good) {
            slot.identity = **all->results[i];
        }
    }
    if (!error) {
        identity = identity_of(*host);
        if (!identity) {
            error = identity.error();
        }
    }
    if (!error && host->streamer) {
        Result<void> begun = co_await begin_stream(host);
        if (host->openings != opening) {
            co_return fail(Errc::cancelled, "the pendulum was closed while it was opened");
        }
        if (!begun) {
            error = begun.error();
        }
    }
    if (error) {
        Result<void> safe = co_await safe_all(host);  // those that are there
        static_cast<void>(safe);
        close_all(*host);
        host->end = *error;
        co_return fail(std::move(*error));
    }
    host->is_up = true;
    co_return std::move(*identity);
}

void lose(const HostPtr& host, std::size_t slot, Error error) {
    if (!host->is_up) {
        return;
    }
    Slot& lost = *host->slots[slot];
    lost.trouble = error.message.empty() ? "its link is lost" : error.message;
    host->end = Error{Errc::unreachable, lost.name() + ": " + lost.trouble, error.where, {}};
    host->is_up = false;
    host->lost_since = host->now();
    ++host->openings;
    ++host->executions;
    host->must_restore = true;
    host->must_be_safe = true;
    ++host->saving;
    for (const auto& one : host->slots) {
        one->tick.notify();
    }
    host->turn.notify();
    host->news.notify();
    const auto saved = [host](const std::exception_ptr&) {
        --host->saving;
        host->saved.notify();
    };
    boost::asio::co_spawn(host->executor, save_the_others(host), saved);
}

void look_after(const HostPtr& host) {
    const std::uint64_t opening = host->openings;
    const auto guard = [host](const std::exception_ptr& thrown) {
        if (thrown) {
            lose(host, 0, Error{Errc::internal, "the driver's loop threw an exception", {}, {}});
        }
    };
    for (std::size_t i = 0; i < host->slots.size(); ++i) {
        boost::asio::co_spawn(host->executor, tend(host, i, opening), guard);
    }
    if (host->streamer) {
        boost::asio::co_spawn(host->executor, pump(host, opening), guard);
    }
}

}  // namespace relaxd::drivers::torsion_pendulum
