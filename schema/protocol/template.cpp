// SPDX-License-Identifier: MIT
#include "schema/protocol/template.hpp"

#include "schema/base/nearest.hpp"
#include "schema/base/number.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

namespace relaxd::protocol {

namespace {

constexpr std::array<std::string_view, 4> reply_kinds{"number", "word", "text", "tag"};
constexpr std::uint64_t decimals_max = 9;

bool is_name(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_';
    });
}

bool is_word(std::string_view text) {
    constexpr std::string_view more = "_.+-/:";
    return !text.empty() && std::all_of(text.begin(), text.end(), [more](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               more.find(c) != std::string_view::npos;
    });
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && text.front() == ' ') {
        text.remove_prefix(1);
    }
    while (!text.empty() && text.back() == ' ') {
        text.remove_suffix(1);
    }
    return text;
}

Result<Piece> field_of(std::string_view inside, bool is_command) {
    Piece piece;
    piece.is_field = true;
    const std::size_t colon = inside.find(':');
    piece.text = inside.substr(0, colon);
    const std::string_view kind =
        colon == std::string_view::npos ? std::string_view() : inside.substr(colon + 1);
    const std::string said = "{" + std::string(inside) + "}";
    if (piece.text == "tag" && kind.empty()) {
        piece.kind = FieldKind::tag;
        return piece;
    }
    if (is_command) {
        const auto decimals = to_count(kind);
        if (piece.text != "value" || !decimals || *decimals > decimals_max) {
            return fail(
                Errc::invalid,
                "a command cannot contain " + said,
                {},
                "write {value:2} for the number with 2 decimals (0 to 9), or {tag}"
            );
        }
        piece.kind = FieldKind::value;
        piece.decimals = static_cast<int>(*decimals);
        return piece;
    }
    const auto found = std::find(reply_kinds.begin(), reply_kinds.end(), kind);
    if (!is_name(piece.text) || found == reply_kinds.end()) {
        return fail(
            Errc::invalid,
            "a reply cannot contain " + said,
            {},
            "write {name:KIND}; did you mean " + std::string(nearest(kind, reply_kinds)) +
                "? kinds are " + joined(reply_kinds)
        );
    }
    piece.kind = static_cast<FieldKind>(found - reply_kinds.begin());
    return piece;
}

void add_literal(std::vector<Piece>& pieces, char c) {
    if (pieces.empty() || pieces.back().is_field) {
        pieces.emplace_back();
    }
    pieces.back().text += c;
}

bool fits(FieldKind kind, std::string_view text) {
    switch (kind) {
        case FieldKind::number:
        case FieldKind::value: return to_double(text).has_value();
        case FieldKind::word: return is_word(text);
        case FieldKind::tag: return to_count(text).has_value();
        case FieldKind::text: return true;
    }
    return false;
}

std::string sample_of(FieldKind kind) {
    switch (kind) {
        case FieldKind::number:
        case FieldKind::value:
        case FieldKind::tag: return "0";
        case FieldKind::word: return "W";
        case FieldKind::text: return "";
    }
    return "";
}

}  // namespace

Result<Template> Template::of_reply(std::string_view text) {
    return parsed(text, false);
}

Result<Template> Template::of_command(std::string_view text) {
    return parsed(text, true);
}

Result<Template> Template::parsed(std::string_view text, bool is_command) {
    Template out;
    out.text_ = text;
    std::set<std::string> names;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const bool is_double = i + 1 < text.size() && text[i + 1] == c;
        if (c == '\r' || c == '\n') {
            return fail(
                Errc::invalid, "a line end stands in it", {}, "terminators belong to [link]"
            );
        }
        if ((c == '{' || c == '}') && is_double) {
            add_literal(out.pieces_, c);
            ++i;
        } else if (c == '{') {
            const std::size_t end = text.find('}', i);
            if (end == std::string_view::npos) {
                return fail(Errc::invalid, "a brace is not closed", {}, "write {{ for a brace");
            }
            auto piece = field_of(text.substr(i + 1, end - i - 1), is_command);
            if (!piece) {
                return fail(piece.error());
            }
            if (!names.insert(piece->text).second) {
                return fail(Errc::invalid, "{" + piece->text + "} stands in it twice");
            }
            if (!out.pieces_.empty() && out.pieces_.back().is_field) {
                return fail(
                    Errc::invalid,
                    "nothing separates {" + out.pieces_.back().text + "} from {" + piece->text + "}"
                );
            }
            out.pieces_.push_back(std::move(*piece));
            i = end;
        } else if (c == '}') {
            return fail(Errc::invalid, "a brace is not opened", {}, "write }} for a brace");
        } else {
            add_literal(out.pieces_, c);
        }
    }
    if (out.pieces_.empty()) {
        return fail(Errc::invalid, "it is empty");
    }
    return out;
}

bool Template::has(FieldKind kind) const {
    return std::any_of(pieces_.begin(), pieces_.end(), [kind](const Piece& piece) {
        return piece.is_field && piece.kind == kind;
    });
}

std::optional<std::map<std::string, std::string>> Template::match(std::string_view line) const {
    std::map<std::string, std::string> found;
    for (std::size_t i = 0; i < pieces_.size(); ++i) {
        const Piece& piece = pieces_[i];
        if (!piece.is_field) {
            if (!line.starts_with(piece.text)) {
                return std::nullopt;
            }
            line.remove_prefix(piece.text.size());
            continue;
        }
        const bool is_number = piece.kind == FieldKind::number || piece.kind == FieldKind::value;
        while (is_number && line.starts_with(' ')) {
            line.remove_prefix(1);
        }
        const std::size_t end =
            i + 1 < pieces_.size() ? line.find(pieces_[i + 1].text) : line.size();
        if (end == std::string_view::npos) {
            return std::nullopt;
        }
        const std::string_view inside =
            is_number ? trimmed(line.substr(0, end)) : line.substr(0, end);
        if (!fits(piece.kind, inside)) {
            return std::nullopt;
        }
        found[piece.text] = inside;
        line.remove_prefix(end);
    }
    if (!line.empty()) {
        return std::nullopt;
    }
    return found;
}

std::string Template::filled(const std::map<std::string, std::string>& fields, std::uint64_t tag)
    const {
    std::string out;
    for (const Piece& piece : pieces_) {
        if (!piece.is_field) {
            out += piece.text;
        } else if (piece.kind == FieldKind::tag) {
            out += std::to_string(tag);
        } else {
            const auto found = fields.find(piece.text);
            out += found == fields.end() ? sample_of(piece.kind) : found->second;
        }
    }
    return out;
}

std::string Template::rendered(double value, std::uint64_t tag) const {
    std::string out;
    for (const Piece& piece : pieces_) {
        if (!piece.is_field) {
            out += piece.text;
        } else if (piece.kind == FieldKind::tag) {
            out += std::to_string(tag);
        } else {
            std::array<char, 400> text{};  // of 1e308 with 9 decimals, at most
            const auto end = std::to_chars(
                text.data(),
                text.data() + text.size(),
                value,
                std::chars_format::fixed,
                piece.decimals
            );
            out.append(text.data(), end.ptr);
        }
    }
    return out;
}

}  // namespace relaxd::protocol
