// SPDX-License-Identifier: MIT
//
// One line with fields: "T {temperature_degC:number} {status:word}". Strict: a line fits as a whole
// or not at all. `{{` and `}}` stand for the braces themselves.
//
// Kinds of a reply's fields: number (decimal, blanks around it allowed), word (letters, digits,
// `_ . + - / :`, not empty), text (anything, may be empty), tag (digits: the number of the
// request). Of a command's: `{value:2}` = fixed with 2 decimals, `{tag}`.

#pragma once

#include "schema/base/result.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relaxd::protocol {

enum class FieldKind : std::uint8_t { number, word, text, tag, value };

struct Piece {
    bool is_field = false;
    std::string text;  ///< Literal, or the field's name.
    FieldKind kind = FieldKind::number;
    int decimals = 0;  ///< Of `value`.
};

class Template {
  public:
    Template() = default;
    /// Errors have a message and a hint, no `where`.
    [[nodiscard]] static Result<Template> of_reply(std::string_view text);
    [[nodiscard]] static Result<Template> of_command(std::string_view text);

    [[nodiscard]] const std::string& text() const { return text_; }
    [[nodiscard]] const std::vector<Piece>& pieces() const { return pieces_; }
    [[nodiscard]] bool has(FieldKind kind) const;
    [[nodiscard]] bool empty() const { return pieces_.empty(); }

    /// Field name to its text, blanks around numbers removed; nothing if the line does not fit.
    [[nodiscard]] std::optional<std::map<std::string, std::string>> match(std::string_view line
    ) const;

    /// Of a reply: `fields` by name (absent: a sample of its kind). `tag` goes into tags.
    [[nodiscard]] std::string filled(
        const std::map<std::string, std::string>& fields, std::uint64_t tag
    ) const;
    /// Of a command.
    [[nodiscard]] std::string rendered(double value, std::uint64_t tag) const;

  private:
    [[nodiscard]] static Result<Template> parsed(std::string_view text, bool is_command);
    std::string text_;
    std::vector<Piece> pieces_;
};

}  // namespace relaxd::protocol
