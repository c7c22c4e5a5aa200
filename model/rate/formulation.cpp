// SPDX-License-Identifier: MIT
#include "model/rate/rate_form.hpp"

namespace relaxd::model {

std::string_view to_word(Formulation formulation) {
    switch (formulation) {
        case Formulation::linear: return "linear";
        case Formulation::hereditary: return "hereditary";
        case Formulation::eq16: return "eq16";
    }
    return "hereditary";
}

std::optional<Formulation> formulation_from(std::string_view word) {
    for (const Formulation f : {Formulation::linear, Formulation::hereditary, Formulation::eq16}) {
        if (word == to_word(f)) {
            return f;
        }
    }
    return std::nullopt;
}

}  // namespace relaxd::model
