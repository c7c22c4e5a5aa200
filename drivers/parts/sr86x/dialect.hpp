// SPDX-License-Identifier: MIT
//
// SRS SR860, SR865 and SR865A lock-in amplifiers (TCP port 23, RS-232) as a polled part: x_V, y_V
// (rms) and frequency_Hz with their status; reference, filter, input range and sine output with
// its offset. README.md has the facts.

#pragma once

#include "drivers/parts/polled/dialect.hpp"

#include <map>
#include <memory>
#include <string>

namespace relaxd::drivers::parts::sr86x {

/// Options: `input` "A" | "A-B", `reference` "internal" | "external", `source` "yes" | "no": does
/// its sine output drive the pendulum? Error `invalid`: another word.
[[nodiscard]] Result<std::unique_ptr<Dialect>> make_dialect(
    const std::map<std::string, std::string>& options
);

}  // namespace relaxd::drivers::parts::sr86x
