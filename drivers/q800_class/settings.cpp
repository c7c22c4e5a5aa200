// SPDX-License-Identifier: MIT
#include "drivers/q800_class/settings.hpp"

#include "schema/base/number.hpp"

#include <array>
#include <cmath>
#include <tuple>

namespace relaxd::drivers::q800_class {
namespace {

constexpr double relative_tolerance = 1e-6;  // a gateway may keep single precision

void add(
    std::string& text, const std::string& name, const std::string& now, const std::string& was
) {
    text += (text.empty() ? "" : ", ") + name + "=" + now + ", was " + was;
}

}  // namespace

Settings Settings::of(const Reply& status) {
    Settings settings;
    settings.boot = status.text("boot").value_or("");
    settings.clamp = status.text("clamp").value_or("");
    settings.geometry.length_m = status.number("length_m").value_or(record::unknown);
    settings.geometry.width_m = status.number("width_m").value_or(record::unknown);
    settings.geometry.thickness_m = status.number("thickness_m").value_or(record::unknown);
    settings.geometry.poisson_ratio = status.number("poisson_ratio").value_or(record::unknown);
    return settings;
}

std::string difference(const Settings& before, const Settings& now) {
    std::string text;
    if (!before.clamp.empty() && !now.clamp.empty() && before.clamp != now.clamp) {
        add(text, "clamp", now.clamp, before.clamp);
    }
    const Geometry& old = before.geometry;
    const Geometry& set = now.geometry;
    const std::array<std::tuple<const char*, double, double>, 4> dimensions{
        std::tuple("length_m", old.length_m, set.length_m),
        std::tuple("width_m", old.width_m, set.width_m),
        std::tuple("thickness_m", old.thickness_m, set.thickness_m),
        std::tuple("poisson_ratio", old.poisson_ratio, set.poisson_ratio)
    };
    for (const auto& [name, was, is] : dimensions) {
        if (std::isfinite(was) && std::isfinite(is) &&
            std::abs(is - was) > relative_tolerance * std::abs(was)) {
            add(text, name, to_text(is), to_text(was));
        }
    }
    return text;
}

}  // namespace relaxd::drivers::q800_class
