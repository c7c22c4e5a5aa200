// SPDX-License-Identifier: MIT
#include "schema/protocol/reader.hpp"

#include "schema/base/nearest.hpp"
#include "schema/base/number.hpp"
#include "schema/base/toml_text.hpp"

#include <cmath>

namespace relaxd::protocol {

Result<void> Section::only(Words known) const {
    return check_keys(table_, name_, source_, known);
}

std::size_t Section::line(const char* key) const {
    const toml::node* node = table_.get(key);
    return node == nullptr ? line() : node->source().begin.line;
}

std::string Section::where(std::size_t line) const {
    return std::string(source_) + ":" + std::to_string(line);
}

tl::unexpected<Error> Section::wrong(const char* key, const std::string& why, std::string hint)
    const {
    return fail(
        Errc::invalid,
        std::string("key '") + key + "' of " + name_ + ": " + why,
        where(line(key)),
        std::move(hint)
    );
}

Result<void> Section::text(const char* key, std::string& into, bool is_needed) const {
    const toml::node* node = table_.get(key);
    if (node == nullptr) {
        return is_needed ? wrong(key, "it is missing") : Result<void>();
    }
    if (!node->is_string()) {
        return wrong(key, "it is not a text in quotes");
    }
    into = node->as_string()->get();
    return {};
}

Result<void> Section::number(
    const char* key, double& into, double lowest, double highest, bool is_needed
) const {
    const toml::node* node = table_.get(key);
    if (node == nullptr) {
        return is_needed ? wrong(key, "it is missing") : Result<void>();
    }
    const auto value = node->value<double>();
    if (!node->is_number() || !value || !(*value >= lowest && *value <= highest)) {
        return wrong(key, "it is not a number from " + to_text(lowest) + " to " + to_text(highest));
    }
    into = *value;
    return {};
}

Result<void> Section::count(const char* key, int& into, int lowest, int highest) const {
    double value = into;
    auto read = number(key, value, lowest, highest);
    if (!read) {
        return read;
    }
    if (value != std::floor(value)) {
        return wrong(key, "it is not a whole number");
    }
    into = static_cast<int>(value);
    return {};
}

Result<void> Section::flag(const char* key, bool& into) const {
    const toml::node* node = table_.get(key);
    if (node == nullptr) {
        return {};
    }
    if (!node->is_boolean()) {
        return wrong(key, "it is neither true nor false");
    }
    into = node->as_boolean()->get();
    return {};
}

Result<void> Section::texts(const char* key, std::vector<std::string>& into) const {
    const toml::node* node = table_.get(key);
    if (node == nullptr) {
        return {};
    }
    const toml::array* list = node->as_array();
    if (list == nullptr) {
        return wrong(key, "it is not a list of texts");
    }
    for (const toml::node& one : *list) {
        if (!one.is_string()) {
            return wrong(key, "it is not a list of texts");
        }
        into.push_back(one.as_string()->get());
    }
    return {};
}

Result<void> Section::choice(const char* key, std::size_t& into, Words words) const {
    std::string said;
    auto read = text(key, said, false);
    if (!read || !has(key)) {
        return read;
    }
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (words[i] == said) {
            into = i;
            return {};
        }
    }
    return wrong(
        key,
        "there is no '" + said + "'",
        "did you mean '" + std::string(nearest(said, words)) + "'? known are " + joined(words)
    );
}

Result<std::optional<Section>> Section::below(const char* key) const {
    const toml::node* node = table_.get(key);
    if (node == nullptr) {
        return std::optional<Section>();
    }
    if (!node->is_table()) {
        return wrong(key, "it is not a section");
    }
    return std::optional<Section>(Section(*node->as_table(), name_ + "." + key, source_));
}

}  // namespace relaxd::protocol
