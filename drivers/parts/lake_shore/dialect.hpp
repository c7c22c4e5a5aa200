// SPDX-License-Identifier: MIT
//
// Lake Shore 335, 336 or 350 temperature controller on USB serial or TCP 7777 as a polled part:
// temperature_K with its reading status, one control loop with ramp, heater and heater_percent.
// README.md has the facts.

#pragma once

#include "drivers/parts/polled/dialect.hpp"

#include <map>
#include <memory>
#include <string>

namespace relaxd::drivers::parts::lake_shore {

/// Options: `channel` "A" … "D", "D1" … "D5"; `output` "1" … "4"; `range` "1" … "5": the heater's
/// when it is on; `lowest_K`, `highest_K` of set points; `check_loop` "yes" | "no": must OUTMODE
/// tie the output to the channel? Error `invalid`: another word.
[[nodiscard]] Result<std::unique_ptr<Dialect>> make_dialect(
    const std::map<std::string, std::string>& options
);

}  // namespace relaxd::drivers::parts::lake_shore
