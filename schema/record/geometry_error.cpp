// SPDX-License-Identifier: MIT
#include "schema/record/geometry_error.hpp"

#include "schema/record/fit_inputs.hpp"

#include <array>
#include <cmath>

namespace relaxd::record {

namespace {

/// Powers of length, width and thickness.
struct Clamp {
    std::string_view name;
    std::array<double, 3> powers;
    std::string_view formula;
};

constexpr std::array<Clamp, 7> clamps{{
    {"single-cantilever", {3.0, -1.0, -3.0}, "l^3 / (w t^3)"},
    {"dual-cantilever", {3.0, -1.0, -3.0}, "l^3 / (w t^3)"},
    {"3-point-bending", {3.0, -1.0, -3.0}, "l^3 / (w t^3)"},
    {"tension", {1.0, -1.0, -1.0}, "l / (w t)"},
    {"compression", {-1.0, -1.0, 1.0}, "t / (l w)"},
    {"shear-sandwich", {-1.0, -1.0, 1.0}, "t / (l w)"},
    {"torsion", {1.0, -1.0, -3.0}, "l / (w t^3)"},
}};

}  // namespace

ModulusError modulus_error(std::string_view clamp, const Specimen& specimen) {
    const std::array<std::array<double, 2>, 3> dimensions{
        {{specimen.length_m, specimen.length_sigma_m},
         {specimen.width_m, specimen.width_sigma_m},
         {specimen.thickness_m, specimen.thickness_sigma_m}}
    };
    ModulusError out;
    for (const Clamp& known : clamps) {
        if (known.name != clamp) {
            continue;
        }
        double sum = 0.0;
        for (std::size_t i = 0; i < dimensions.size(); ++i) {
            const auto [size_m, sigma_m] = dimensions[i];
            const double part = known.powers[i] * sigma_m / size_m;
            sum += std::isfinite(part) ? part * part : 0.0;
        }
        out.relative_sd = std::sqrt(sum);
        out.formula = sum > 0.0 ? known.formula : std::string_view();
    }
    return out;
}

std::string systematic_errors_text(const SystematicErrors& errors) {
    return start_text({
        {"modulus_scale_relative_sd", errors.modulus_scale_relative_sd},
        {"temperature_offset_sd_K", errors.temperature_offset_sd_K},
    });
}

SystematicErrors systematic_errors_from(std::string_view text) {
    SystematicErrors out;
    const auto numbers = start_from(text);
    if (!numbers) {
        return out;
    }
    for (const auto& [name, value] : *numbers) {
        const double known = value > 0.0 && std::isfinite(value) ? value : 0.0;
        if (name == "modulus_scale_relative_sd") {
            out.modulus_scale_relative_sd = known;
        } else if (name == "temperature_offset_sd_K") {
            out.temperature_offset_sd_K = known;
        }
    }
    return out;
}

}  // namespace relaxd::record
