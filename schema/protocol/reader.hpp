// SPDX-License-Identifier: MIT
//
// Typed keys of a TOML table, with errors that say where. Internal to schema/protocol.

#pragma once

#include "schema/base/result.hpp"
#include "schema/base/toml_parser.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace relaxd::protocol {

using Words = std::span<const std::string_view>;

/// One table of the file. Views: the table and the source's name outlive it.
class Section {
  public:
    Section(const toml::table& table, std::string_view name, std::string_view source)
        : table_(table), name_(name), source_(source) {}

    [[nodiscard]] const toml::table& table() const { return table_; }
    [[nodiscard]] std::string_view source() const { return source_; }
    [[nodiscard]] Result<void> only(Words known) const;
    [[nodiscard]] bool has(const char* key) const { return table_.get(key) != nullptr; }
    [[nodiscard]] std::size_t line(const char* key) const;
    [[nodiscard]] std::size_t line() const { return table_.source().begin.line; }

    /// "KEY of [NAME]: WHY" where the key stands, or the section where it does not.
    [[nodiscard]] tl::unexpected<Error> wrong(
        const char* key, const std::string& why, std::string hint = {}
    ) const;
    [[nodiscard]] Result<void> text(const char* key, std::string& into, bool is_needed) const;
    [[nodiscard]] Result<void> number(
        const char* key, double& into, double lowest, double highest, bool is_needed = false
    ) const;
    [[nodiscard]] Result<void> count(const char* key, int& into, int lowest, int highest) const;
    [[nodiscard]] Result<void> flag(const char* key, bool& into) const;
    [[nodiscard]] Result<void> texts(const char* key, std::vector<std::string>& into) const;
    /// One of `words`: its place.
    [[nodiscard]] Result<void> choice(const char* key, std::size_t& into, Words words) const;
    /// A table below; nothing if there is none.
    [[nodiscard]] Result<std::optional<Section>> below(const char* key) const;
    [[nodiscard]] std::string where(std::size_t line) const;

  private:
    const toml::table& table_;
    std::string name_;
    std::string_view source_;
};

}  // namespace relaxd::protocol
