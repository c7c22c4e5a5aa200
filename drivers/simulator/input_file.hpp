// SPDX-License-Identifier: MIT
//
// The text of a file that the user names: a bench, a fault script.

#pragma once

#include "schema/base/result.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace relaxd::simulator {

/// The whole file, at most 1 MB. `what` it should be stands in the errors: `not_found` where it
/// cannot be read, `invalid` where it is larger.
[[nodiscard]] Result<std::string> read_input(
    const std::filesystem::path& file, std::string_view what
);

}  // namespace relaxd::simulator
