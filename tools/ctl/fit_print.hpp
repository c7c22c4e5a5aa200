// SPDX-License-Identifier: MIT
//
// A fit's result as a table for a terminal.

#pragma once

#include "schema/record/fit.hpp"

#include <string>

namespace relaxd::ctl {

void print_fit(const record::FitResult& result, bool simulated);

}  // namespace relaxd::ctl
