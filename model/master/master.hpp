// SPDX-License-Identifier: MIT
//
// Estimators of master data and of the superposition of isotherms (ANALYSIS 4.2 F). Pure, as
// model/estimate/estimate.hpp.

#pragma once

#include "schema/record/fit.hpp"

#include <span>

namespace relaxd::model {

/// Model "master-curve": shifts of isothermal sweeps, E_alpha_J_mol, the test of superposition.
[[nodiscard]] record::FitResult fit_master_curve(
    std::span<const record::DynamicPoint> points, const record::FitOptions& options
);
/// Models "qpd" (S2 Eq. 9), "kww" (S2 Eqs. 15, 16) and "bergman" (S2 Eq. 17) of data against
/// omega_rad_s.
[[nodiscard]] record::FitResult fit_qpd(
    const record::SeriesData& data, const record::FitOptions& options
);
[[nodiscard]] record::FitResult fit_kww(
    const record::SeriesData& data, const record::FitOptions& options
);
[[nodiscard]] record::FitResult fit_bergman(
    const record::SeriesData& data, const record::FitOptions& options
);

}  // namespace relaxd::model
