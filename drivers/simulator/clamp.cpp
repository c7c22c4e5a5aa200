// SPDX-License-Identifier: MIT
#include "drivers/simulator/clamp.hpp"

#include <array>
#include <utility>

namespace relaxd::simulator {

std::optional<ClampKind> clamp_from(std::string_view word) {
    constexpr std::array<std::pair<std::string_view, ClampKind>, 6> words{{
        {"single-cantilever", ClampKind::single_cantilever},
        {"dual-cantilever", ClampKind::dual_cantilever},
        {"3-point-bending", ClampKind::three_point_bending},
        {"tension", ClampKind::tension},
        {"compression", ClampKind::compression},
        {"shear-sandwich", ClampKind::shear_sandwich},
    }};
    for (const auto& [name, kind] : words) {
        if (name == word) {
            return kind;
        }
    }
    return std::nullopt;
}

double Mounting::modulus_per_stiffness() const {
    const double L = length_m;
    const double t = thickness_m;
    const double I = width_m * t * t * t / 12.0;
    const double slimness = (1.0 + poisson_ratio) * (t / L) * (t / L);
    switch (clamp) {
        case ClampKind::single_cantilever: return L * L * L / (12.0 * I) * (1.0 + 2.4 * slimness);
        case ClampKind::dual_cantilever: return L * L * L / (24.0 * I) * (1.0 + 2.4 * slimness);
        case ClampKind::three_point_bending: return L * L * L / (6.0 * I) * (1.0 + 0.6 * slimness);
        case ClampKind::tension: return L / (width_m * t);
        case ClampKind::compression: return t / (L * width_m);
        case ClampKind::shear_sandwich: return t / (2.0 * L * width_m);
    }
    return 1.0;
}

double Mounting::stress_per_force() const {
    const double L = length_m;
    const double t = thickness_m;
    const double I = width_m * t * t * t / 12.0;
    switch (clamp) {
        // Clamped ends: the largest moment is F L / 2, the largest stress M t / (2 I).
        case ClampKind::single_cantilever: return L * t / (4.0 * I);
        case ClampKind::dual_cantilever: return L * t / (8.0 * I);
        case ClampKind::three_point_bending: return L * t / (4.0 * I);
        case ClampKind::tension: return 1.0 / (width_m * t);
        case ClampKind::compression: return 1.0 / (L * width_m);
        case ClampKind::shear_sandwich: return 1.0 / (2.0 * L * width_m);
    }
    return 1.0;
}

double Mounting::strain_per_displacement() const {
    return stress_per_force() / modulus_per_stiffness();
}

double Mounting::modulus_share() const {
    return clamp == ClampKind::shear_sandwich ? 0.5 / (1.0 + poisson_ratio) : 1.0;
}

Mounting set_mounting(ClampKind clamp) {
    const auto bar = [clamp](double length_m, double width_m, double thickness_m) {
        Mounting mounting;
        mounting.clamp = clamp;
        mounting.length_m = length_m;
        mounting.width_m = width_m;
        mounting.thickness_m = thickness_m;
        mounting.poisson_ratio = 0.35;  // metallic glasses: 0.33 to 0.4
        return mounting;
    };
    switch (clamp) {
        case ClampKind::single_cantilever:
        case ClampKind::dual_cantilever: return bar(0.0175, 0.003, 0.001);
        case ClampKind::three_point_bending: return bar(0.01, 0.003, 0.001);
        case ClampKind::tension: return bar(0.0175, 0.001, 4e-5);  // a melt-spun ribbon
        case ClampKind::compression:
        case ClampKind::shear_sandwich: return bar(0.001, 0.001, 0.004);
    }
    return bar(0.0175, 0.003, 0.001);
}

double Mounting::axial() const {
    switch (clamp) {
        case ClampKind::tension: return 1.0;
        case ClampKind::compression: return -1.0;
        default: return 0.0;
    }
}

double Mounting::grip_length_m() const {
    return clamp == ClampKind::compression ? thickness_m : length_m;
}

Mounting Mounting::with_grip_length(double grip_length_m) const {
    Mounting other = *this;
    if (clamp == ClampKind::tension) {
        other.length_m = grip_length_m;
    } else if (clamp == ClampKind::compression) {
        other.thickness_m = grip_length_m;
    }
    return other;
}

ForceControl::ForceControl(const Mounting& mounting) {
    constexpr double usual_track = 1.25;
    track = mounting.needs_preload() ? usual_track : 0.0;
}

bool Mounting::needs_preload() const {
    return clamp == ClampKind::three_point_bending || clamp == ClampKind::tension ||
           clamp == ClampKind::compression;
}

}  // namespace relaxd::simulator
