// SPDX-License-Identifier: MIT
//
// From the rules of a description to requests of drivers/link/exchange.hpp, and from replies to
// values. Pure but for the types of the link.

#pragma once

#include "drivers/api/part.hpp"
#include "drivers/link/exchange.hpp"
#include "schema/protocol/description.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace relaxd::drivers::protocol_file {

using Fields = std::map<std::string, std::string>;

/// A request whose reply must fit `answer`, checksum and tag included; empty `answer`: none comes.
[[nodiscard]] link::Query query_of(
    const protocol::LinkRules& rules,
    const protocol::Template& command,
    const protocol::Template& answer,
    double value,
    std::uint64_t tag
);

/// The fields of a whole line, if it fits.
[[nodiscard]] std::optional<Fields> fields_of(
    const protocol::LinkRules& rules,
    const protocol::Template& answer,
    std::string_view line,
    std::uint64_t tag
);

[[nodiscard]] link::ExchangeSettings settings_of(const protocol::Description& description);

/// Longer for slow replies: `frequency_Hz` unknown where nobody has said it.
[[nodiscard]] std::optional<link::ExchangeDeadlines> deadlines_of(
    const protocol::LinkRules& rules, const protocol::QueryRule& rule, double frequency_Hz
);

/// The values of one reply: numbers, or the words why there are none.
[[nodiscard]] std::vector<PartValue> values_of(
    const protocol::QueryRule& rule, const Fields& fields, const link::Answer& answer
);

/// The same quantities without a number.
[[nodiscard]] std::vector<PartValue> no_values(
    const protocol::QueryRule& rule, const std::string& status
);

}  // namespace relaxd::drivers::protocol_file
