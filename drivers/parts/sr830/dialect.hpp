// SPDX-License-Identifier: MIT
//
// SRS SR830 lock-in amplifier on RS-232 as a polled part: x_V, y_V (rms) and frequency_Hz with
// their status and range; its reference, filter and sine output. README.md has the facts.

#pragma once

#include "drivers/parts/polled/dialect.hpp"

#include <map>
#include <memory>
#include <string>

namespace relaxd::drivers::parts::sr830 {

/// Options: `input` "A" | "A-B", `reference` "internal" | "external", `trigger` "rising" |
/// "falling" | "sine" (external only), `source` "yes" | "no": does its sine output drive the
/// pendulum? Error `invalid`: another word.
[[nodiscard]] Result<std::unique_ptr<Dialect>> make_dialect(
    const std::map<std::string, std::string>& options
);

}  // namespace relaxd::drivers::parts::sr830
