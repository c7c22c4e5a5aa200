// SPDX-License-Identifier: MIT
//
// The words of `relaxctl fit` as FitOptions (CONTRACT 4). Pure.

#pragma once

#include "schema/base/result.hpp"
#include "schema/record/fit.hpp"
#include "tools/ctl/fit_models.hpp"
#include "tools/ctl/verbs.hpp"

#include <string>
#include <vector>

namespace relaxd::ctl {

/// All options but --material, checked. Errors: `invalid` names the option. An empty --form leaves
/// `exact`. Fixing A_an_per_Pa fixes A_vp_per_Pa too, unless that is given or freed.
[[nodiscard]] Result<record::FitOptions> fit_options_from(const FitVerb& verb);

/// Takes out names that the model does not have; a warning for each.
[[nodiscard]] std::vector<std::string> drop_without_effect(
    record::FitOptions& options, const FitModel& model
);

}  // namespace relaxd::ctl
