// SPDX-License-Identifier: MIT
//
// Which code this is: release and commit, stored with every run and every estimate.

#pragma once

#include <string_view>

namespace relaxd {

[[nodiscard]] std::string_view code_version();

}  // namespace relaxd
