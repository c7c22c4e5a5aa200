// SPDX-License-Identifier: MIT
#include "drivers/api/instrument.hpp"

namespace relaxd::drivers {

std::string Identity::text() const {
    return vendor + " " + model + ", serial " + serial_number + ", firmware " + firmware;
}

std::string_view to_word(State state) {
    switch (state) {
        case State::idle: return "idle";
        case State::armed: return "armed";
        case State::running: return "running";
        case State::holding: return "holding";
        case State::cooling: return "cooling";
        case State::fault: return "fault";
        case State::unknown: return "unknown";
    }
    return "unknown";
}

}  // namespace relaxd::drivers
