// SPDX-License-Identifier: MIT
//
// The generated table of embedded files; its source is written by cmake/embed_assets.py.

#pragma once

#include "daemon/serve/assets.hpp"

#include <span>

namespace relaxd::daemon {

[[nodiscard]] std::span<const Asset> asset_table();

}  // namespace relaxd::daemon
