// SPDX-License-Identifier: MIT
//
// calibration make --kind pendulum_empty and pendulum_bar: from stored runs of a torsion pendulum.

#pragma once

#include "model/geometry/calibrate.hpp"
#include "tools/ctl/verbs.hpp"

namespace relaxd::ctl {

[[nodiscard]] Result<model::MadeCalibration> make_pendulum_set(
    const Globals& globals, const MakeCalibration& asked
);

}  // namespace relaxd::ctl
