// SPDX-License-Identifier: MIT
//
// What is measured.
#include "drivers/parts/polled/core.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace relaxd::drivers::parts {

namespace {

std::string all_of(const std::vector<std::string>& frames) {
    std::string out;
    for (const std::string& frame : frames) {
        out += frame;
    }
    return out;
}

/// A number or a word, with its bytes and clocks.
void complete(PartValue& value, const Heard& heard) {
    if (value.status.empty() && !std::isfinite(value.number)) {
        value.status = "not_understood";
    }
    if (!value.status.empty()) {
        value.number = record::unknown;
    }
    if (value.raw.empty()) {
        value.raw = all_of(heard.frames);
    }
    if (value.received_steady.ns == 0) {
        value.received_steady = heard.last.received;
        value.received_utc = heard.last.received_utc;
    }
}

void add_none(std::vector<PartValue>& all, const Group& group, const Error& why) {
    for (const std::string& name : group.quantities) {
        PartValue value;
        value.quantity = name;
        value.status = why.code == Errc::timeout ? "no_answer" : "not_understood";
        all.push_back(std::move(value));
    }
}

bool has(const std::vector<PartValue>& all, const std::string& name) {
    return std::ranges::find(all, name, &PartValue::quantity) != all.end();
}

/// These, or all that can be read; `refused` what cannot.
Result<std::vector<std::string>> names_to_read(
    const PolledPart::Core& core, std::vector<std::string> names
) {
    const std::vector<Quantity> all = core.dialect->quantities();
    for (const std::string& name : names) {
        const Quantity* quantity = core.find(all, name);
        if (quantity == nullptr || !quantity->is_readable) {
            return fail(Errc::refused, "the device does not measure " + name, core.dialect->name());
        }
    }
    const bool is_all = names.empty();
    for (std::size_t i = 0; is_all && i < all.size(); ++i) {
        if (all[i].is_readable) {
            names.push_back(all[i].name);
        }
    }
    return names;
}

}  // namespace

Awaitable<Result<std::vector<PartValue>>> read_group(Call& call, Group group) {
    std::vector<link::Query> queries = group.queries;
    Result<Heard> heard = co_await ask_all(call, std::move(queries));
    if (!heard) {
        co_return fail(heard.error());
    }
    Result<std::vector<PartValue>> values = call.dialect().decode(group, heard->frames);
    if (!values) {
        Error error = values.error();
        if (error.where.empty()) {
            error.where = call.dialect().name();
        }
        co_return fail(std::move(error));
    }
    if (!std::ranges::equal(group.quantities, *values, {}, {}, &PartValue::quantity)) {
        co_return fail(
            Errc::internal, "a reply was taken for other quantities", call.dialect().name()
        );
    }
    for (PartValue& value : *values) {
        complete(value, *heard);
    }
    co_return values;
}

Awaitable<Result<double>> read_back(Call& call, std::string name) {
    Group group = call.dialect().group_of(name);
    Result<std::vector<PartValue>> values = co_await read_group(call, std::move(group));
    if (!values) {
        co_return fail(values.error());
    }
    const auto value = std::ranges::find(*values, name, &PartValue::quantity);
    if (value == values->end() || !value->has_number()) {
        const std::string why = value == values->end() ? "not told" : value->status;
        co_return fail(Errc::corrupt, name + " cannot be read back: " + why, call.dialect().name());
    }
    co_return value->number;
}

Awaitable<Result<std::vector<PartValue>>> run_read(CorePtr core, std::vector<std::string> names) {
    if (!core->is_usable()) {
        co_return fail(core->not_open());
    }
    Result<std::vector<std::string>> wanted = names_to_read(*core, std::move(names));
    if (!wanted) {
        co_return fail(wanted.error());
    }
    Call call(core, Call::Rank::ordinary);
    if (std::optional<Error> error = co_await wait_turn(call)) {
        co_return fail(std::move(*error));
    }
    std::vector<PartValue> all;
    std::optional<Error> trouble;
    bool has_answered = false;
    for (const std::string& name : *wanted) {
        if (has(all, name)) {
            continue;
        }
        const Group group = core->dialect->group_of(name);
        Result<std::vector<PartValue>> values = co_await read_group(call, group);
        if (values) {
            has_answered = true;
            all.insert(all.end(), values->begin(), values->end());
            continue;
        }
        trouble = values.error();
        const bool is_end = trouble->code == Errc::cancelled || call.over().has_value();
        const auto listed = std::ranges::find(group.quantities, name);
        if (is_end || listed == group.quantities.end()) {
            co_return fail(std::move(*trouble));
        }
        add_none(all, group, *trouble);
    }
    if (!has_answered && trouble) {
        co_return fail(std::move(*trouble));
    }
    std::vector<PartValue> out;
    out.reserve(wanted->size());
    for (const std::string& name : *wanted) {
        const auto found = std::ranges::find(all, name, &PartValue::quantity);
        if (found == all.end()) {
            co_return fail(Errc::internal, name + " is not told", core->dialect->name());
        }
        out.push_back(*found);
    }
    co_return out;
}

}  // namespace relaxd::drivers::parts
