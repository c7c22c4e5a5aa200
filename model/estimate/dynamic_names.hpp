// SPDX-License-Identifier: MIT
//
// The names of the dynamic fit as operators write and read them, and the coordinates behind them.
// Of shear data the moduli and strengths have names of their own (G_u_Pa …); inside, one set of
// names serves both.

#pragma once

#include "schema/base/result.hpp"
#include "schema/record/fit.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace relaxd::model {

/// A reported name that is a coordinate, or the exponential of one.
struct DynamicName {
    std::string_view name;
    std::size_t coordinate;
    bool is_logarithmic;
};
[[nodiscard]] const DynamicName* dynamic_name(std::string_view name);

/// The name of a coordinate from q_plain_count on; empty for what is never a parameter.
[[nodiscard]] std::string_view added_name(std::size_t coordinate);

/// What is given, never fitted: `E_u_T_ref_K`, `bulk_modulus_Pa`, `poisson_ratio`.
[[nodiscard]] bool is_setting(std::string_view name);
/// From --fix, else from the material.
[[nodiscard]] std::optional<double> setting(
    const record::FitOptions& options, const std::string& name
);

/// The four names of the fast beta process, `fast_beta.A_per_Pa` …, in the order of the contract.
inline constexpr std::array<std::string_view, 4> fast_names{
    "fast_beta.A_per_Pa", "fast_beta.U_J_mol", "fast_beta.tau0_s", "fast_beta.B"
};
/// Whether options fix, free or give a prior to `name`.
[[nodiscard]] bool is_mentioned(const record::FitOptions& options, std::string_view name);
[[nodiscard]] bool wants_fast(const record::FitOptions& options);
/// Freed, or given a prior.
[[nodiscard]] bool is_wanted(const record::FitOptions& options, std::string_view name);

/// The options with the names of shear put back into those used inside; fails with a sentence where
/// a name belongs to the other kind of data.
[[nodiscard]] Result<record::FitOptions> with_inner_names(
    const record::FitOptions& options, bool is_shear
);
/// The last step of a fit of shear data: every name in the result.
void give_shear_names(record::FitResult& result);

}  // namespace relaxd::model
