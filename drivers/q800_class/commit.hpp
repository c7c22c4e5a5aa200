// SPDX-License-Identifier: MIT
//
// The answer to `method commit` (docs/protocols/q800_class.md, section 2): is it the method that
// was sent, and with which geometry does the instrument compute? Pure. SI.

#pragma once

#include "drivers/api/instrument.hpp"
#include "drivers/q800_class/protocol.hpp"

#include <cstddef>
#include <string>

namespace relaxd::drivers::q800_class {

/// The geometry in force, unknown where the instrument does not say; `corrupt` if it holds another
/// token, number of segments or dimension than was sent.
[[nodiscard]] Result<Geometry> check_commit(
    const Reply& reply,
    const std::string& token,
    std::size_t segments,
    const record::Specimen& specimen
);

}  // namespace relaxd::drivers::q800_class
