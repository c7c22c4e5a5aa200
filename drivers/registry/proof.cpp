// SPDX-License-Identifier: MIT
#include "drivers/registry/proof.hpp"

#include <algorithm>
#include <array>

namespace relaxd::drivers {
namespace {

constexpr std::array proofs{
    Proof{"q800_class", true, "conformance kit on simulated instruments; on no real one"},
    Proof{"protocol_file", true, "conformance kit on simulated devices; on no real one"},
    Proof{"torsion_pendulum", false, "tests on simulated parts; on no real pendulum"},
    Proof{"ta_files", false, "tests on files of a DSC Q20 and on made files; on no real Q800"},
};

}  // namespace

Proof proof_of(std::string_view driver) {
    const auto* const found = std::find_if(proofs.begin(), proofs.end(), [&](const Proof& one) {
        return one.driver == driver;
    });
    return found == proofs.end() ? Proof{driver, false, "nothing"} : *found;
}

}  // namespace relaxd::drivers
