// SPDX-License-Identifier: MIT
//
// When one stretched exponential fails: would a second process explain it? Inner header of
// decay_fit.

#pragma once

#include "model/series/decay_fit.hpp"

#include <string>
#include <vector>

namespace relaxd::model {

struct SecondProcess {
    std::vector<record::Alternative> alternatives;  ///< One law (chosen), and with the second.
    std::string sentence;                           ///< Empty where the second could not be fitted.
};

/// Adds an exponential of its own time that carries a share of the change of each group.
[[nodiscard]] SecondProcess second_process(
    const DecayRows& rows, const DecayFit& decay, const NamedFitOptions& options
);

}  // namespace relaxd::model
