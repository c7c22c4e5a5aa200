// SPDX-License-Identifier: MIT
//
// What an error of the thermometer does to the numbers of a creep test, which has one temperature.

#pragma once

#include "schema/record/fit.hpp"

#include <string>

namespace relaxd::model {

/// Brings numbers of a fit whose temperatures were moved back to the temperature that is written
/// beside them: tau_max by U_beta/(chi R T^2) a kelvin and the rise of chi above T_g by a1 (S1 Eqs.
/// 8, 11b, 22), as options and material say them.
class CreepThermometer {
  public:
    /// `result`: the fit as it is, `moved`: on temperatures higher by `offset_K`. All must outlive
    /// it.
    CreepThermometer(
        const record::SeriesData& data,
        const record::FitOptions& options,
        const record::FitResult& result,
        const record::FitResult& moved,
        double offset_K
    );

    /// The change of one number; unknown where U_beta, T_g (or above it a1 and tau_beta0) that it
    /// needs is not known.
    [[nodiscard]] double change(const record::ParameterEstimate& e) const;

  private:
    const record::FitResult& moved_;
    double chi_by_offset_ = record::unknown;     ///< Of chi at the same structure.
    double ln_tau_by_offset_ = record::unknown;  ///< Of ln tau_max.
};

}  // namespace relaxd::model
