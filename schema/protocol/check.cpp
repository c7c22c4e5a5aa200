// SPDX-License-Identifier: MIT
#include "schema/protocol/check.hpp"

#include "schema/base/nearest.hpp"
#include "schema/base/number.hpp"
#include "schema/base/toml_text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <utility>

namespace relaxd::protocol {

namespace {

std::string quoted(const std::string& text) {
    return "'" + text + "'";
}

tl::unexpected<Error> at_line(
    const Section& root, std::size_t line, std::string message, std::string hint = {}
) {
    return fail(Errc::invalid, std::move(message), root.where(line), std::move(hint));
}

std::vector<std::string_view> set_names(const Description& out) {
    std::vector<std::string_view> names;
    names.reserve(out.sets.size());
    for (const SetRule& rule : out.sets) {
        names.push_back(rule.quantity.device_name);
    }
    return names;
}

Result<void> check_names(const Section& root, const Description& out) {
    if (out.queries.empty()) {
        return at_line(root, 1, "there is no [[query]]: nothing would be measured");
    }
    std::set<std::string> measured;
    for (const QueryRule& rule : out.queries) {
        for (const Measured& one : rule.values) {
            if (!measured.insert(one.quantity.name).second) {
                return at_line(
                    root,
                    rule.line,
                    "two replies give " + one.quantity.name,
                    "give one of them another name"
                );
            }
        }
        const bool has_status = std::ranges::any_of(rule.ask.answer.pieces(), [](const Piece& p) {
            return p.is_field && p.text == "status" && p.kind == FieldKind::word;
        });
        if (has_status && rule.good.empty()) {
            return at_line(
                root,
                rule.line,
                "key 'good' of [[query]]: it is missing, and the reply has {status:word}",
                "name the words with which the numbers are valid: good = [\"OK\"]"
            );
        }
        if (!has_status && (!rule.good.empty() || !rule.bad.empty())) {
            return at_line(
                root,
                rule.line,
                "keys 'good' and 'bad' of [[query]] need {status:word} in the reply"
            );
        }
    }
    std::set<std::string> settable;
    for (const SetRule& rule : out.sets) {
        if (!settable.insert(rule.quantity.name).second) {
            return at_line(root, rule.line, "two [[set]] are of " + rule.quantity.name);
        }
    }
    return {};
}

Result<void> find_read_backs(const Section& root, Description& out) {
    for (SetRule& rule : out.sets) {
        const auto query = out.query_of(rule.quantity.name);
        if (!query) {
            return at_line(
                root,
                rule.line,
                "no reply gives " + quoted(rule.quantity.device_name) +
                    ", so that what is set cannot be read back",
                "add a [[query]] whose reply has {" + rule.quantity.device_name + ":number}"
            );
        }
        rule.query = *query;
    }
    return {};
}

/// A sample line of a reply.
std::string sample(const QueryRule& rule) {
    std::map<std::string, std::string> fields;
    if (!rule.good.empty()) {
        fields["status"] = rule.good.front();
    }
    return rule.ask.answer.filled(fields, 1);
}

Result<void> check_sentinel(const Section& root, const Description& out) {
    const Template& answer = out.sentinel.answer;
    const std::string answered = answer.filled({}, 1);
    for (const QueryRule& rule : out.queries) {
        const bool is_same_command = rule.ask.command.text() == out.sentinel.command.text();
        if (answer.match(sample(rule)) || rule.ask.answer.match(answered) || is_same_command) {
            return at_line(
                root,
                rule.line,
                "the reply " + quoted(rule.ask.answer.text()) +
                    " and the answer of the sentinel, " + quoted(answer.text()) +
                    ", cannot be told apart",
                "name a [sentinel] whose answer is like no other reply"
            );
        }
    }
    return {};
}

Result<void> read_settings(
    const Section& section, const Description& out, std::vector<Setting>& into
) {
    std::vector<std::pair<std::pair<std::size_t, std::size_t>, Setting>> found;
    for (const auto& [key, node] : section.table()) {
        const std::string name(key.str());
        const std::size_t line = key.source().begin.line;
        const auto rule = std::ranges::find_if(out.sets, [&name](const SetRule& one) {
            return one.quantity.device_name == name;
        });
        if (rule == out.sets.end()) {
            return fail(unknown_key(name, "what can be set", section.where(line), set_names(out)));
        }
        double value = 0.0;
        auto read = section.number(name.c_str(), value, rule->lowest, rule->highest, true);
        if (!read) {
            return read;
        }
        Setting setting;
        setting.quantity = rule->quantity.name;
        setting.value_SI = rule->quantity.to_si(value);
        const std::pair place(line, static_cast<std::size_t>(key.source().begin.column));
        found.emplace_back(place, std::move(setting));
    }
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
        return a.first < b.first;  // as written in the file
    });
    for (auto& [place, setting] : found) {
        into.push_back(std::move(setting));
    }
    return {};
}

Result<void> read_safe(const Section& root, Description& out) {
    constexpr std::array<std::string_view, 2> keys{"set", "commands"};
    auto safe = root.below("safe");
    if (!safe) {
        return fail(safe.error());
    }
    if (!*safe) {
        return out.sets.empty() ? Result<void>()
                                : at_line(
                                      root,
                                      1,
                                      "there is no [safe], and the device can be set",
                                      "say what is safe: [safe] set = { set_temperature_degC = 25 }"
                                  );
    }
    auto read = (*safe)->only(keys);
    if (!read) {
        return read;
    }
    read = (*safe)->texts("commands", out.safe_commands);
    if (!read) {
        return read;
    }
    auto set = (*safe)->below("set");
    if (!set) {
        return fail(set.error());
    }
    return *set ? read_settings(**set, out, out.safe) : Result<void>();
}

Result<void> check_played(const Section& root, const Description& out) {
    std::vector<std::string_view> names;
    for (const QueryRule& rule : out.queries) {
        for (const Measured& one : rule.values) {
            names.push_back(one.quantity.device_name);
        }
    }
    for (const auto& [name, played] : out.played) {
        const std::size_t line = root.table().get("simulate")->source().begin.line;
        if (std::ranges::find(names, name) == names.end()) {
            return fail(unknown_key(name, "[simulate]", root.where(line), names));
        }
        const auto settable = set_names(out);
        if (!played.follows.empty() &&
            std::ranges::find(settable, played.follows) == settable.end()) {
            return fail(unknown_key(played.follows, "what can be set", root.where(line), settable));
        }
    }
    return {};
}

}  // namespace

Result<void> check_whole(const Section& root, Description& out) {
    auto checked = check_names(root, out);
    if (checked) {
        checked = find_read_backs(root, out);
    }
    if (checked) {
        checked = check_sentinel(root, out);
    }
    if (checked) {
        checked = read_safe(root, out);
    }
    if (checked) {
        auto start = root.below("start");
        if (!start) {
            return fail(start.error());
        }
        if (*start) {
            checked = read_settings(**start, out, out.start);
        }
    }
    return checked ? check_played(root, out) : checked;
}

}  // namespace relaxd::protocol
