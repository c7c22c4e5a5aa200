// SPDX-License-Identifier: MIT
#include "drivers/api/part.hpp"

namespace relaxd::drivers {

std::string_view to_word(PartState state) {
    switch (state) {
        case PartState::absent: return "absent";
        case PartState::identifying: return "identifying";
        case PartState::ready: return "ready";
        case PartState::suspect: return "suspect";
        case PartState::degraded: return "degraded";
        case PartState::lost: return "lost";
    }
    return "lost";
}

}  // namespace relaxd::drivers
