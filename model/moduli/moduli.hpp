// SPDX-License-Identifier: MIT
//
// Between tension and shear, for an isotropic solid whose bulk modulus stays elastic:
// 1/E* = 1/(9K) + 1/(3G*).

#pragma once

#include "schema/base/result.hpp"

#include <complex>

namespace relaxd::model {

/// E* from G*; K > 0 real, at the temperature of the moduli.
[[nodiscard]] Result<std::complex<double>> tensile_from_shear(
    std::complex<double> G_Pa, double bulk_modulus_Pa
);

/// G* from E*; an E* that a solid of this K cannot have (|E*| >= 9K region) is an error.
[[nodiscard]] Result<std::complex<double>> shear_from_tensile(
    std::complex<double> E_Pa, double bulk_modulus_Pa
);

/// The shortcut E* = 2 (1 + nu) G* with a constant Poisson's ratio: not exact where the solid
/// relaxes, because nu then rises towards 1/2. -1 < nu < 0.5.
[[nodiscard]] Result<std::complex<double>> tensile_from_shear_constant_nu(
    std::complex<double> G_Pa, double poisson_ratio
);

}  // namespace relaxd::model
