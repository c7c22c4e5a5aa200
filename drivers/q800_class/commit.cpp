// SPDX-License-Identifier: MIT
#include "drivers/q800_class/commit.hpp"

#include "schema/base/number.hpp"

#include <array>
#include <cmath>
#include <optional>
#include <tuple>

namespace relaxd::drivers::q800_class {
namespace {

constexpr double relative_tolerance = 1e-6;  // a gateway may keep single precision

/// One number of the geometry in force; `corrupt` if it is not the one that was given.
Result<double> in_force(const Reply& reply, const std::string& name, double given) {
    const std::optional<double> told = reply.number(name);
    const bool is_other = told && std::isfinite(*told) && std::isfinite(given) &&
                          std::abs(*told - given) > relative_tolerance * std::abs(given);
    if (told && !is_other) {
        return *told;
    }
    return fail(
        Errc::corrupt,
        "the instrument computes with " + name + "=" + reply.text(name).value_or("") +
            (is_other ? ", it was given " + to_text(given) : ", which is no number"),
        "method commit"
    );
}

}  // namespace

Result<Geometry> check_commit(
    const Reply& reply,
    const std::string& token,
    std::size_t segments,
    const record::Specimen& specimen
) {
    if (reply.text("token") != token || reply.count("segments") != segments) {
        return fail(
            Errc::corrupt,
            "the instrument holds another method than was sent: token '" +
                reply.text("token").value_or("") + "', " + reply.text("segments").value_or("?") +
                " segments",
            "method commit"
        );
    }
    Geometry geometry;
    const std::array<std::tuple<const char*, double, double*>, 4> dimensions{
        std::tuple("length_m", specimen.length_m, &geometry.length_m),
        std::tuple("width_m", specimen.width_m, &geometry.width_m),
        std::tuple("thickness_m", specimen.thickness_m, &geometry.thickness_m),
        std::tuple("poisson_ratio", specimen.poisson_ratio, &geometry.poisson_ratio)
    };
    for (const auto& [name, given, told] : dimensions) {
        const Result<double> value = in_force(reply, name, given);
        if (!value) {
            return fail(value.error());
        }
        *told = *value;
    }
    return geometry;
}

}  // namespace relaxd::drivers::q800_class
