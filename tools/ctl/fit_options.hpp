// SPDX-License-Identifier: MIT
//
// The words of `relaxctl fit` as FitOptions (CONTRACT 4). Pure.

#pragma once

#include "schema/base/result.hpp"
#include "schema/record/fit.hpp"
#include "tools/ctl/verbs.hpp"

namespace relaxd::ctl {

/// Model, --fix, --free, --prior, --form and --t-g, checked. Errors: `invalid` names the option;
/// `not_built` a model of the contract that does not exist yet. An empty --form leaves `exact`.
[[nodiscard]] Result<record::FitOptions> fit_options_from(const FitVerb& verb);

}  // namespace relaxd::ctl
