// SPDX-License-Identifier: MIT
#include "drivers/protocol_file/part.hpp"

#include "drivers/protocol_file/queries.hpp"
#include "schema/base/number.hpp"
#include "schema/protocol/wire.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <map>
#include <set>
#include <utility>

namespace relaxd::drivers::protocol_file {

namespace {
constexpr std::chrono::milliseconds open_limit{5000};
constexpr std::uint64_t tags = 9999;  ///< 1 to 9999, then again; 0 is the sentinel's.
constexpr double rounding = 1.0 + 1e-6;
}  // namespace

/// What the part and its coroutines share.
struct FilePart::Core {
    Core(
        boost::asio::any_io_executor on,
        std::unique_ptr<link::Opener> way,
        link::Timing& host_timing,
        DescriptionPtr described,
        std::string serial
    )
        : executor(std::move(on)),
          opener(std::move(way)),
          timing(host_timing),
          description(std::move(described)),
          serial_number(std::move(serial)) {}

    boost::asio::any_io_executor executor;
    std::unique_ptr<link::Opener> opener;
    link::Timing& timing;
    DescriptionPtr description;
    std::shared_ptr<link::Exchange> exchange;
    std::string serial_number;
    std::uint64_t generation = 0;
    std::uint64_t openings = 0;
    std::uint64_t reconnects = 0;
    std::uint64_t resent = 0;
    LinkCounters before;  ///< Of exchanges that are gone.
    bool was_open = false;
    PartState state = PartState::absent;
    Error end = Error{Errc::unreachable, "the device is not open", {}, {}};
    std::string trouble;
    std::uint64_t last_tag = 0;
    Fields identity;
    std::map<std::string, double> wanted;  ///< SI.

    [[nodiscard]] bool is_usable() const {
        return (state == PartState::ready || state == PartState::degraded) && exchange->is_open();
    }
    std::function<void()> told_end;

    void make_exchange();
    void lose(Error why);
    void degrade(std::string why);
};

namespace {

using Core = FilePart::Core;
using CorePtr = std::shared_ptr<Core>;

/// One question with its answer.
struct Heard {
    Fields fields;
    link::Answer answer;
    Heard() = default;
};

LinkCounters with(const LinkCounters& before, const link::ExchangeCounters& now) {
    LinkCounters out = before;
    out.frames += now.frames;
    out.corrupt_frames += now.refused_frames;
    out.late_replies += now.unmatched;
    out.timeouts += now.timeouts;
    out.dropped_bytes += now.dropped_bytes;
    return out;
}

Error not_open(const Core& core) {
    Error error = core.end;
    if (error.code != Errc::cancelled) {
        error.code = Errc::unreachable;
    }
    return error;
}

std::string named_query(const protocol::Template& command) {
    return "'" + command.text() + "'";
}

}  // namespace

void FilePart::Core::make_exchange() {
    link::ExchangeSettings settings = settings_of(*description);
    settings.on_end = [this] {
        if (told_end) {
            told_end();
        }
    };
    exchange = std::make_shared<link::Exchange>(executor, timing, std::move(settings));
}

void FilePart::Core::lose(Error why) {
    if (state == PartState::absent || state == PartState::lost) {
        return;
    }
    state = PartState::lost;
    trouble = why.message;
    end = std::move(why);
    exchange->close();
}

void FilePart::Core::degrade(std::string why) {
    if (state == PartState::ready || state == PartState::degraded) {
        state = PartState::degraded;
        trouble = std::move(why);
    }
}

namespace {

/// Asks; a link that is gone or a device that does not prove itself makes the part lost.
Awaitable<Result<Heard>> ask(
    CorePtr core,
    std::shared_ptr<const protocol::Ask> asked,
    double value,
    std::optional<link::ExchangeDeadlines> deadlines
) {
    const std::shared_ptr<link::Exchange> exchange = core->exchange;
    const std::uint64_t generation = core->generation;
    const DescriptionPtr description = core->description;
    const std::uint64_t tag = core->last_tag = core->last_tag % tags + 1;
    link::Query query = query_of(description->link, asked->command, asked->answer, value, tag);
    query.deadlines = deadlines;
    const std::uint64_t failed = exchange->counters().failed_proofs;
    Result<link::Answer> answer = co_await exchange->ask(generation, std::move(query));
    if (!answer) {
        Error error = answer.error();
        if (error.where.empty()) {
            error.where = named_query(asked->command);
        }
        const bool is_mine = core->generation == generation;
        if (is_mine && (!exchange->is_open() || exchange->counters().failed_proofs != failed)) {
            core->lose(error);
            if (error.code != Errc::cancelled) {
                error.code = Errc::unreachable;
            }
        }
        co_return fail(std::move(error));
    }
    Heard heard;
    if (!asked->answer.empty()) {
        heard.fields = fields_of(description->link, asked->answer, answer->frame, tag).value();
    }
    heard.answer = std::move(*answer);
    co_return heard;
}

std::shared_ptr<const protocol::Ask> shared_ask(
    const protocol::Template& command, const protocol::Template& answer
) {
    auto asked = std::make_shared<protocol::Ask>();
    asked->command = command;
    asked->answer = answer;
    return asked;
}

Identity identity_of(const Core& core, const Fields& fields) {
    const auto field = [&fields](const char* name) {
        const auto found = fields.find(name);
        return found == fields.end() ? std::string() : found->second;
    };
    Identity identity;
    identity.vendor = core.description->vendor;
    identity.model = core.description->model;
    identity.serial_number = field("serial");
    identity.firmware = field("firmware");
    identity.simulated = identity.firmware == "simulated";
    return identity;
}

/// Is it the device that is described?
Result<void> check_identity(const Core& core, const Identity& identity) {
    for (const std::string& expected : {core.description->serial_number, core.serial_number}) {
        if (!expected.empty() && identity.serial_number != expected) {
            return fail(
                Errc::refused,
                "another device answers: serial number " + identity.serial_number +
                    ", expected is " + expected,
                core.description->source,
                "nothing was set; check which cable leads where"
            );
        }
    }
    return {};
}

Awaitable<Result<Identity>> fail_open(CorePtr core, Error error) {
    core->exchange->close();
    core->state = PartState::absent;
    core->trouble = error.message;
    core->end = error;
    co_return fail(std::move(error));
}

Awaitable<Result<Identity>> run_open(CorePtr core) {
    core->exchange->close();
    const std::uint64_t mine = ++core->openings;
    core->state = PartState::identifying;
    core->trouble = "being identified";
    link::LinkResult opened = co_await core->opener->open(open_limit);
    if (core->openings != mine) {
        co_return fail(Errc::cancelled, "open() was cancelled");
    }
    if (!opened) {
        co_return co_await fail_open(core, opened.error());
    }
    core->generation = core->exchange->attach(std::move(*opened));
    const auto asked =
        shared_ask(core->description->identity.command, core->description->identity.answer);
    Result<Heard> heard = co_await ask(core, asked, 0.0, std::nullopt);
    if (core->openings != mine) {
        co_return fail(Errc::cancelled, "open() was cancelled");
    }
    if (!heard) {
        Error error = heard.error();
        if (core->end.code == Errc::corrupt || error.code == Errc::corrupt) {
            error.message += "; another device, or another speed";
        }
        co_return co_await fail_open(core, std::move(error));
    }
    const Identity identity = identity_of(*core, heard->fields);
    const Result<void> checked = check_identity(*core, identity);
    if (!checked) {
        co_return co_await fail_open(core, checked.error());
    }
    core->identity = heard->fields;
    core->identity.erase("tag");
    core->reconnects += core->was_open ? 1 : 0;
    core->was_open = true;
    core->state = PartState::ready;
    core->trouble.clear();
    co_return identity;
}

double frequency_of(const Core& core) {
    const auto found = core.wanted.find("frequency_Hz");
    return found == core.wanted.end() ? record::unknown : found->second;
}

/// All values of one query.
Awaitable<Result<std::vector<PartValue>>> read_query(CorePtr core, std::size_t index) {
    const DescriptionPtr description = core->description;
    const protocol::QueryRule& rule = description->queries[index];
    const auto asked = shared_ask(rule.ask.command, rule.ask.answer);
    const auto deadlines = deadlines_of(description->link, rule, frequency_of(*core));
    Result<Heard> heard = co_await ask(core, asked, 0.0, deadlines);
    if (!heard) {
        co_return fail(heard.error());
    }
    co_return values_of(rule, heard->fields, heard->answer);
}

/// The queries that give these, in the order of the description; all where none is named.
Result<std::set<std::size_t>> queries_for(
    const protocol::Description& description, const std::vector<std::string>& names
) {
    std::set<std::size_t> wanted;
    for (const std::string& name : names) {
        const auto query = description.query_of(name);
        if (!query) {
            return fail(Errc::refused, "the device does not measure " + name, description.source);
        }
        wanted.insert(*query);
    }
    for (std::size_t i = 0; names.empty() && i < description.queries.size(); ++i) {
        wanted.insert(i);
    }
    return wanted;
}

Awaitable<Result<std::vector<PartValue>>> run_read(CorePtr core, std::vector<std::string> names) {
    if (!core->is_usable()) {
        co_return fail(not_open(*core));
    }
    const DescriptionPtr description = core->description;
    const auto wanted = queries_for(*description, names);
    if (!wanted) {
        co_return fail(wanted.error());
    }
    std::vector<PartValue> all;
    std::optional<Error> trouble;
    bool has_answered = false;
    for (const std::size_t index : *wanted) {
        Result<std::vector<PartValue>> values = co_await read_query(core, index);
        if (!values) {
            trouble = values.error();
            if (!core->is_usable()) {
                co_return fail(std::move(*trouble));
            }
            const bool is_late = trouble->code == Errc::timeout;
            values =
                no_values(description->queries[index], is_late ? "no_answer" : "not_understood");
        } else {
            has_answered = true;
        }
        all.insert(all.end(), values->begin(), values->end());
    }
    if (!has_answered && trouble) {
        co_return fail(std::move(*trouble));
    }
    if (names.empty()) {
        co_return all;
    }
    std::vector<PartValue> out;
    for (const std::string& name : names) {
        out.push_back(*std::ranges::find(all, name, &PartValue::quantity));
    }
    co_return out;
}

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
    if (has_rebooted_ && !description->reboot->clear.empty()) {
        const auto clear = protocol::Template::of_command(description->reboot->clear);
        if (clear) {
            const auto asked = shared_ask(*clear, protocol::Template());
            Result<Heard> cleared = co_await ask(core, asked, 0.0, std::nullopt);
            if (!cleared) {
                *trouble = cleared.error().sentence();
            }
        }
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

}  // namespace

FilePart::FilePart(
    boost::asio::any_io_executor executor,
    std::unique_ptr<link::Opener> opener,
    link::Timing& timing,
    DescriptionPtr description,
    std::string serial_number
)
    : core_(std::make_shared<Core>(
          std::move(executor),
          std::move(opener),
          timing,
          std::move(description),
          std::move(serial_number)
      )) {
    core_->make_exchange();
}

FilePart::~FilePart() {
    core_->told_end = nullptr;
    FilePart::close();
}

Awaitable<Result<Identity>> FilePart::open() {
    return run_open(core_);
}

void FilePart::close() {
    ++core_->openings;
    core_->state = PartState::absent;
    core_->end = Error{Errc::cancelled, "the device was closed", {}, {}};
    core_->opener->cancel();
    core_->exchange->close();
}

PartState FilePart::state() const {
    if (core_->state == PartState::ready && core_->exchange->is_open() &&
        core_->exchange->is_suspect()) {
        return PartState::suspect;
    }
    if (core_->state != PartState::absent && core_->state != PartState::identifying &&
        !core_->exchange->is_open()) {
        return PartState::lost;
    }
    return core_->state;
}

std::string FilePart::trouble() const {
    return core_->trouble;
}

std::vector<Quantity> FilePart::quantities() const {
    std::vector<Quantity> out;
    for (const protocol::QueryRule& rule : core_->description->queries) {
        for (const protocol::Measured& one : rule.values) {
            Quantity quantity;
            quantity.name = one.quantity.name;
            quantity.unit = one.quantity.unit;
            quantity.every_s = rule.every_s;
            if (const auto* set = core_->description->find_set(quantity.name)) {
                quantity.is_settable = true;
                quantity.lowest = set->quantity.to_si(set->lowest);
                quantity.highest = set->quantity.to_si(set->highest);
                quantity.resolution = set->resolution * set->quantity.factor;
            }
            out.push_back(std::move(quantity));
        }
    }
    return out;
}

Awaitable<Result<std::vector<PartValue>>> FilePart::read(std::vector<std::string> names) {
    return run_read(core_, std::move(names));
}

Awaitable<Result<double>> FilePart::set(std::string name, double value) {
    return run_set(core_, std::move(name), value);
}

Awaitable<Result<PartCheck>> FilePart::verify() {
    return run_verify(core_);
}

Awaitable<Result<void>> FilePart::safe() {
    return run_safe(core_);
}

LinkCounters FilePart::counters() const {
    LinkCounters out = with(core_->before, core_->exchange->counters());
    out.reconnects = core_->reconnects;
    out.resent = core_->resent;
    return out;
}

const protocol::Description& FilePart::description() const {
    return *core_->description;
}

void FilePart::describe(DescriptionPtr description) {
    core_->exchange->close();
    core_->before = with(core_->before, core_->exchange->counters());
    core_->description = std::move(description);
    core_->make_exchange();
    core_->wanted.clear();
}

void FilePart::on_end(std::function<void()> told) {
    core_->told_end = std::move(told);
}

void FilePart::lose(std::string why) {
    core_->lose(Error{Errc::unreachable, std::move(why), {}, {}});
}

std::optional<double> FilePart::wanted(const std::string& quantity) const {
    const auto found = core_->wanted.find(quantity);
    return found == core_->wanted.end() ? std::nullopt : std::optional(found->second);
}

Error FilePart::end_error() const {
    if (core_->state != PartState::lost && core_->state != PartState::absent) {
        if (const auto error = core_->exchange->end_error()) {
            return *error;
        }
    }
    return core_->end;
}

Result<void> check_set_point(
    const protocol::Description& description, const std::string& quantity, double value
) {
    const protocol::SetRule* rule = description.find_set(quantity);
    if (rule == nullptr) {
        return fail(Errc::refused, "the device cannot be set to a " + quantity, description.source);
    }
    const double device = rule->quantity.to_device(value);
    const double slack = 1e-9 * std::max(std::abs(rule->lowest), std::abs(rule->highest));
    if (!std::isfinite(value)) {
        return fail(Errc::refused, quantity + " is not a number", description.source);
    }
    const bool is_low = device < rule->lowest - slack;
    if (is_low || device > rule->highest + slack) {
        const double bound = rule->quantity.to_si(is_low ? rule->lowest : rule->highest);
        return fail(
            Errc::refused,
            quantity + " = " + to_text(value) + " is " + (is_low ? "below " : "above ") +
                to_text(bound) + ", the " + (is_low ? "lowest" : "highest") + " that can be set",
            description.source
        );
    }
    return {};
}

}  // namespace relaxd::drivers::protocol_file
