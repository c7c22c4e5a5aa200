// SPDX-License-Identifier: MIT
//
// What `status` says of the instrument itself beside its state (docs/protocols/q800_class.md,
// section 2, optional keys): which start of it this is, and what is set on it now. Pure.

#pragma once

#include "drivers/api/instrument.hpp"
#include "drivers/q800_class/protocol.hpp"

#include <string>

namespace relaxd::drivers::q800_class {

/// The keys that an instrument may leave out, as words; empty where it does.
struct Settings {
    std::string boot;
    std::string clamp;
    Geometry geometry;
    Settings() = default;
    [[nodiscard]] static Settings of(const Reply& status);
};

/// What `now` says differently from `before`, as `name=NEW, was OLD`, joined by commas; empty where
/// nothing does. What one of them does not tell is not compared, and `boot` is no setting.
[[nodiscard]] std::string difference(const Settings& before, const Settings& now);

}  // namespace relaxd::drivers::q800_class
