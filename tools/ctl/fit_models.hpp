// SPDX-License-Identifier: MIT
//
// The models of CONTRACT 4 as `relaxctl fit` knows them: their names, what data they take, which
// parameters each has. Pure.

#pragma once

#include <span>
#include <string>
#include <string_view>

namespace relaxd::ctl {

struct FitModel {
    std::string_view name;
    bool is_series = false;      ///< Takes tests in time or master data, not E*(T, f).
    bool wants_dynamic = false;  ///< Its corrected values need the fit of the whole model first.
    bool takes_params = false;   ///< Any name of the material's `params` acts.
    std::span<const std::string_view> names;         ///< Its own parameters.
    std::string_view wants;                          ///< The columns it reads, for messages.
    std::span<const std::string_view> formulations;  ///< What --formulation may be.
};

/// All models, in the contract's order.
[[nodiscard]] std::span<const FitModel> fit_models();

/// By name or alias (`isochronal`, `isothermal`); null if there is none.
[[nodiscard]] const FitModel* find_model(std::string_view name);

/// Every name that --fix, --free and --prior take: those of `params` and of all models.
[[nodiscard]] bool is_parameter(std::string_view name);
[[nodiscard]] std::string nearest_parameter(std::string_view name);

/// Does the model (or the fit of the whole model before it) look at this name?
[[nodiscard]] bool acts_on(const FitModel& model, std::string_view name);

}  // namespace relaxd::ctl
