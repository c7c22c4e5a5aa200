// SPDX-License-Identifier: MIT
//
// The numbers that a run's moduli were computed with, beside its readings: one named number (or
// text) each, with its standard deviation and where it came from (CONTRACT 6, v_run_fact).

#pragma once

#include "schema/record/records.hpp"

#include <string>

namespace relaxd::record {

struct RunFact {
    std::string name;
    double value = unknown;
    double sigma = unknown;  ///< One standard deviation; unknown = not said.
    std::string unit;
    std::string text;    ///< Instead of a number, or beside it.
    std::string source;  ///< specimen, method, instrument, calibration, assumed …
};

}  // namespace relaxd::record
