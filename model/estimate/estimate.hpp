// SPDX-License-Identifier: MIT
//
// The estimators that run live and offline with the same code (ANALYSIS 4.2 A-C).
//
// Pure: values in, values out; no clock, no thread, no log. A fit that cannot answer says
// `no_estimate` with a reason; it never throws for data. `wall_ms`, seqs of masks and the code
// version are filled by the caller.

#pragma once

#include "model/estimate/dynamic_data.hpp"
#include "schema/record/fit.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace relaxd::model {

/// Form, priors, fixes … as one text, for options_sha256. Same options, same text.
[[nodiscard]] std::string canonical_text(const record::FitOptions& options);

/// chi of isothermal sweeps, the recipe: weighted line through ln tan delta against ln omega (S1
/// Eq. 27), centred sums, exact update per point. One isotherm per group of points whose
/// temperature stays within ±0.5 K and whose `segment` is the same (segment 0 = not given). With a
/// usable dynamic result, also the model value `chi` from ln(J'' - J''_beta - J''_flow)
/// (ANALYSIS 4.2 A).
[[nodiscard]] record::FitResult fit_chi_slope(
    std::span<const record::DynamicPoint> points,
    const record::FitOptions& options,
    const record::FitResult* dynamic = nullptr
);

/// Beta peaks of E''(T) per frequency; `U_beta_peaks`, `tau_beta0_peaks` (the recipe) and, with a
/// usable dynamic result, `*_corr` (ANALYSIS 4.2 B).
[[nodiscard]] record::FitResult fit_beta_peaks(
    std::span<const record::DynamicPoint> points,
    const record::FitOptions& options,
    const record::FitResult* dynamic = nullptr
);

/// The full Eq. 25b fit: 9 parameters (ANALYSIS 4.1, 4.2 C) with priors, intervals and states.
/// Reported: E_u_Pa E_r_Pa A_beta_per_Pa U_beta_J_mol tau_beta0_s B A_an_per_Pa A_vp_per_Pa chi_Tg
/// a1_per_K t0_s T_g_K; derived: tau_max_Tg_s, tau_beta_s and tau_max_s at the last temperature.
[[nodiscard]] record::FitResult fit_dynamic(
    std::span<const record::DynamicPoint> points, const record::FitOptions& options
);

/// The same of data that are masked and weighed already (`options.T_max_K` is not looked at):
/// growing points keep a DynamicTally, whose data() these are.
[[nodiscard]] record::FitResult fit_dynamic_data(
    const DynamicData& data, const record::FitOptions& options
);

/// Alpha peaks of E''(T) per frequency: `E_alpha_peaks` (J/mol), `f0_peaks` (Hz) of S2 Eq. 1 and,
/// where a T_g is given, `fragility_m` of S2 Eq. 2.
[[nodiscard]] record::FitResult fit_alpha_peaks(
    std::span<const record::DynamicPoint> points, const record::FitOptions& options
);

/// A name of the full fit: dynamic, isochronal, isothermal.
[[nodiscard]] bool is_dynamic(std::string_view model);

/// Dispatch by options.model of the models on dynamic points.
[[nodiscard]] record::FitResult fit(
    std::span<const record::DynamicPoint> points,
    const record::FitOptions& options,
    const record::FitResult* dynamic = nullptr
);

/// Dispatch by options.model of the models on tests in time and on master data.
[[nodiscard]] record::FitResult fit_series(
    const record::SeriesData& data, const record::FitOptions& options
);

}  // namespace relaxd::model
