// SPDX-License-Identifier: MIT
//
// Mixing enthalpy of an alloy from pair values, sum over pairs of 4 H_ij c_i c_j (S2 section 3.2.1,
// E2-15).

#pragma once

#include "schema/base/result.hpp"

#include <map>
#include <string>

namespace relaxd::model {

/// kJ/mol. `fractions` of the elements sum to 1 within 1e-6; `pairs_kJ_mol` by "A-B" in either
/// order; a pair of present elements without value is `Errc::not_found` and names the pair. Else
/// `Errc::invalid` with `where` `fractions` or `pairs_kJ_mol`.
[[nodiscard]] Result<double> mixing_enthalpy_kJ_mol(
    const std::map<std::string, double>& fractions,
    const std::map<std::string, double>& pairs_kJ_mol
);

}  // namespace relaxd::model
