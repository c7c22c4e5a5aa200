// SPDX-License-Identifier: MIT
//
// MKS 937B gauge controller or a 900-series transducer (974B …) on RS-232 or RS-485 as a polled
// part: pressure_Pa of one channel, in the unit that the device has at that moment. README.md has
// the facts.

#pragma once

#include "drivers/parts/polled/dialect.hpp"

#include <map>
#include <memory>
#include <string>

namespace relaxd::drivers::parts::mks {

/// Options: `channel` "1" … "6", `address` "1" … "254" (default 253). Error `invalid`: another
/// word.
[[nodiscard]] Result<std::unique_ptr<Dialect>> make_dialect(
    const std::map<std::string, std::string>& options
);

}  // namespace relaxd::drivers::parts::mks
