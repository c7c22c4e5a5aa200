// SPDX-License-Identifier: MIT
//
// Is the cost a parabola along a coordinate, once all others have followed? On noise-free data
// that the fitted model itself would make, so that the noise at hand does not decide it. Inner
// header of model/fit.

#pragma once

#include "model/fit/named_objective.hpp"

#include <cstddef>
#include <span>

namespace relaxd::model {

class ProfileOnPseudoData {
  public:
    /// Changes the loss and scaling of `objective`.
    ProfileOnPseudoData(
        NamedObjective& objective, std::span<const NamedCoordinate> coordinates, const NamedFit& fit
    );

    /// Does the cost at +-2 standard deviations rise by 4 within 30 % (ANALYSIS 4.1)?
    [[nodiscard]] bool is_parabola(std::size_t which);

  private:
    NamedObjective& objective_;
    std::span<const NamedCoordinate> coordinates_;
    const NamedFit& fit_;
};

}  // namespace relaxd::model
