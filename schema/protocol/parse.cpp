// SPDX-License-Identifier: MIT
//
// The sections of a description, one function each. What they say of each other: check.cpp.
#include "schema/base/nearest.hpp"
#include "schema/base/sha256.hpp"
#include "schema/base/toml_text.hpp"
#include "schema/protocol/check.hpp"
#include "schema/protocol/description.hpp"
#include "schema/protocol/reader.hpp"

#include <array>
#include <cmath>
#include <functional>

namespace relaxd::protocol {

namespace {

constexpr int ms_max = 600'000;
constexpr std::array<std::string_view, 11> root_keys{
    "identity",
    "link",
    "sentinel",
    "query",
    "set",
    "start",
    "safe",
    "reboot",
    "verify",
    "equilibrium",
    "simulate"
};
constexpr std::array<std::string_view, 3> echo_words{"off", "expect", "detect"};
constexpr std::array<std::string_view, 2> form_words{"hex", "binary"};
constexpr std::array<std::string_view, 2> over_words{"text", "text_and_mark"};

template <typename... Steps>
Result<void> all_of(Steps... steps) {
    Result<void> outcome;
    const auto one = [&outcome](const auto& step) {
        if (outcome) {
            outcome = step();
        }
    };
    (one(steps), ...);
    return outcome;
}

/// A key that holds a template.
Result<void> read_template(
    const Section& section, const char* key, bool is_command, bool is_needed, Template& into
) {
    std::string text;
    auto read = section.text(key, text, is_needed);
    if (!read || !section.has(key)) {
        return read;
    }
    auto parsed = is_command ? Template::of_command(text) : Template::of_reply(text);
    if (!parsed) {
        return section.wrong(key, parsed.error().message, parsed.error().hint);
    }
    into = std::move(*parsed);
    return {};
}

Result<void> read_ask(
    const Section& section, const char* command_key, const char* answer_key, Ask& into
) {
    return all_of(
        [&] { return read_template(section, command_key, true, true, into.command); },
        [&] { return read_template(section, answer_key, false, true, into.answer); },
        [&]() -> Result<void> {
            if (into.command.has(FieldKind::value)) {
                return section.wrong(command_key, "a query cannot contain {value}");
            }
            return {};
        }
    );
}

Result<void> read_identity(const Section& section, Description& out) {
    constexpr std::array<std::string_view, 5> keys{
        "vendor", "model", "query", "answer", "serial_number"
    };
    return all_of(
        [&] { return section.only(keys); },
        [&] { return section.text("vendor", out.vendor, true); },
        [&] { return section.text("model", out.model, true); },
        [&] { return section.text("serial_number", out.serial_number, false); },
        [&] { return read_ask(section, "query", "answer", out.identity); }
    );
}

Result<void> read_times(const Section& section, LinkRules& link) {
    return all_of(
        [&] { return section.count("gap_ms", link.gap_ms, 0, 10'000); },
        [&] { return section.count("write_ms", link.write_ms, 1, ms_max); },
        [&] { return section.count("first_byte_ms", link.first_byte_ms, 1, ms_max); },
        [&] { return section.count("between_bytes_ms", link.between_bytes_ms, 1, ms_max); },
        [&] { return section.count("reply_ms", link.reply_ms, 1, ms_max); },
        [&] { return section.count("worst_latency_ms", link.worst_latency_ms, 1, ms_max); }
    );
}

Result<void> read_link(const Section& section, LinkRules& link) {
    constexpr std::array<std::string_view, 14> keys{
        "terminator",
        "command_terminator",
        "gap_ms",
        "write_ms",
        "first_byte_ms",
        "between_bytes_ms",
        "reply_ms",
        "worst_latency_ms",
        "echo",
        "checksum",
        "checksum_form",
        "checksum_mark",
        "checksum_over",
        "unsolicited"
    };
    std::size_t echo = 0;
    std::size_t kind = 0;
    std::size_t form = 0;
    std::size_t over = 0;
    auto read = all_of(
        [&] { return section.only(keys); },
        [&] { return section.text("terminator", link.reply_terminator, false); },
        [&] {
            link.command_terminator = link.reply_terminator;
            return section.text("command_terminator", link.command_terminator, false);
        },
        [&] { return read_times(section, link); },
        [&] { return section.choice("echo", echo, echo_words); },
        [&] { return section.choice("checksum", kind, checksum_words); },
        [&] { return section.choice("checksum_form", form, form_words); },
        [&] { return section.choice("checksum_over", over, over_words); },
        [&] { return section.text("checksum_mark", link.checksum_mark, false); },
        [&] { return section.text("unsolicited", link.unsolicited, false); }
    );
    if (!read) {
        return read;
    }
    link.echo = static_cast<EchoRule>(echo);
    link.checksum = static_cast<Checksum>(kind);
    link.is_hex = form == 0;
    link.covers_mark = over == 1;
    if (link.reply_terminator.empty()) {
        return section.wrong("terminator", "it is empty: nothing would tell where a reply ends");
    }
    if (link.command_terminator.empty()) {
        return section.wrong("command_terminator", "it is empty");
    }
    if (link.worst_latency_ms < link.reply_ms) {
        return section.wrong(
            "worst_latency_ms",
            std::to_string(link.worst_latency_ms) + " is shorter than reply_ms, " +
                std::to_string(link.reply_ms),
            "no reply is ever later than worst_latency_ms; after a time-out the link is silent for "
            "so long"
        );
    }
    return {};
}

/// `limits = { angle_mrad = [-20, 20] }`
Result<void> read_limits(const Section& section, QueryRule& rule) {
    auto limits = section.below("limits");
    if (!limits || !*limits) {
        return limits ? Result<void>() : fail(limits.error());
    }
    for (const auto& [key, node] : (*limits)->table()) {
        const toml::array* pair = node.as_array();
        const auto low = pair == nullptr ? std::nullopt : (*pair)[0].value<double>();
        const auto high = low && pair->size() == 2 ? (*pair)[1].value<double>() : std::nullopt;
        const std::string name(key.str());
        if (!low || !high || !(*low < *high) || !std::isfinite(*low) || !std::isfinite(*high)) {
            return (*limits)->wrong(name.c_str(), "it is not [lowest, highest]");
        }
        bool is_known = false;
        std::vector<std::string_view> names;
        for (Measured& one : rule.values) {
            names.push_back(one.quantity.device_name);
            if (one.quantity.device_name == name) {
                one.lowest = *low;
                one.highest = *high;
                is_known = true;
            }
        }
        if (!is_known) {
            return fail(unknown_key(name, "limits", section.where(key.source().begin.line), names));
        }
    }
    return {};
}

Result<void> read_bad(const Section& section, QueryRule& rule) {
    auto bad = section.below("bad");
    if (!bad || !*bad) {
        return bad ? Result<void>() : fail(bad.error());
    }
    for (const auto& [key, node] : (*bad)->table()) {
        const std::string word(key.str());
        std::string flag;
        auto read = (*bad)->text(word.c_str(), flag, true);
        if (!read) {
            return read;
        }
        const bool is_plain =
            !flag.empty() &&
            flag.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos;
        if (!is_plain) {
            return (*bad)->wrong(
                word.c_str(), "'" + flag + "' is no flag", "write a word of a-z, 0-9 and _"
            );
        }
        rule.bad[word] = flag;
    }
    return {};
}

Result<void> read_query(const Section& section, Description& out) {
    constexpr std::array<std::string_view, 8> keys{
        "command", "reply", "good", "bad", "limits", "every_s", "reply_ms", "reply_periods"
    };
    QueryRule rule;
    rule.line = section.line();
    auto read = all_of(
        [&] { return section.only(keys); },
        [&] { return read_ask(section, "command", "reply", rule.ask); },
        [&] { return section.texts("good", rule.good); },
        [&] { return read_bad(section, rule); },
        [&] { return section.number("every_s", rule.every_s, 0.0, 86400.0); },
        [&] { return section.count("reply_ms", rule.reply_ms, 1, ms_max); },
        [&] { return section.number("reply_periods", rule.reply_periods, 0.0, 1000.0); }
    );
    if (!read) {
        return read;
    }
    for (const Piece& piece : rule.ask.answer.pieces()) {
        if (piece.is_field && piece.kind == FieldKind::number) {
            Measured measured;
            measured.quantity = named(piece.text);
            rule.values.push_back(std::move(measured));
        }
    }
    read = read_limits(section, rule);
    if (read) {
        out.queries.push_back(std::move(rule));
    }
    return read;
}

Result<void> read_set(const Section& section, Description& out) {
    constexpr std::array<std::string_view, 6> keys{
        "quantity", "command", "reply", "lowest", "highest", "resolution"
    };
    SetRule rule;
    rule.line = section.line();
    std::string quantity;
    auto read = all_of(
        [&] { return section.only(keys); },
        [&] { return section.text("quantity", quantity, true); },
        [&] { return read_template(section, "command", true, true, rule.command); },
        [&] { return read_template(section, "reply", false, false, rule.reply); },
        [&] { return section.number("lowest", rule.lowest, -1e300, 1e300, true); },
        [&] { return section.number("highest", rule.highest, -1e300, 1e300, true); }
    );
    if (!read) {
        return read;
    }
    if (!rule.command.has(FieldKind::value)) {
        return section.wrong("command", "it has no {value:DECIMALS}");
    }
    if (!(rule.lowest < rule.highest)) {
        return section.wrong("highest", "it is not above 'lowest'");
    }
    for (const Piece& piece : rule.command.pieces()) {
        if (piece.kind == FieldKind::value && piece.is_field) {
            rule.resolution = std::pow(10.0, -piece.decimals);
        }
    }
    rule.quantity = named(quantity);
    read = section.number("resolution", rule.resolution, rule.resolution / 2.0, 1e300);
    if (read) {
        out.sets.push_back(std::move(rule));
    }
    return read;
}

Result<void> read_reboot(const Section& section, Description& out) {
    constexpr std::array<std::string_view, 4> keys{"query", "answer", "rebooted", "clear"};
    RebootRule rule;
    auto read = all_of(
        [&] { return section.only(keys); },
        [&] { return read_ask(section, "query", "answer", rule.ask); },
        [&] { return section.text("rebooted", rule.rebooted, true); },
        [&] { return section.text("clear", rule.clear, false); }
    );
    if (!read) {
        return read;
    }
    if (!rule.ask.answer.match(rule.rebooted)) {
        return section.wrong("rebooted", "'" + rule.rebooted + "' does not fit 'answer'");
    }
    out.reboot = std::move(rule);
    return {};
}

Result<void> read_played(const Section& section, Description& out) {
    constexpr std::array<std::string_view, 5> keys{
        "value", "noise", "follows", "rate_per_s", "decimals"
    };
    for (const auto& [key, node] : section.table()) {
        const std::string name(key.str());
        auto one = section.below(name.c_str());
        if (!one) {
            return fail(one.error());
        }
        Played played;
        const Section& inside = **one;
        auto read = all_of(
            [&] { return inside.only(keys); },
            [&] { return inside.number("value", played.value, -1e300, 1e300); },
            [&] { return inside.number("noise", played.noise, 0.0, 1e300); },
            [&] { return inside.number("rate_per_s", played.rate_per_s, 0.0, 1e300); },
            [&] { return inside.text("follows", played.follows, false); },
            [&] { return inside.count("decimals", played.decimals, 0, 9); }
        );
        if (!read) {
            return read;
        }
        out.played[name] = std::move(played);
    }
    return {};
}

using Reader = std::function<Result<void>(const Section&)>;

Result<void> in_section(
    const Section& root, const char* key, bool is_needed, const Reader& reader
) {
    auto section = root.below(key);
    if (!section) {
        return fail(section.error());
    }
    if (!*section) {
        return is_needed ? fail(
                               Errc::invalid,
                               std::string("there is no [") + key + "]",
                               root.where(1),
                               "a description needs [identity], [link] and at least one [[query]]"
                           )
                         : Result<void>();
    }
    const Section named((*section)->table(), std::string("[") + key + "]", root.source());
    return reader(named);
}

Result<void> in_each(const Section& root, const char* key, const Reader& reader) {
    const toml::node* node = root.table().get(key);
    if (node == nullptr) {
        return {};
    }
    const toml::array* list = node->as_array();
    if (list == nullptr) {
        return root.wrong(key, "it is not a list of sections", "write it in double brackets");
    }
    for (const toml::node& one : *list) {
        if (!one.is_table()) {
            return root.wrong(key, "it is not a list of sections", "write it in double brackets");
        }
        const Section section(*one.as_table(), std::string("[[") + key + "]]", root.source());
        auto read = reader(section);
        if (!read) {
            return read;
        }
    }
    return {};
}

Result<void> read_sentinel(const Section& section, Description& out) {
    constexpr std::array<std::string_view, 2> keys{"query", "answer"};
    auto read = section.only(keys);
    return read ? read_ask(section, "query", "answer", out.sentinel) : read;
}

Result<void> read_small(const Section& root, Description& out) {
    constexpr std::array<std::string_view, 1> verify_keys{"every_s"};
    constexpr std::array<std::string_view, 2> equilibrium_keys{"within_K", "for_s"};
    return all_of(
        [&] {
            return in_section(root, "verify", false, [&](const Section& section) {
                auto read = section.only(verify_keys);
                return read ? section.number("every_s", out.verify_s, 0.1, 3600.0) : read;
            });
        },
        [&] {
            return in_section(root, "equilibrium", false, [&](const Section& section) {
                return all_of(
                    [&] { return section.only(equilibrium_keys); },
                    [&] { return section.number("within_K", out.within_K, 1e-6, 1000.0); },
                    [&] { return section.number("for_s", out.for_s, 0.0, 86400.0); }
                );
            });
        },
        [&] {
            return in_section(root, "simulate", false, [&](const Section& section) {
                return read_played(section, out);
            });
        }
    );
}

Result<void> read_root(const Section& root, Description& out) {
    const auto with = [&out](Result<void> (*read)(const Section&, Description&)) -> Reader {
        return [&out, read](const Section& section) { return read(section, out); };
    };
    return all_of(
        [&] { return root.only(root_keys); },
        [&] { return in_section(root, "identity", true, with(&read_identity)); },
        [&] {
            return in_section(root, "link", true, [&out](const Section& section) {
                return read_link(section, out.link);
            });
        },
        [&] {
            out.sentinel = out.identity;
            return in_section(root, "sentinel", false, with(&read_sentinel));
        },
        [&] { return in_each(root, "query", with(&read_query)); },
        [&] { return in_each(root, "set", with(&read_set)); },
        [&] { return in_section(root, "reboot", false, with(&read_reboot)); },
        [&] { return read_small(root, out); },
        [&] { return check_whole(root, out); }
    );
}

}  // namespace

Result<Description> parse(std::string_view toml_text, std::string_view source_name) {
    const toml::parse_result parsed = toml::parse(toml_text, source_name);
    if (!parsed) {
        const toml::parse_error& error = parsed.error();
        return fail(not_toml(error.description(), source_name, error.source().begin.line));
    }
    Description out;
    out.source = source_name;
    out.sha256 = sha256_hex(toml_text);
    const Section root(parsed.table(), "the description", source_name);
    auto read = read_root(root, out);
    if (!read) {
        return fail(read.error());
    }
    return out;
}

}  // namespace relaxd::protocol
