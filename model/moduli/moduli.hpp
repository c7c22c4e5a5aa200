// SPDX-License-Identifier: MIT
//
// Between tension and shear, for an isotropic solid whose bulk modulus stays elastic:
// 1/E* = 1/(9K) + 1/(3G*). Pa; storage and loss are 0 or more, each to a relative 1e-15.
//
// Errors name `storage_modulus_Pa`, `loss_modulus_Pa`, `bulk_modulus_Pa` or `poisson_ratio`:
// `Errc::invalid` outside the domain, `Errc::overflow` where the result leaves the range of double.

#pragma once

#include "schema/base/result.hpp"

#include <complex>

namespace relaxd::model {

/// E* from G*; K > 0 real, at the temperature of the moduli.
[[nodiscard]] Result<std::complex<double>> tensile_from_shear(
    std::complex<double> G_Pa, double bulk_modulus_Pa
);

/// G* from E*; an E* that a solid of this K cannot have (|E*|^2 >= 9 K E': its shear
/// modulus would not store) is an error that names `bulk_modulus_Pa`.
[[nodiscard]] Result<std::complex<double>> shear_from_tensile(
    std::complex<double> E_Pa, double bulk_modulus_Pa
);

/// The shortcut E* = 2 (1 + nu) G* with a constant Poisson's ratio: not exact where the solid
/// relaxes, because nu then rises towards 1/2. -1 < nu < 0.5.
[[nodiscard]] Result<std::complex<double>> tensile_from_shear_constant_nu(
    std::complex<double> G_Pa, double poisson_ratio
);

}  // namespace relaxd::model
