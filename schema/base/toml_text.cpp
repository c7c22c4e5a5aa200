// SPDX-License-Identifier: MIT
#include "schema/base/toml_text.hpp"

#include "schema/base/nearest.hpp"

namespace relaxd {

Error not_toml(std::string_view why, std::string_view source, std::size_t line) {
    return {
        Errc::invalid,
        "this is not TOML: " + std::string(why),
        std::string(source) + ":" + std::to_string(line),
        {}
    };
}

Error unknown_key(
    std::string_view key,
    std::string_view of_what,
    std::string where,
    std::span<const std::string_view> known
) {
    return {
        Errc::invalid,
        "unknown key '" + std::string(key) + "' in " + std::string(of_what),
        std::move(where),
        "the nearest known key is '" + std::string(nearest(key, known)) +
            "'; known: " + joined(known)
    };
}

}  // namespace relaxd
