// SPDX-License-Identifier: MIT
#include "drivers/q800_class/identity.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace relaxd::drivers::q800_class {
namespace {

std::string with_blanks(std::string text) {
    std::replace(text.begin(), text.end(), '_', ' ');
    return text;
}

}  // namespace

Result<Identity> to_identity(const Reply& reply) {
    if (reply.text("protocol") != "1") {
        return fail(
            Errc::refused,
            "the instrument speaks protocol '" + reply.text("protocol").value_or("") +
                "', this driver speaks 1",
            "identify"
        );
    }
    Identity identity;
    identity.vendor = with_blanks(reply.text("vendor").value_or(""));
    identity.model = with_blanks(reply.text("model").value_or(""));
    identity.serial_number = with_blanks(reply.text("serial").value_or(""));
    identity.firmware = with_blanks(reply.text("firmware").value_or(""));
    const auto simulated = reply.count("simulated");
    if (!simulated || *simulated > 1 || identity.model.empty()) {
        return fail(
            Errc::corrupt,
            "the identity lacks its model, or does not say whether it is a simulation",
            "identify"
        );
    }
    identity.simulated = *simulated == 1;
    for (const char* what : {"material", "bench", "faults"}) {
        const auto said = reply.text(what);
        if (identity.simulated && said && !said->empty()) {
            identity.simulation[what] = *said;
        }
    }
    return identity;
}

}  // namespace relaxd::drivers::q800_class
