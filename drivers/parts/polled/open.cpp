// SPDX-License-Identifier: MIT
//
// Who is there, and is it as it must be before anything is measured?
#include "drivers/parts/polled/core.hpp"

#include <chrono>
#include <utility>

namespace relaxd::drivers::parts {

namespace {

constexpr std::chrono::milliseconds open_limit{5000};

Error with_name(Error error, const Dialect& dialect) {
    if (error.where.empty()) {
        error.where = dialect.name();
    }
    return error;
}

bool is_same(const Identity& a, const Identity& b) {
    return a.vendor == b.vendor && a.model == b.model && a.serial_number == b.serial_number;
}

/// Everything between the first byte and `ready`.
Awaitable<Result<Identity>> introduce(Call& call) {
    const CorePtr core = call.core();
    Result<Identity> identity = co_await ask_identity(call);
    if (!identity) {
        co_return fail(identity.error());
    }
    Result<void> expected = check_serial_number(*identity, core->serial_number);
    if (!expected) {
        co_return fail(with_name(expected.error(), *core->dialect));
    }
    Result<std::string> old = co_await take_complaint(call);
    if (!old) {
        co_return fail(old.error());
    }
    if (!core->identity) {  // that it was once switched on is no news
        Result<bool> rebooted = co_await ask_reboot(call);
        if (!rebooted) {
            co_return fail(rebooted.error());
        }
    }
    Result<void> prepared = co_await prepare(call, true);
    if (!prepared) {
        co_return fail(prepared.error());
    }
    co_return identity;
}

}  // namespace

Awaitable<Result<Identity>> ask_identity(Call& call) {
    Result<Heard> heard = co_await ask_all(call, call.dialect().identify());
    if (!heard) {
        co_return fail(heard.error());
    }
    Result<Identity> identity = call.dialect().identity(heard->frames);
    if (!identity) {
        co_return fail(with_name(identity.error(), call.dialect()));
    }
    co_return identity;
}

Awaitable<Result<std::vector<std::string>>> find_unprepared(Call& call) {
    std::vector<std::string> found;
    const std::vector<Preparation> all = call.dialect().preparations();
    for (const Preparation& one : all) {
        if (one.ask.bytes.empty()) {
            continue;
        }
        link::Query query = one.ask;
        Result<link::Answer> answer = co_await ask(call, std::move(query));
        if (!answer) {
            co_return fail(answer.error());
        }
        if (!one.is_so(answer->frame)) {
            found.push_back(one.what + " is not as it must be");
        }
    }
    co_return found;
}

Awaitable<Result<void>> prepare(Call& call, bool with_unasked) {
    const std::vector<Preparation> all = call.dialect().preparations();
    for (const Preparation& one : all) {
        const bool is_askable = !one.ask.bytes.empty();
        bool is_so = !is_askable && !with_unasked;
        for (int attempt = 0; attempt < 2 && !is_so; ++attempt) {
            if (is_askable) {
                link::Query query = one.ask;
                Result<link::Answer> answer = co_await ask(call, std::move(query));
                if (!answer) {
                    co_return fail(answer.error());
                }
                is_so = one.is_so(answer->frame);
            }
            if (is_so || attempt == 1) {
                break;
            }
            std::vector<link::Query> writes = one.writes;
            Result<std::vector<std::string>> written = co_await write_all(call, std::move(writes));
            if (!written) {
                co_return fail(written.error());
            }
            Result<std::string> complaint = co_await take_complaint(call);
            if (!complaint) {
                co_return fail(complaint.error());
            }
            is_so = !is_askable;
        }
        if (!is_so) {
            co_return fail(
                Errc::corrupt,
                one.what + " cannot be set as it must be",
                call.dialect().name(),
                "set it at the device"
            );
        }
    }
    co_return Result<void>();
}

Awaitable<Result<Identity>> run_open(CorePtr core) {
    const std::uint64_t mine = ++core->openings;
    core->state = PartState::absent;
    core->exchange->close();
    core->wake();
    core->state = PartState::identifying;
    core->trouble = "being identified";
    link::LinkResult opened = co_await core->opener->open(open_limit);
    if (core->openings != mine) {
        co_return fail(Errc::cancelled, "open() was cancelled", core->dialect->name());
    }
    Error error;
    const std::uint64_t failed = core->exchange->counters().failed_proofs;
    if (opened) {
        core->generation = core->exchange->attach(std::move(*opened));
        Call call(core, Call::Rank::ordinary);
        std::optional<Error> over = co_await wait_turn(call);
        Result<Identity> identity = fail(over.value_or(Error()));
        if (!over) {
            identity = co_await introduce(call);
        }
        if (core->openings != mine) {
            co_return fail(Errc::cancelled, "open() was cancelled", core->dialect->name());
        }
        if (identity && core->exchange->is_open()) {
            core->owes_reboot |= core->identity && !is_same(*core->identity, *identity);
            core->reconnects += core->identity ? 1 : 0;
            core->identity = *identity;
            core->state = PartState::ready;
            core->trouble.clear();
            co_return identity;
        }
        error = core->end;
        if (!identity) {
            error = identity.error();
        }
        if (core->exchange->counters().failed_proofs != failed) {
            error.message += "; another device, or another speed";
        }
        core->state = PartState::absent;
        core->exchange->close();
    } else {
        error = opened.error();
    }
    core->state = PartState::absent;
    core->trouble = error.message;
    core->end = error;
    co_return fail(std::move(error));
}

}  // namespace relaxd::drivers::parts
