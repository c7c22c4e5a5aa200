// SPDX-License-Identifier: MIT
//
// What the instrument list says of each driver's proof.
#include "drivers/registry/proof.hpp"

#include "daemon/run/laboratory_core.hpp"

namespace relaxd::daemon {

std::string LaboratoryCore::proof_of(const std::string& driver) const {
    return std::string(drivers::proof_of(driver).words);
}

}  // namespace relaxd::daemon
