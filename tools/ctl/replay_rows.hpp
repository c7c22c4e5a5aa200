// SPDX-License-Identifier: MIT
//
// What a replay needs of a run, from its file or from the daemon that holds it: the same rows from
// both, up to one point of the run's sequence.

#pragma once

#include "schema/record/records.hpp"
#include "tools/ctl/verb.hpp"

#include <string>
#include <vector>

namespace relaxd::ctl {

struct ReplayRows {
    record::Run run;  ///< Its `last_seq` is where the rows end; a run that goes on has more by now.
    std::vector<record::Point> points;
    std::vector<record::Estimate> estimates;
    std::vector<record::FitInputs> inputs;  ///< Of all these estimates, maybe of later ones too.
};

/// From `globals.database`, in one snapshot. Error `not_found`: no such run.
[[nodiscard]] Result<ReplayRows> replay_rows_from_file(
    const Globals& globals, const std::string& id
);

/// From the daemon. Error `not_found`: no such run; `not_built`: the daemon is older than its route
/// of fits.
[[nodiscard]] Result<ReplayRows> replay_rows_from_daemon(
    const Globals& globals, const std::string& id
);

}  // namespace relaxd::ctl
