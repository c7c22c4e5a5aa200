// SPDX-License-Identifier: MIT
//
// The answer to `identify` (docs/protocols/q800_class.md, section 2) as the API's identity. Pure.

#pragma once

#include "drivers/api/instrument.hpp"
#include "drivers/q800_class/protocol.hpp"

namespace relaxd::drivers::q800_class {

/// `refused` if it speaks another protocol; `corrupt` if it lacks its model, or does not say
/// whether it is a simulation.
[[nodiscard]] Result<Identity> to_identity(const Reply& reply);

}  // namespace relaxd::drivers::q800_class
