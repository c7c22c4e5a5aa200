// SPDX-License-Identifier: MIT
//
// Questions: the identity, and what is measured.
#include "drivers/protocol_file/part_core.hpp"

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

namespace relaxd::drivers::protocol_file {

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

constexpr std::chrono::milliseconds open_limit{5000};

using Core = FilePart::Core;

std::string named_query(const protocol::Template& command) {
    return "'" + command.text() + "'";
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

double frequency_of(const Core& core) {
    const auto found = core.wanted.find("frequency_Hz");
    return found == core.wanted.end() ? record::unknown : found->second;
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

}  // namespace

Error not_open(const Core& core) {
    Error error = core.end;
    if (error.code != Errc::cancelled) {
        error.code = Errc::unreachable;
    }
    return error;
}

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
    if (!core->was_open) {
        co_await forget_switching_on(core);
        if (core->openings != mine) {
            co_return fail(Errc::cancelled, "open() was cancelled");
        }
        if (!core->exchange->is_open()) {
            Error error = core->end;
            co_return co_await fail_open(core, std::move(error));
        }
    }
    core->reconnects += core->was_open ? 1 : 0;
    core->was_open = true;
    core->state = PartState::ready;
    core->trouble.clear();
    co_return identity;
}

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
    out.reserve(names.size());
    for (const std::string& name : names) {
        out.push_back(*std::ranges::find(all, name, &PartValue::quantity));
    }
    co_return out;
}

}  // namespace relaxd::drivers::protocol_file
