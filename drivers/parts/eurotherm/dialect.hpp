// SPDX-License-Identifier: MIT
//
// Eurotherm 2200, 2400 or 3200 controller or nanodac (loop 1) as a polled part, on Modbus RTU,
// Modbus TCP or EI-Bisynch: temperature_K with its sensor's state, set point, ramp, output.
// README.md has the facts.

#pragma once

#include "drivers/parts/polled/dialect.hpp"

#include <map>
#include <memory>
#include <string>

namespace relaxd::drivers::parts::eurotherm {

/// Options: `wire` "modbus_rtu" | "modbus_tcp" | "ei_bisynch"; `series` "2400" | "2200" | "3200" |
/// "nanodac"; `address` "1" …; `unit` "degC" | "K": that the display has; `numbers` "ieee" |
/// "scaled"; `decimals` "0" … "2" of the display; `set_point` "target" | "remote"; `rate_unit`
/// "min" | "s" | "hour"; `lowest_K`, `highest_K` of set points; `channel` "1". Error `invalid`:
/// another word, or a wire that the series does not have.
[[nodiscard]] Result<std::unique_ptr<Dialect>> make_dialect(
    const std::map<std::string, std::string>& options
);

}  // namespace relaxd::drivers::parts::eurotherm
