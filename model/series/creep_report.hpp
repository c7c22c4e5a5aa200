// SPDX-License-Identifier: MIT
//
// What a creep fit says: parameters, components of the last strain, viscosity, and the combinations
// that are known where their members trade.

#pragma once

#include "model/series/creep_setup.hpp"

namespace relaxd::model {

/// Fills parameters, derived, correlations and known_combinations of `out`. `is_shear`: the
/// compliance is one of shear, and the viscosity not three times too large.
void report_creep(
    const CreepData& data,
    const CreepSetup& setup,
    const NamedFit& fit,
    bool is_shear,
    record::FitResult& out
);

}  // namespace relaxd::model
