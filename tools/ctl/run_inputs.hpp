// SPDX-License-Identifier: MIT
//
// The runs that `summary`, `difference` and `compare` are given: numbers or uuids of stored runs,
// run:ID, or files.

#pragma once

#include "tools/ctl/fit_input.hpp"

#include <string>
#include <vector>

namespace relaxd::ctl {

/// Reads all of them; an existing file is a file, everything else a run. `exit_code` as read_input.
[[nodiscard]] Result<std::vector<FitInput>> read_runs(
    const Globals& globals, const std::vector<std::string>& words, int& exit_code
);

/// The specimen's id, else its name, else the input's own name.
[[nodiscard]] std::string specimen_of(const FitInput& input);

/// One parameter of a result; null if it has none of that name.
[[nodiscard]] const record::ParameterEstimate* find_parameter(
    const record::FitResult& result, const std::string& name
);

/// The combined error where a systematic part is known, else the standard error.
[[nodiscard]] double whole_error(const record::ParameterEstimate& one);

/// Do the data say the value: determined or hinted, with a finite error?
[[nodiscard]] bool is_known(const record::ParameterEstimate& one);

}  // namespace relaxd::ctl
