// SPDX-License-Identifier: MIT
//
// What the sections of a description say of each other. Internal to schema/protocol.

#pragma once

#include "schema/protocol/description.hpp"
#include "schema/protocol/reader.hpp"

namespace relaxd::protocol {

/// Names used twice, set points that nothing reads back, a sentinel that another reply could be;
/// reads [start] and [safe], which name quantities.
[[nodiscard]] Result<void> check_whole(const Section& root, Description& out);

}  // namespace relaxd::protocol
