// SPDX-License-Identifier: MIT
//
// What is simulated says so in every row and log line of its run.
#include "daemon/core/logging.hpp"
#include "daemon/run/active_run.hpp"

#include <variant>

namespace relaxd::daemon {

std::string ActiveRun::log_name() const {
    return marked(identity_.run_id, identity_.simulated);
}

void ActiveRun::mark(std::vector<record::Row>& rows) const {
    for (record::Row& row : rows) {
        if (auto* gap = std::get_if<record::Gap>(&row)) {
            gap->simulated = identity_.simulated;
        } else if (auto* event = std::get_if<record::Event>(&row)) {
            event->simulated = identity_.simulated;
        }
    }
}

}  // namespace relaxd::daemon
