// SPDX-License-Identifier: MIT
#include "schema/base/result.hpp"

namespace relaxd {

std::string_view to_word(Errc code) {
    switch (code) {
        case Errc::invalid: return "invalid";
        case Errc::not_found: return "not_found";
        case Errc::refused: return "refused";
        case Errc::unreachable: return "unreachable";
        case Errc::timeout: return "timeout";
        case Errc::corrupt: return "corrupt";
        case Errc::io: return "io";
        case Errc::busy: return "busy";
        case Errc::overflow: return "overflow";
        case Errc::not_converged: return "not_converged";
        case Errc::cancelled: return "cancelled";
        case Errc::not_built: return "not_built";
        case Errc::internal: return "internal";
    }
    return "internal";
}

std::string Error::sentence() const {
    std::string text;
    if (!where.empty()) {
        text += where;
        text += ": ";
    }
    text += message;
    if (!hint.empty()) {
        text += " (";
        text += hint;
        text += ")";
    }
    return text;
}

}  // namespace relaxd
