// SPDX-License-Identifier: MIT
//
// Pfeiffer TPG 261 or 262 vacuum gauge controller on RS-232 as a polled part: pressure_Pa of one
// gauge, with its status and in the unit that the device has at that moment. README.md has the
// facts.

#pragma once

#include "drivers/parts/polled/dialect.hpp"

#include <map>
#include <memory>
#include <string>

namespace relaxd::drivers::parts::pfeiffer_tpg {

/// Options: `channel` "1" | "2": the gauge; `enquiry` "bare" | "crlf": what follows ENQ. Error
/// `invalid`: another word.
[[nodiscard]] Result<std::unique_ptr<Dialect>> make_dialect(
    const std::map<std::string, std::string>& options
);

}  // namespace relaxd::drivers::parts::pfeiffer_tpg
