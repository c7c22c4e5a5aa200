// SPDX-License-Identifier: MIT
//
// One channel of a Keysight 33500 as the excitation: frequency_Hz, offset_V, amplitude_V (peak),
// output. Voltages are those into the load that the options declare; the facts: README.md.

#pragma once

#include "drivers/parts/polled/dialect.hpp"

#include <map>
#include <memory>
#include <string>

namespace relaxd::drivers::parts::keysight_33500 {

/// Options: `channel` "1" or "2" (1), `load` "infinity" or ohms, 1 to 10000 (infinity). Error
/// `invalid`: another value.
[[nodiscard]] Result<std::unique_ptr<Dialect>> make_dialect(
    const std::map<std::string, std::string>& options
);

}  // namespace relaxd::drivers::parts::keysight_33500
