// SPDX-License-Identifier: MIT
//
// Solartron frequency-response analysers 1250, 1255 and 1260 as a polled part: ratio_real and
// ratio_imag (channel 2 over channel 1) by single measurements whose deadline follows from
// frequency and cycles; its generator. README.md has the facts, and what wire this needs.

#pragma once

#include "drivers/parts/polled/dialect.hpp"

#include <map>
#include <memory>
#include <string>

namespace relaxd::drivers::parts::solartron {

/// Options: `model` "1260" | "1255" | "1250", `terminator` "cr" | "crlf", `source` "yes" | "no":
/// does its generator drive the pendulum? Error `invalid`: another word.
[[nodiscard]] Result<std::unique_ptr<Dialect>> make_dialect(
    const std::map<std::string, std::string>& options
);

}  // namespace relaxd::drivers::parts::solartron
