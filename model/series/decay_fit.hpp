// SPDX-License-Identifier: MIT
//
// The fit of y(t) = y_inf + (y_0 - y_inf) exp[-(t/tau)^beta] through the common frame: tau and beta
// of all rows, both ends for each group. Used by ageing (S2 Eq. 12) and stress relaxation.

#pragma once

#include "model/fit/named_fit.hpp"
#include "model/series/decay_rows.hpp"

#include <optional>
#include <string>
#include <vector>

namespace relaxd::model {

struct DecaySetup {
    std::string name_0;    ///< Reported name of y_0, e.g. "tan_delta_0".
    std::string name_inf;  ///< Of y_inf.
    std::string name_tau = "tau_s";
    std::string name_beta = "beta";
    std::string what;             ///< For sentences, e.g. "tan delta".
    double inf_prior_mean = 0.5;  ///< Of y_inf, in units of the largest |y|.
    double inf_prior_sd = 0.5;
    bool must_fall = false;  ///< y rising with time is no estimate.
};

struct DecayFit {
    std::string reason;  ///< Not empty: no estimate, and why.
    NamedFit fit;
    std::vector<NamedCoordinate> coordinates;  ///< decay_model.hpp tells their places.
    double unit = 1.0;                         ///< Of y_0 and y_inf.
    double last_time_s = 0.0;

    [[nodiscard]] bool is_usable() const { return reason.empty(); }
    [[nodiscard]] record::ParameterEstimate tau(std::string name) const;
    [[nodiscard]] record::ParameterEstimate beta(std::string name) const;
    [[nodiscard]] record::ParameterEstimate value_0(std::string name, std::size_t group) const;
    [[nodiscard]] record::ParameterEstimate value_inf(std::string name, std::size_t group) const;
    /// Last time over tau.
    [[nodiscard]] record::ParameterEstimate progress(std::string name) const;
    /// When all but 10 % of the change will have happened, since t = 0.
    [[nodiscard]] record::ParameterEstimate time_to_10_percent(std::string name) const;
    /// (y_0 - y_inf)/tau^beta of group 0, all that is known while t < tau (ANALYSIS 4.3); none once
    /// tau and y_inf are determined.
    [[nodiscard]] std::optional<record::KnownCombination> initial_curvature(const DecaySetup& setup
    ) const;
};

[[nodiscard]] DecayFit fit_decay(
    const DecayRows& rows, const DecaySetup& setup, const record::FitOptions& options
);

/// The four parameters of group 0 (with profiles where wanted), correlations, checks, flagged rows
/// and warm start of `decay` into `result`; status "converged", or the reason why not.
void publish_decay(
    const DecayRows& rows,
    const DecaySetup& setup,
    const record::FitOptions& options,
    const DecayFit& decay,
    record::FitResult& result
);

}  // namespace relaxd::model
