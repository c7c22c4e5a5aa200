// SPDX-License-Identifier: MIT
//
// Profile intervals of the dynamic fit, on demand: where the quadratic interval would lie when a
// parameter acts nonlinearly (ANALYSIS 4.1).

#pragma once

#include "model/estimate/dynamic_data.hpp"
#include "model/estimate/dynamic_layout.hpp"
#include "model/estimate/dynamic_posterior.hpp"
#include "schema/record/fit.hpp"

#include <Eigen/Core>

namespace relaxd::model {

/// Fills profile_low and profile_high of every parameter (and of tau_max_Tg_s) that has an error:
/// where the robust cost over the same variance factor as the covariance, with the priors,
/// minimised over all the others, has risen by 3.841. An end that the box or the domain cuts off
/// stays unknown. Some 100 fits: not for every reading.
void profile_intervals(
    const DynamicData& data,
    const Layout& layout,
    record::Form form,
    const DynamicPosterior& known,
    record::FitResult& result
);

}  // namespace relaxd::model
