// SPDX-License-Identifier: MIT
//
// Set points: written and read back, looked after, made safe.
#include "drivers/protocol_file/part_core.hpp"
#include "schema/base/number.hpp"
#include "schema/protocol/wire.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace relaxd::drivers::protocol_file {

namespace {

constexpr double rounding = 1.0 + 1e-6;

/// What the device says that it is set to.
Awaitable<Result<double>> read_back(CorePtr core, std::string name) {
    const std::optional<std::size_t> query = core->description->query_of(name);
    Result<std::vector<PartValue>> values = co_await read_query(core, *query);
    if (!values) {
        co_return fail(values.error());
    }
    const PartValue& value = *std::ranges::find(*values, name, &PartValue::quantity);
    if (!value.has_number()) {
        co_return fail(
            Errc::corrupt, name + " cannot be read back: " + value.status, core->description->source
        );
    }
    co_return value.number;
}

bool is_same(const protocol::SetRule& rule, double a, double b) {
    return std::abs(a - b) <= rounding * rule.resolution * rule.quantity.factor;
}

}  // namespace

Awaitable<Result<double>> run_set(CorePtr core, std::string name, double value) {
    if (!core->is_usable()) {
        co_return fail(not_open(*core));
    }
    const DescriptionPtr description = core->description;
    const Result<void> allowed = check_set_point(*description, name, value);
    if (!allowed) {
        co_return fail(allowed.error());
    }
    const protocol::SetRule& rule = *description->find_set(name);
    const auto asked = shared_ask(rule.command, rule.reply);
    core->wanted[name] = value;
    Result<Heard> written = co_await ask(core, asked, rule.quantity.to_device(value), std::nullopt);
    if (!written) {
        core->degrade(name + " may not be as it was set");
        co_return fail(written.error());
    }
    Result<double> held = co_await read_back(core, name);
    if (!held) {
        core->degrade(name + " could not be read back");
        co_return fail(held.error());
    }
    if (!is_same(rule, *held, value)) {
        std::string why =
            name + " reads back as " + to_text(*held) + " and was set to " + to_text(value);
        core->degrade(why);
        co_return fail(Errc::corrupt, std::move(why), description->source);
    }
    co_return *held;
}

namespace {

Awaitable<Result<bool>> has_rebooted(CorePtr core) {
    const DescriptionPtr description = core->description;
    if (!description->reboot) {
        co_return false;
    }
    const auto asked =
        shared_ask(description->reboot->ask.command, description->reboot->ask.answer);
    Result<Heard> heard = co_await ask(core, asked, 0.0, std::nullopt);
    if (!heard) {
        co_return fail(heard.error());
    }
    const Fields told =
        description->reboot->ask.answer.match(description->reboot->rebooted).value();
    Fields said = heard->fields;
    said.erase("tag");
    Fields expected = told;
    expected.erase("tag");
    co_return said == expected;
}

Awaitable<Result<void>> check_same_device(CorePtr core) {
    const auto asked =
        shared_ask(core->description->identity.command, core->description->identity.answer);
    Result<Heard> heard = co_await ask(core, asked, 0.0, std::nullopt);
    if (!heard) {
        co_return fail(heard.error());
    }
    heard->fields.erase("tag");
    if (heard->fields != core->identity) {
        Error error{
            Errc::unreachable,
            "another device answers than was opened",
            core->description->source,
            "it is identified anew"
        };
        core->lose(error);
        co_return fail(std::move(error));
    }
    co_return Result<void>();
}

/// Settings that are not as they were set, each with both numbers.
Awaitable<Result<std::vector<std::string>>> find_changed(CorePtr core) {
    std::vector<std::string> changed;
    const std::map<std::string, double> wanted = core->wanted;
    for (const auto& [name, value] : wanted) {
        Result<double> held = co_await read_back(core, name);
        if (!held) {
            co_return fail(held.error());
        }
        const protocol::SetRule* rule = core->description->find_set(name);
        if (rule != nullptr && !is_same(*rule, *held, value)) {
            changed.push_back(name + " is " + to_text(*held) + ", was set to " + to_text(value));
        }
    }
    co_return changed;
}

/// Nothing to do where asking clears it.
Awaitable<Result<void>> clear_reboot(CorePtr core) {
    const DescriptionPtr description = core->description;
    const auto clear = protocol::Template::of_command(description->reboot->clear);
    if (description->reboot->clear.empty() || !clear) {
        co_return Result<void>();
    }
    const auto asked = shared_ask(*clear, protocol::Template());
    Result<Heard> cleared = co_await ask(core, asked, 0.0, std::nullopt);
    if (!cleared) {
        co_return fail(cleared.error());
    }
    co_return Result<void>();
}

Awaitable<void> restore(CorePtr core, bool has_rebooted_, std::string* trouble) {
    const DescriptionPtr description = core->description;
    const std::map<std::string, double> wanted = core->wanted;
    for (const auto& [name, value] : wanted) {
        ++core->resent;
        Result<double> again = co_await run_set(core, name, value);
        if (!again) {
            *trouble = again.error().sentence();
            co_return;
        }
    }
    if (has_rebooted_) {
        const Result<void> cleared = co_await clear_reboot(core);
        if (!cleared) {
            *trouble = cleared.error().sentence();
        }
    }
}

}  // namespace

Awaitable<void> forget_switching_on(CorePtr core) {
    const Result<bool> rebooted = co_await has_rebooted(core);
    if (rebooted && *rebooted) {
        static_cast<void>(co_await clear_reboot(core));  // left for verify(), which tells it
    }
}

Awaitable<Result<PartCheck>> run_verify(CorePtr core) {
    if (!core->is_usable()) {
        co_return fail(not_open(*core));
    }
    PartCheck check;
    Result<void> same = co_await check_same_device(core);
    if (!same) {
        co_return fail(same.error());
    }
    Result<bool> rebooted = co_await has_rebooted(core);
    if (!rebooted) {
        co_return fail(rebooted.error());
    }
    check.has_rebooted = *rebooted;
    Result<std::vector<std::string>> changed = co_await find_changed(core);
    if (!changed) {
        co_return fail(changed.error());
    }
    check.changed = std::move(*changed);
    if (check.is_as_set() && core->state != PartState::degraded) {
        co_return check;
    }
    std::string trouble = check.has_rebooted ? "the device was restarted" : "settings were changed";
    core->degrade(trouble);
    trouble.clear();
    co_await restore(core, check.has_rebooted, &trouble);
    check.is_restored = trouble.empty();
    if (check.is_restored && core->state == PartState::degraded) {
        core->state = PartState::ready;
        core->trouble.clear();
    } else if (!check.is_restored) {
        core->degrade(trouble);
    }
    co_return check;
}

Awaitable<Result<void>> run_safe(CorePtr core) {
    if (!core->is_usable()) {
        co_return fail(not_open(*core));
    }
    const DescriptionPtr description = core->description;
    const protocol::LinkRules& rules = description->link;
    const std::shared_ptr<link::Exchange> exchange = core->exchange;
    core->wanted.clear();
    std::vector<std::string> lines;
    for (const std::string& command : description->safe_commands) {
        lines.push_back(protocol::on_wire(rules, command, rules.command_terminator));
    }
    for (const protocol::Setting& setting : description->safe) {
        const protocol::SetRule& rule = *description->find_set(setting.quantity);
        const double value = rule.quantity.to_device(setting.value_SI);
        lines.push_back(protocol::on_wire(
            rules,
            rule.command.rendered(value, core->last_tag = core->last_tag % tags + 1),
            rules.command_terminator
        ));
    }
    for (const std::string& line : lines) {
        std::string bytes = line;
        Result<void> told = co_await exchange->urge(core->generation, std::move(bytes));
        if (!told) {
            if (!exchange->is_open()) {
                core->lose(told.error());
            }
            co_return fail(told.error());
        }
    }
    for (const protocol::Setting& setting : description->safe) {
        const protocol::SetRule& rule = *description->find_set(setting.quantity);
        Result<double> held = co_await read_back(core, setting.quantity);
        if (held && is_same(rule, *held, setting.value_SI)) {
            continue;
        }
        ++core->resent;  // once more, as an exchange of its own
        held = co_await run_set(core, setting.quantity, setting.value_SI);
        core->wanted.clear();
        if (!held) {
            co_return fail(held.error());
        }
    }
    co_return Result<void>();
}

}  // namespace relaxd::drivers::protocol_file
