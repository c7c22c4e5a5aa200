// SPDX-License-Identifier: MIT
#include "drivers/protocol_file/queries.hpp"

#include "schema/base/number.hpp"
#include "schema/protocol/wire.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

namespace relaxd::drivers::protocol_file {

using std::chrono::milliseconds;

namespace {

/// Why the numbers of a reply are none; empty = they are.
std::string status_of(const protocol::QueryRule& rule, const Fields& fields) {
    const auto said = fields.find("status");
    if (said == fields.end() || std::ranges::find(rule.good, said->second) != rule.good.end()) {
        return {};
    }
    const auto flag = rule.bad.find(said->second);
    return flag == rule.bad.end() ? "status_not_good" : flag->second;
}

link::ExchangeDeadlines of_link(const protocol::LinkRules& rules) {
    link::ExchangeDeadlines limits;
    limits.write = milliseconds(rules.write_ms);
    limits.first_byte = milliseconds(std::min(rules.first_byte_ms, rules.reply_ms));
    limits.between_bytes = milliseconds(rules.between_bytes_ms);
    limits.overall = milliseconds(rules.reply_ms);
    return limits;
}

}  // namespace

std::optional<Fields> fields_of(
    const protocol::LinkRules& rules,
    const protocol::Template& answer,
    std::string_view line,
    std::uint64_t tag
) {
    const auto text = protocol::off_wire(rules, line, rules.reply_terminator);
    if (!text) {
        return std::nullopt;
    }
    auto fields = answer.match(*text);
    const auto found = fields ? fields->find("tag") : Fields::iterator();
    if (fields && answer.has(protocol::FieldKind::tag) && to_count(found->second) != tag) {
        return std::nullopt;
    }
    return fields;
}

link::Query query_of(
    const protocol::LinkRules& rules,
    const protocol::Template& command,
    const protocol::Template& answer,
    double value,
    std::uint64_t tag
) {
    link::Query query(
        protocol::on_wire(rules, command.rendered(value, tag), rules.command_terminator)
    );
    query.is_answered = !answer.empty();
    query.fits = [rules, answer, tag](std::string_view line) {
        return fields_of(rules, answer, line, tag).has_value();
    };
    return query;
}

link::ExchangeSettings settings_of(const protocol::Description& description) {
    const protocol::LinkRules& rules = description.link;
    link::ExchangeSettings settings;
    settings.framing = link::by_terminator(rules.reply_terminator);
    settings.gap = milliseconds(rules.gap_ms);
    settings.deadlines = of_link(rules);
    settings.worst_latency = milliseconds(rules.worst_latency_ms);
    settings.never_silent = milliseconds(10 * rules.worst_latency_ms + 5000);
    settings.sentinel =
        query_of(rules, description.sentinel.command, description.sentinel.answer, 0.0, 0);
    settings.echo = static_cast<link::Echo>(rules.echo);
    if (!rules.unsolicited.empty()) {
        settings.is_unsolicited = [begin = rules.unsolicited](std::string_view line) {
            return line.starts_with(begin);
        };
    }
    return settings;
}

std::optional<link::ExchangeDeadlines> deadlines_of(
    const protocol::LinkRules& rules, const protocol::QueryRule& rule, double frequency_Hz
) {
    if (rule.reply_ms == 0 && rule.reply_periods == 0.0) {
        return std::nullopt;
    }
    link::ExchangeDeadlines limits = of_link(rules);
    double overall_ms = rule.reply_ms == 0 ? rules.reply_ms : rule.reply_ms;
    if (rule.reply_periods > 0.0 && frequency_Hz > 0.0) {
        overall_ms += 1e3 * rule.reply_periods / frequency_Hz;
    }
    limits.overall = milliseconds(static_cast<std::int64_t>(std::ceil(overall_ms)));
    limits.first_byte = limits.overall;
    return limits;
}

std::vector<PartValue> no_values(const protocol::QueryRule& rule, const std::string& status) {
    std::vector<PartValue> out;
    for (const protocol::Measured& one : rule.values) {
        PartValue value;
        value.quantity = one.quantity.name;
        value.status = status;
        out.push_back(std::move(value));
    }
    return out;
}

std::vector<PartValue> values_of(
    const protocol::QueryRule& rule, const Fields& fields, const link::Answer& answer
) {
    std::vector<PartValue> out = no_values(rule, status_of(rule, fields));
    for (std::size_t i = 0; i < out.size(); ++i) {
        const protocol::Measured& one = rule.values[i];
        PartValue& value = out[i];
        value.raw = answer.frame;
        value.received_steady = answer.received;
        value.received_utc = answer.received_utc;
        const auto text = fields.find(one.quantity.device_name);
        const auto number = text == fields.end() ? std::nullopt : to_double(text->second);
        if (!value.status.empty()) {
            continue;
        }
        if (!number) {
            value.status = "not_understood";
        } else if (!(*number >= one.lowest && *number <= one.highest)) {
            value.status = "implausible";
        } else {
            value.number = one.quantity.to_si(*number);
        }
    }
    return out;
}

}  // namespace relaxd::drivers::protocol_file
