// SPDX-License-Identifier: MIT
//
// Are the calibration sets that a configuration names in its campaign file? Read-only; the file is
// not made. For `relaxd check` and before the daemon serves: a run must never be uncorrected
// because a name was misspelt.

#pragma once

#include "daemon/config/config.hpp"

namespace relaxd::daemon {

/// One error a name that is not there, with the nearest one; nothing where no set is named.
[[nodiscard]] ConfigErrors check_calibration_names(const DaemonConfig& config);

}  // namespace relaxd::daemon
