// SPDX-License-Identifier: MIT
#include "model/geometry/clamp.hpp"

#include "schema/base/number.hpp"

#include <array>
#include <cmath>
#include <string>
#include <tuple>
#include <utility>

namespace relaxd::model {

namespace {

constexpr std::array<std::pair<std::string_view, Clamp>, 6> words{{
    {"single-cantilever", Clamp::single_cantilever},
    {"dual-cantilever", Clamp::dual_cantilever},
    {"3-point-bending", Clamp::three_point_bending},
    {"tension", Clamp::tension},
    {"compression", Clamp::compression},
    {"shear-sandwich", Clamp::shear_sandwich},
}};

bool bends(Clamp clamp) {
    return clamp == Clamp::single_cantilever || clamp == Clamp::dual_cantilever ||
           clamp == Clamp::three_point_bending;
}

/// E = K L^3 / (bend I) [1 + shear (1 + nu)(t / L)^2].
struct Beam {
    double bend = 12.0;
    double shear = 2.4;
};

Beam beam_of(Clamp clamp) {
    switch (clamp) {
        case Clamp::dual_cantilever: return {24.0, 2.4};
        case Clamp::three_point_bending: return {6.0, 0.6};
        default: return {12.0, 2.4};
    }
}

Result<void> check(Clamp clamp, const ClampNumbers& n) {
    const std::array<std::tuple<const char*, double>, 3> sizes{
        {{"length_m", n.length_m.value},
         {"width_m", n.width_m.value},
         {"thickness_m", n.thickness_m.value}}
    };
    for (const auto& [name, size_m] : sizes) {
        if (!(size_m > 0.0) || !std::isfinite(size_m)) {
            return fail(
                Errc::invalid,
                std::string("the modulus needs ") + name + " above 0",
                "specimen",
                "say it in the specimen"
            );
        }
    }
    const double nu = n.poisson_ratio.value;
    if (bends(clamp) && !(nu > -1.0 && nu <= 0.5)) {
        return fail(
            Errc::invalid,
            "the modulus needs a poisson_ratio above -1 and at most 0.5",
            "specimen",
            "say it in the specimen; metallic glasses have 0.33 to 0.4"
        );
    }
    const double F = n.clamp_factor.value;
    if (!(F > 0.0) || !std::isfinite(F)) {
        return fail(Errc::invalid, "the clamping correction F must be above 0", "clamp_factor", "");
    }
    return {};
}

/// 0 where it is not said.
double sigma_of(const Measured& number) {
    return std::isfinite(number.sigma) ? number.sigma : 0.0;
}

ClampFactors bending(Clamp clamp, const ClampNumbers& n) {
    const double L = n.length_m.value;
    const double w = n.width_m.value;
    const double t = n.thickness_m.value;
    const double nu = n.poisson_ratio.value;
    const bool has_factor = clamp != Clamp::three_point_bending;  // nothing is clamped there
    const double F = has_factor ? n.clamp_factor.value : 1.0;
    const Beam beam = beam_of(clamp);
    const double I = w * t * t * t / 12.0;
    const double shear = beam.shear * (1.0 + nu) * (t / L) * (t / L);
    ClampFactors out;
    out.modulus_per_stiffness = L * L * L / (beam.bend * I) * (1.0 + shear) / F;
    // Clamped ends and the middle of three points: the largest moment of a single span is F L / 2;
    // a dual cantilever's two sides share the force. The largest stress is M t / (2 I).
    out.stress_per_force = L * t / ((clamp == Clamp::dual_cantilever ? 8.0 : 4.0) * I);
    const double share = shear / (1.0 + shear);  // d ln E / d ln (shear term)
    const double of_L = (3.0 - 2.0 * share) * sigma_of(n.length_m) / L;
    const double of_w = sigma_of(n.width_m) / w;
    const double of_t = (3.0 - 2.0 * share) * sigma_of(n.thickness_m) / t;
    const double of_nu = share * sigma_of(n.poisson_ratio) / (1.0 + nu);
    const double of_F = has_factor ? sigma_of(n.clamp_factor) / F : 0.0;
    out.relative_sigma =
        std::sqrt(of_L * of_L + of_w * of_w + of_t * of_t + of_nu * of_nu + of_F * of_F);
    return out;
}

}  // namespace

Result<Clamp> clamp_from(std::string_view word) {
    std::string known;
    for (const auto& [name, clamp] : words) {
        if (name == word) {
            return clamp;
        }
        known += (known.empty() ? "" : ", ") + std::string(name);
    }
    return fail(
        Errc::invalid,
        "no equation turns stiffness into modulus for the clamp \"" + std::string(word) + "\"",
        "clamp",
        "known: " + known
    );
}

Result<ClampFactors> clamp_factors(Clamp clamp, const ClampNumbers& n) {
    if (const auto fine = check(clamp, n); !fine) {
        return fail(fine.error());
    }
    if (bends(clamp)) {
        ClampFactors out = bending(clamp, n);
        out.strain_per_displacement = out.stress_per_force / out.modulus_per_stiffness;
        return out;
    }
    const double L = n.length_m.value;
    const double w = n.width_m.value;
    const double t = n.thickness_m.value;
    ClampFactors out;
    switch (clamp) {
        case Clamp::tension:
            out.modulus_per_stiffness = L / (w * t);
            out.stress_per_force = 1.0 / (w * t);
            break;
        case Clamp::compression:  // area = length x width, height = thickness; no shape factor
            out.modulus_per_stiffness = t / (L * w);
            out.stress_per_force = 1.0 / (L * w);
            break;
        default:  // two pieces of area length x width
            out.modulus_per_stiffness = t / (2.0 * L * w);
            out.stress_per_force = 1.0 / (2.0 * L * w);
            break;
    }
    out.strain_per_displacement = out.stress_per_force / out.modulus_per_stiffness;
    const double of_L = sigma_of(n.length_m) / L;
    const double of_w = sigma_of(n.width_m) / w;
    const double of_t = sigma_of(n.thickness_m) / t;
    out.relative_sigma = std::sqrt(of_L * of_L + of_w * of_w + of_t * of_t);
    return out;
}

}  // namespace relaxd::model
