// SPDX-License-Identifier: MIT
//
// One fit from words and inputs to its result: what `fit`, `summary` and `compare` share.

#pragma once

#include "schema/base/result.hpp"
#include "schema/record/fit.hpp"
#include "tools/ctl/fit_input.hpp"
#include "tools/ctl/verbs.hpp"

#include <vector>

namespace relaxd::ctl {

/// A result with what its JSON says beside it.
struct FitAnswer {
    record::FitResult result;
    std::string sha256;
    bool simulated = false;
};

/// Fits the inputs jointly. Errors are those of words (`invalid`), of a material, of a key of the
/// file, or of specimens that may not be fitted together (`refused`); data never are an error.
[[nodiscard]] Result<FitAnswer> fit_together(
    const FitVerb& verb, const std::vector<FitInput>& inputs
);

}  // namespace relaxd::ctl
