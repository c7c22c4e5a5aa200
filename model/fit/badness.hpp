// SPDX-License-Identifier: MIT
//
// The order of the states of a parameter: what is computed from several takes the worst.

#pragma once

#include "schema/record/fit.hpp"

namespace relaxd::model {

/// 0 = fixed … 5 = undetermined.
[[nodiscard]] constexpr int badness(record::ParameterState state) {
    using record::ParameterState;
    switch (state) {
        case ParameterState::undetermined: return 5;
        case ParameterState::at_limit: return 4;
        case ParameterState::traded: return 3;
        case ParameterState::hinted: return 2;
        case ParameterState::determined: return 1;
        case ParameterState::fixed: return 0;
    }
    return 5;
}

}  // namespace relaxd::model
