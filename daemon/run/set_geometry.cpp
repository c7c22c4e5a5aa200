// SPDX-License-Identifier: MIT
#include "daemon/run/set_geometry.hpp"

#include "schema/base/number.hpp"

#include <array>
#include <cmath>
#include <tuple>

namespace relaxd::daemon {

std::optional<GeometryNote> geometry_note(
    const record::Specimen& specimen, const drivers::Geometry& in_force
) {
    const std::array<std::tuple<std::string, double, double>, 4> dimensions{
        std::tuple("length_m", specimen.length_m, in_force.length_m),
        std::tuple("width_m", specimen.width_m, in_force.width_m),
        std::tuple("thickness_m", specimen.thickness_m, in_force.thickness_m),
        std::tuple("poisson_ratio", specimen.poisson_ratio, in_force.poisson_ratio)
    };
    std::string supplied;
    std::string unsaid;
    GeometryNote note;
    for (const auto& [name, given, told] : dimensions) {
        note.detail += (note.detail.empty() ? "" : " ") + name + "=" +
                       (std::isfinite(told) ? to_text(told) : "-");
        if (std::isfinite(given)) {
            continue;
        }
        if (std::isfinite(told)) {
            supplied += (supplied.empty() ? "" : ", ") + name + " = " + to_text(told);
        } else {
            unsaid += (unsaid.empty() ? "" : ", ") + name;
        }
    }
    if (supplied.empty() && unsaid.empty()) {
        return std::nullopt;
    }
    note.message = "the specimen lacks dimensions, those set at the instrument are used";
    if (!supplied.empty()) {
        note.message += ": " + supplied;
    }
    if (!unsaid.empty()) {
        note.message += "; it does not tell its " + unsaid;
    }
    note.message += "; moduli depend on them, and nobody measured them on this specimen";
    return note;
}

}  // namespace relaxd::daemon
