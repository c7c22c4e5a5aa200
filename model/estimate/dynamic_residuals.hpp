// SPDX-License-Identifier: MIT
//
// Do the residuals of the dynamic fit look like noise, and where do they not (ANALYSIS 4.1, "model
// check"): ageing below T_g, crystals above it, drift, another form of the model.

#pragma once

#include "model/estimate/dynamic_data.hpp"
#include "model/estimate/dynamic_layout.hpp"
#include "model/estimate/dynamic_objective.hpp"
#include "schema/record/fit.hpp"

#include <vector>

namespace relaxd::model {

/// A window whose mean residual is beyond this many of its standard deviations is an alarm.
inline constexpr double window_alarm = 6.0;

/// What decides beside the residuals themselves.
struct ResidualContext {
    double flag_sd = 4.0;  ///< Larger residuals count as this: one outlier is no misfit.
    int n_free = 0;
    double T_g_K = record::unknown;  ///< Where known, for what the sentence guesses.
};

/// Lag-1 correlation and runs in the order of measurement, a series a frequency, E' and E'' apart;
/// chi2_p counts sigmas as they are. The alarm: in some window of 8 rows to all, of one frequency
/// or of all together, the mean of E' or of E'' differs from 0 by more than `window_alarm` of its
/// standard deviations (noise from neighbours' differences); or runs and lag-1 of the whole say so
/// (named_fit.hpp). A large chi2 alone is a wrong sigma, not an alarm.
[[nodiscard]] record::ResidualCheck check_dynamic_residuals(
    const std::vector<DynamicRow>& rows,
    const std::vector<RowResidual>& residuals,
    const ResidualContext& context
);

/// Whether the residuals at `p` are an alarm, for a variance factor `factor`: a warm fit may have
/// stayed in a valley that the newest points have left.
[[nodiscard]] bool is_alarmed(
    const std::vector<DynamicRow>& rows,
    const Layout& layout,
    record::Form form,
    const Eigen::VectorXd& p,
    double factor
);

}  // namespace relaxd::model
