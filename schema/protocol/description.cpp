// SPDX-License-Identifier: MIT
#include "schema/protocol/description.hpp"

#include <fstream>
#include <ios>

namespace relaxd::protocol {

namespace {
constexpr std::size_t file_max = 1U << 20U;
}  // namespace

const SetRule* Description::find_set(std::string_view quantity) const {
    for (const SetRule& rule : sets) {
        if (rule.quantity.name == quantity) {
            return &rule;
        }
    }
    return nullptr;
}

std::optional<std::size_t> Description::query_of(std::string_view quantity) const {
    for (std::size_t i = 0; i < queries.size(); ++i) {
        for (const Measured& one : queries[i].values) {
            if (one.quantity.name == quantity) {
                return i;
            }
        }
    }
    return std::nullopt;
}

const Measured* Description::find_measured(std::string_view quantity) const {
    const auto query = query_of(quantity);
    if (query) {
        for (const Measured& one : queries[*query].values) {
            if (one.quantity.name == quantity) {
                return &one;
            }
        }
    }
    return nullptr;
}

Result<Description> load(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        return fail(
            Errc::not_found, "the description cannot be opened", path, "check its path and rights"
        );
    }
    std::string text;
    text.resize(file_max + 1);
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    if (file.bad()) {
        return fail(Errc::io, "the description cannot be read", path);
    }
    if (text.size() > file_max) {
        return fail(Errc::invalid, "the description is longer than 1 MiB", path);
    }
    const std::size_t slash = path.rfind('/');
    return parse(text, slash == std::string::npos ? path : path.substr(slash + 1));
}

}  // namespace relaxd::protocol
