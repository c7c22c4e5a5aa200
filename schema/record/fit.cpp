// SPDX-License-Identifier: MIT
#include "schema/record/fit.hpp"

namespace relaxd::record {

std::string_view to_word(Form form) {
    switch (form) {
        case Form::printed: return "printed";
        case Form::gamma: return "gamma";
        case Form::exact: return "exact";
    }
    return "exact";
}

std::optional<Form> form_from(std::string_view word) {
    if (word == "printed") {
        return Form::printed;
    }
    if (word == "gamma") {
        return Form::gamma;
    }
    if (word == "exact") {
        return Form::exact;
    }
    return std::nullopt;
}

}  // namespace relaxd::record
