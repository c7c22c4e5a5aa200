// SPDX-License-Identifier: MIT
//
// Set points: written and read back, looked after, made safe.
#include "drivers/parts/polled/core.hpp"
#include "schema/base/number.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace relaxd::drivers::parts {

namespace {

/// A limit that was computed may be missed by a rounding.
constexpr double slack = 1e-9;

/// Of the quantity, `refused` where it cannot be set to this.
Result<Quantity> check_set_point(
    const PolledPart::Core& core, const std::string& name, double value
) {
    const std::vector<Quantity> all = core.dialect->quantities();
    const Quantity* quantity = core.find(all, name);
    const std::string where = core.dialect->name();
    if (quantity == nullptr || !quantity->is_settable) {
        return fail(Errc::refused, "the device cannot be set to a " + name, where);
    }
    if (!std::isfinite(value)) {
        return fail(Errc::refused, name + " is not a number", where);
    }
    const bool is_low = value < quantity->lowest - slack * std::abs(quantity->lowest);
    if (is_low || value > quantity->highest + slack * std::abs(quantity->highest)) {
        return fail(
            Errc::refused,
            name + " = " + to_text(value) + " is " + (is_low ? "below " : "above ") +
                to_text(is_low ? quantity->lowest : quantity->highest) + ", the " +
                (is_low ? "lowest" : "highest") + " that can be set",
            where
        );
    }
    return *quantity;
}

Awaitable<void> settle(Call& call, std::chrono::milliseconds time) {
    const CorePtr core = call.core();
    const SteadyTime end = link::after(core->timing.clock().steady(), time);
    while (!call.over() && core->timing.clock().steady() < end) {
        co_await core->settling.wait_until(core->timing, end);
    }
}

/// Written; what the device complains of, which may be older: the value read back decides.
Awaitable<Result<std::string>> write(Call& call, std::string name, double value) {
    Result<std::vector<link::Query>> writes = call.dialect().write(name, value);
    if (!writes) {
        co_return fail(writes.error());
    }
    Result<std::vector<std::string>> said = co_await write_all(call, std::move(*writes));
    if (!said) {
        co_return fail(said.error());
    }
    Result<void> taken = call.dialect().written(name, value, *said);
    if (!taken) {
        co_return fail(taken.error());
    }
    Result<std::string> complaint = co_await take_complaint(call);
    if (!complaint) {
        co_return fail(complaint.error());
    }
    co_await settle(call, call.dialect().settles_in(name));
    co_return complaint;
}

/// Written and read back.
Awaitable<Result<double>> put(Call& call, Quantity quantity, double value) {
    const std::string name = quantity.name;
    Result<std::string> complaint = co_await write(call, name, value);
    if (!complaint) {
        if (complaint.error().code != Errc::refused) {
            call.degrade(name + " may not be as it was set");
        }
        co_return fail(complaint.error());
    }
    const std::string device_says = complaint->empty() ? "" : "; the device says: " + *complaint;
    if (!quantity.is_readable && complaint->empty()) {
        co_return value;
    }
    std::string why = "the device does not take " + name + " = " + to_text(value);
    if (quantity.is_readable) {
        Result<double> held = co_await read_back(call, name);
        if (!held) {
            call.degrade(name + " could not be read back");
            co_return fail(held.error());
        }
        if (call.dialect().is_as_set(quantity, value, *held)) {
            co_return *held;
        }
        why = name + " reads back as " + to_text(*held) + " and was set to " + to_text(value);
    }
    why += device_says;
    call.degrade(why);
    co_return fail(Errc::corrupt, std::move(why), call.dialect().name());
}

}  // namespace

Awaitable<Result<double>> run_set(CorePtr core, std::string name, double value) {
    if (!core->is_usable()) {
        co_return fail(core->not_open());
    }
    const Result<Quantity> quantity = check_set_point(*core, name, value);
    if (!quantity) {
        co_return fail(quantity.error());
    }
    Call call(core, Call::Rank::ordinary);
    call.sets();
    if (std::optional<Error> error = co_await wait_turn(call)) {
        co_return fail(std::move(*error));
    }
    const auto before = core->wanted.find(name);
    const bool was_wanted = before != core->wanted.end();
    const double old = was_wanted ? before->second : value;
    core->wanted[name] = value;
    Result<double> held = co_await put(call, *quantity, value);
    if (!held && held.error().code == Errc::refused && call.is_current()) {  // nothing was sent
        core->wanted[name] = old;
        if (!was_wanted) {
            core->wanted.erase(name);
        }
    }
    co_return held;
}

Awaitable<Result<bool>> ask_reboot(Call& call) {
    RebootCheck check = call.dialect().reboot_check();
    if (check.queries.empty()) {
        co_return false;
    }
    Result<Heard> heard = co_await ask_all(call, std::move(check.queries));
    if (!heard) {
        co_return fail(heard.error());
    }
    co_return check.has_rebooted(heard->frames);
}

namespace {

/// Is it the one that was opened?
Awaitable<Result<void>> check_same_device(Call& call) {
    const CorePtr core = call.core();
    Result<Identity> identity = co_await ask_identity(call);
    const bool is_other = !identity && identity.error().code == Errc::refused;
    if (!identity && !is_other) {
        co_return fail(identity.error());
    }
    if (is_other || identity->model != core->identity->model ||
        identity->serial_number != core->identity->serial_number) {
        Error error;
        error.code = Errc::unreachable;
        error.message = "another device answers than was opened";
        error.where = core->dialect->name();
        error.hint = "it is identified anew";
        core->lose(error);
        co_return fail(std::move(error));
    }
    co_return Result<void>();
}

/// What was set and is to stay so, in the order of the quantities.
std::vector<Quantity> set_before(const PolledPart::Core& core) {
    std::vector<Quantity> out;
    for (const Quantity& one : core.dialect->quantities()) {
        if (core.wanted.contains(one.name)) {
            out.push_back(one);
        }
    }
    return out;
}

/// Of what is not as it was set: the quantity, and both numbers in words.
struct Changed {
    std::vector<Quantity> quantities;
    std::vector<std::string> words;
    Changed() = default;
};

Awaitable<Result<Changed>> find_changed(Call& call) {
    const CorePtr core = call.core();
    const std::map<std::string, double> wanted = core->wanted;
    Changed changed;
    std::vector<PartValue> had;
    for (const Quantity& one : set_before(*core)) {
        if (!one.is_readable) {
            continue;
        }
        auto value = std::ranges::find(had, one.name, &PartValue::quantity);
        if (value == had.end()) {
            Group group = core->dialect->group_of(one.name);
            Result<std::vector<PartValue>> values = co_await read_group(call, std::move(group));
            if (!values) {
                co_return fail(values.error());
            }
            had.insert(had.end(), values->begin(), values->end());
            value = std::ranges::find(had, one.name, &PartValue::quantity);
        }
        if (value == had.end() || !value->has_number()) {
            co_return fail(Errc::corrupt, one.name + " cannot be read back", core->dialect->name());
        }
        const double set = wanted.at(one.name);
        if (!core->dialect->is_as_set(one, set, value->number)) {
            changed.quantities.push_back(one);
            changed.words.push_back(
                one.name + " is " + to_text(value->number) + ", was set to " + to_text(set)
            );
        }
    }
    co_return changed;
}

/// Prepared and set again, and read back. All of it, or only `some`.
Awaitable<Result<void>> restore(Call& call, bool is_all, std::vector<Quantity> some) {
    const CorePtr core = call.core();
    call.sets();
    Result<void> prepared = co_await prepare(call, is_all);
    if (!prepared) {
        co_return prepared;
    }
    if (is_all) {
        some = set_before(*core);
    }
    for (const Quantity& one : some) {
        if (auto error = call.over()) {
            co_return fail(std::move(*error));
        }
        ++core->resent;
        const double value = core->wanted.at(one.name);
        Result<double> again = co_await put(call, one, value);
        if (!again) {
            co_return fail(again.error());
        }
    }
    co_return Result<void>();
}

}  // namespace

Awaitable<Result<PartCheck>> run_verify(CorePtr core) {
    if (!core->is_usable()) {
        co_return fail(core->not_open());
    }
    Call call(core, Call::Rank::ordinary);
    if (std::optional<Error> error = co_await wait_turn(call)) {
        co_return fail(std::move(*error));
    }
    Result<void> same = co_await check_same_device(call);
    if (!same) {
        co_return fail(same.error());
    }
    Result<bool> rebooted = co_await ask_reboot(call);
    if (!rebooted) {
        co_return fail(rebooted.error());
    }
    core->owes_reboot |= *rebooted;
    PartCheck check;
    check.has_rebooted = core->owes_reboot;
    if (check.has_rebooted) {
        call.degrade("the device was restarted");
    }
    Result<std::vector<std::string>> unprepared = co_await find_unprepared(call);
    if (!unprepared) {
        co_return fail(unprepared.error());
    }
    Result<Changed> changed = Changed();
    if (unprepared->empty()) {  // else numbers may have another unit than they had
        changed = co_await find_changed(call);
    }
    if (!changed) {
        co_return fail(changed.error());
    }
    check.changed = std::move(*unprepared);
    const bool is_all =
        core->owes_reboot || !check.changed.empty() || core->state == PartState::degraded;
    check.changed.insert(check.changed.end(), changed->words.begin(), changed->words.end());
    if (check.is_as_set() && !is_all) {
        co_return check;
    }
    if (!check.has_rebooted && !check.changed.empty()) {
        call.degrade(check.changed.front());
    }
    std::vector<Quantity> some = std::move(changed->quantities);
    Result<void> restored = co_await restore(call, is_all, std::move(some));
    if (!restored && call.over()) {
        co_return fail(restored.error());
    }
    check.is_restored = restored.has_value();
    if (!restored) {
        call.degrade(restored.error().sentence());
    } else if (core->state == PartState::degraded) {
        core->owes_reboot = false;
        core->state = PartState::ready;
        core->trouble.clear();
    }
    co_return check;
}

namespace {

/// Written and read back; an error says what is not safe.
Awaitable<Result<void>> write_safe(Call& call) {
    SafeState safe = call.dialect().safe_state();
    Result<std::vector<std::string>> written = co_await write_all(call, std::move(safe.writes));
    if (!written) {
        co_return fail(written.error());
    }
    Result<std::string> complaint = co_await take_complaint(call);
    if (!complaint) {
        co_return fail(complaint.error());
    }
    if (safe.queries.empty()) {
        co_return Result<void>();
    }
    Result<Heard> heard = co_await ask_all(call, std::move(safe.queries));
    if (!heard) {
        co_return fail(heard.error());
    }
    Result<void> is_safe = safe.is_safe(heard->frames);
    if (!is_safe) {
        Error error = is_safe.error();
        if (error.where.empty()) {
            error.where = call.dialect().name();
        }
        co_return fail(std::move(error));
    }
    co_return Result<void>();
}

}  // namespace

Awaitable<Result<void>> run_safe(CorePtr core) {
    if (!core->is_usable()) {
        co_return fail(core->not_open());
    }
    ++core->safes;
    core->wanted.clear();
    core->settling.notify();
    Call call(core, Call::Rank::urgent);
    std::string urgent = core->dialect->safe_state().urgent;
    if (!urgent.empty()) {
        const std::shared_ptr<link::Exchange> exchange = core->exchange;
        Result<void> told = co_await exchange->urge(call.generation(), std::move(urgent));
        if (!told) {
            co_return fail(call.over().value_or(told.error()));
        }
    }
    if (std::optional<Error> error = co_await wait_turn(call)) {
        co_return fail(std::move(*error));
    }
    Result<void> done = co_await write_safe(call);
    if (!done && !call.over()) {
        ++core->resent;
        done = co_await write_safe(call);
    }
    if (!done) {
        call.degrade("it may not be safe: " + done.error().message);
    }
    co_return done;
}

}  // namespace relaxd::drivers::parts
