// SPDX-License-Identifier: MIT
//
// The tables `[instrument.pendulum]` and `[[instrument.part]]` of the daemon's configuration file
// (docs/pendulum.md), for the daemon and for `relaxsim pendulum --config`.

#pragma once

#include "drivers/torsion_pendulum/composition.hpp"
#include "schema/base/result.hpp"
#include "schema/base/toml_parser.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace relaxd::drivers::torsion_pendulum {

/// Told each mistake with its place.
using Complain =
    std::function<void(const toml::source_position& at, std::string message, std::string hint)>;

/// The keys of an instrument's table that belong to this driver.
inline constexpr std::string_view pendulum_key = "pendulum";
inline constexpr std::string_view part_key = "part";

/// From the table of one [[instrument]]; every mistake is told, not only the first.
[[nodiscard]] Composition read_composition(const toml::table& instrument, const Complain& complain);

/// A pendulum of a configuration file, by its instrument's name.
struct NamedComposition {
    std::string name;
    Composition composition;
    NamedComposition() = default;
};

/// All instruments with driver "torsion_pendulum" of a daemon's configuration; other tables and
/// keys are left to the daemon. Errors as `invalid`, `where` = file:line:column.
[[nodiscard]] Result<std::vector<NamedComposition>, std::vector<Error>> read_compositions(
    std::string_view text, const std::string& source_name
);

}  // namespace relaxd::drivers::torsion_pendulum
