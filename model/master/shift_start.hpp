// SPDX-License-Identifier: MIT
//
// Where the superposition starts: every isotherm against its neighbour in temperature, by the shift
// that lays ln G' and ln G'' on one another best.

#pragma once

#include "model/master/sweeps.hpp"

#include <Eigen/Core>

#include <cstdint>

namespace relaxd::model {

enum class Moduli : std::uint8_t { both, storage, loss };

/// ln a_T of every isotherm relative to `reference`. Deterministic; of both moduli the one that
/// changes more against its noise decides, since distances count in standard deviations.
[[nodiscard]] Eigen::VectorXd pairwise_shifts(
    const Sweeps& sweeps, std::size_t reference, Moduli moduli
);

/// Whether isotherms `a` and `b` overlap at this ln a_T of `a` over `b` and agree there: within 5
/// standard deviations, or 10 % where that is more, root mean square.
[[nodiscard]] bool agree(const Sweeps& sweeps, std::size_t a, std::size_t b, double shift);

}  // namespace relaxd::model
