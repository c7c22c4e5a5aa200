// SPDX-License-Identifier: MIT
//
// Events that `relaxctl digest` leaves out (CONTRACT 6): those of class `host`, whose cause is the
// timing or the fate of this computer, and those of fits. The list is repeated in README.md here.

#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace relaxd::store {

inline constexpr std::array<std::string_view, 4> host_event_codes{
    "DAEMON_RESTARTED",
    "LINK_LOST",
    "LINK_BACK",
    "FIT_WORKER_RESTARTED",
};

[[nodiscard]] constexpr bool is_host_event(std::string_view code) {
    return std::find(host_event_codes.begin(), host_event_codes.end(), code) !=
           host_event_codes.end();
}

/// Left out with the estimates, unless the method says fits = "every".
[[nodiscard]] constexpr bool is_fit_event(std::string_view code) {
    return code == "NO_ESTIMATE" || code == "MODEL_ALARM" || code == "MODEL_ALARM_CLEARED" ||
           code == "T_G_DETECTED" || code == "T_X_DETECTED";
}

}  // namespace relaxd::store
