// SPDX-License-Identifier: MIT
//
// What the instrument list says a person should know of an instrument now.
#include "daemon/run/laboratory_core.hpp"

namespace relaxd::daemon {

std::string LaboratoryCore::note_of(const std::string& instrument) const {
    const InstrumentSession* session = session_of(instrument);
    return session == nullptr ? std::string() : session->note();
}

}  // namespace relaxd::daemon
