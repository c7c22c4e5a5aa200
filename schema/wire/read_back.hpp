// SPDX-License-Identifier: MIT
//
// Rows of the API's lists (CONTRACT 5, 6) read back into records, numbers to the last bit. Pure.
//
// null and an absent key are "unknown". What the lists do not hold stays empty: a reading's raw
// bytes, the host's clocks and the channels that the house has no column for.

#pragma once

#include "schema/wire/wire.hpp"

namespace relaxd::wire {

// Error `corrupt` names the key that is of another kind, or is missing where a row needs it.
[[nodiscard]] Result<record::Run> run_from_json(const json::value& row);
[[nodiscard]] Result<record::Point> point_from_json(const json::value& row);
[[nodiscard]] Result<record::Estimate> estimate_from_json(const json::value& row);
[[nodiscard]] Result<record::FitInputs> fit_inputs_from_json(const json::value& row);

}  // namespace relaxd::wire
