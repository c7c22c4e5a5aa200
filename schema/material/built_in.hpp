// SPDX-License-Identifier: MIT
//
// The embedded .toml files of this folder (written by cmake/relaxd_materials.cmake), sorted by
// name.

#pragma once

#include <span>
#include <string_view>

namespace relaxd::material {

struct BuiltIn {
    std::string_view name;
    std::string_view toml;
};

[[nodiscard]] std::span<const BuiltIn> built_in();

}  // namespace relaxd::material
