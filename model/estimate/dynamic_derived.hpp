// SPDX-License-Identifier: MIT
//
// What follows from the parameters of the dynamic fit: viscosities under their three names,
// fragility, defect concentration.

#pragma once

#include "model/estimate/dynamic_layout.hpp"
#include "schema/record/fit.hpp"

#include <string>
#include <vector>

namespace relaxd::model {

/// A derived number with its gradient, and the coordinates whose states it takes.
struct DerivedScalar {
    std::string name;
    Scalar scalar;
    bool is_logarithm = false;
    std::vector<std::size_t> coordinates;
    std::string method;
};

/// At `T_last_K`: `viscosity_flow_Pa_s`, tau_max/(3 A_vp) of tensile and tau_max/A_vp of shear data
/// (the flow of the model); `viscosity_elongational_Pa_s`, three times that;
/// `viscosity_maxwell_Pa_s` = G_u tau_mol (S2), of tensile data only where options give
/// `poisson_ratio` or `bulk_modulus_Pa`. At T_g from above: `fragility_m` = d log10 tau_max/
/// d(T_g/T).
[[nodiscard]] std::vector<DerivedScalar> derived_scalars(
    const Coordinates& q,
    double T_ref_K,
    double T_last_K,
    bool is_shear,
    const record::FitOptions& options
);

/// `C_d` of S1 Eq. 1 at `T_last_K` where the material gives `dH_J_mol` and `dS_over_R`; else empty.
[[nodiscard]] std::vector<record::ParameterEstimate> defect_estimates(
    double T_last_K, const record::FitOptions& options
);

}  // namespace relaxd::model
