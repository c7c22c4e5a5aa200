// SPDX-License-Identifier: MIT
//
// What is said beside the dynamic fit where options ask for it: systematic errors, and the listed
// alternatives of the model on the same data. Each costs further fits.

#pragma once

#include "model/estimate/dynamic_data.hpp"
#include "schema/record/fit.hpp"

namespace relaxd::model {

/// systematic_error and combined_error of parameters and derived numbers, from
/// `modulus_scale_relative_sd` (closed form: moduli and viscosities go with the scale, compliances
/// against it, all else does not move; one refit where a fix or prior says otherwise) and
/// `temperature_offset_sd_K` (one refit with every temperature moved by it; dU/U = 2d/T). Unknown
/// where neither is given, or where the refit leaves a parameter undetermined.
void add_systematic_errors(
    const DynamicData& data, const record::FitOptions& options, record::FitResult& result
);

/// The model as asked, and with one thing changed at a time: the beta process with one time, A_vp
/// free (or tied), the other forms, chi constant. All on the same points, without those that the
/// model as asked flags. AIC = chi2/c + 2 k, BIC = chi2/c + k ln n, n numbers, c = max(1, the
/// smallest reduced chi2 of the list).
void add_alternatives(
    const DynamicData& data, const record::FitOptions& options, record::FitResult& result
);

}  // namespace relaxd::model
