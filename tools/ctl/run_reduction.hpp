// SPDX-License-Identifier: MIT
//
// What a stored run's readings were corrected with, read from its campaign file.

#pragma once

#include "model/geometry/reduction.hpp"
#include "schema/store/run_store.hpp"

#include <cstdint>

namespace relaxd::ctl {

/// The run's facts; of a run from before there were any (or an imported one) its specimen.
[[nodiscard]] Result<model::RecordedReduction> recorded_reduction(
    store::RunReader& reader, std::int64_t run_id
);

}  // namespace relaxd::ctl
