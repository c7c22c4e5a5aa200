// SPDX-License-Identifier: MIT
#include "drivers/api/instrument.hpp"

namespace relaxd::drivers {

std::string Identity::text() const {
    return vendor + " " + model + (serial_number.empty() ? "" : ", serial " + serial_number) +
           (firmware.empty() ? "" : ", firmware " + firmware);
}

Result<void> check_serial_number(const Identity& identity, const std::string& expected) {
    if (expected.empty() || identity.serial_number == expected) {
        return {};
    }
    const std::string& found = identity.serial_number;
    return fail(
        Errc::refused,
        "another instrument answers: serial number " + (found.empty() ? "unknown" : found) +
            ", the configuration expects " + expected,
        "serial_number",
        "connect the right one, or change serial_number in its [[instrument]] section"
    );
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
