// SPDX-License-Identifier: MIT
#include "drivers/q800_class/clamps.hpp"

#include "schema/base/number.hpp"

#include <cmath>
#include <span>

namespace relaxd::drivers::q800_class {
namespace {

/// A dimension and its bounds in the vendor's brochure, metres.
struct Bound {
    std::string_view name;
    double record::Specimen::* dimension;
    double low_m;
    double high_m;
    std::string_view note;
};

/// A span that was measured differs from the one in the brochure.
constexpr double tolerance = 0.02;

constexpr std::string_view one_side = "length_m of a dual cantilever is one side";
constexpr std::string_view half_span = "length_m of 3-point bending is half the support span";

using record::Specimen;

constexpr std::array single_bounds{
    Bound{"length_m", &Specimen::length_m, 4e-3, 17.5e-3, "the free span: 4, 10 or 17.5 mm"},
    Bound{"width_m", &Specimen::width_m, 0.0, 15e-3, ""},
    Bound{"thickness_m", &Specimen::thickness_m, 0.0, 5e-3, ""},
};
constexpr std::array dual_bounds{
    Bound{"length_m", &Specimen::length_m, 4e-3, 17.5e-3, one_side},
    Bound{"width_m", &Specimen::width_m, 0.0, 15e-3, ""},
    Bound{"thickness_m", &Specimen::thickness_m, 0.0, 5e-3, ""},
};
constexpr std::array bending_bounds{
    Bound{"length_m", &Specimen::length_m, 2.5e-3, 25e-3, half_span},
    Bound{"width_m", &Specimen::width_m, 0.0, 15e-3, ""},
    Bound{"thickness_m", &Specimen::thickness_m, 0.0, 7e-3, ""},
};
constexpr std::array tension_bounds{
    Bound{"length_m", &Specimen::length_m, 5e-3, 30e-3, ""},
    Bound{"width_m", &Specimen::width_m, 0.0, 8e-3, ""},
    Bound{"thickness_m", &Specimen::thickness_m, 0.0, 2e-3, ""},
};
constexpr std::array compression_bounds{
    Bound{"length_m", &Specimen::length_m, 0.0, 40e-3, "the plates are 40 mm wide"},
    Bound{"width_m", &Specimen::width_m, 0.0, 40e-3, "the plates are 40 mm wide"},
    Bound{"thickness_m", &Specimen::thickness_m, 0.0, 10e-3, "thickness_m is the height"},
};
constexpr std::array shear_bounds{
    Bound{"length_m", &Specimen::length_m, 0.0, 10e-3, "the plates are 10 mm square"},
    Bound{"width_m", &Specimen::width_m, 0.0, 10e-3, "the plates are 10 mm square"},
    Bound{"thickness_m", &Specimen::thickness_m, 0.0, 4e-3, "thickness_m is one of two pieces"},
};

std::span<const Bound> bounds_of(std::string_view clamp) {
    if (clamp == "single-cantilever") {
        return single_bounds;
    }
    if (clamp == "dual-cantilever") {
        return dual_bounds;
    }
    if (clamp == "3-point-bending") {
        return bending_bounds;
    }
    if (clamp == "tension") {
        return tension_bounds;
    }
    return clamp == "compression" ? std::span<const Bound>(compression_bounds)
                                  : std::span<const Bound>(shear_bounds);
}

std::string shown_mm(double length_m) {
    return to_text(std::round(length_m * 1e7) / 1e4) + " mm";
}

}  // namespace

bool is_one_way(std::string_view clamp) {
    return clamp == "3-point-bending" || clamp == "tension" || clamp == "compression";
}

Result<void> check_size(const std::string& clamp, const Specimen& specimen) {
    for (const Bound& bound : bounds_of(clamp)) {
        const double value_m = specimen.*bound.dimension;
        const bool is_small = value_m < bound.low_m * (1.0 - tolerance);
        const bool is_large = value_m > bound.high_m * (1.0 + tolerance);
        if (is_small || is_large) {
            return fail(
                Errc::refused,
                "the specimen's " + std::string(bound.name) + " is " + shown_mm(value_m) +
                    (is_small ? ", less than the " : ", more than the ") +
                    shown_mm(is_small ? bound.low_m : bound.high_m) + " that the " + clamp +
                    " clamp of a Q800 takes",
                "specimen",
                std::string(bound.note)
            );
        }
    }
    return {};
}

double force_for_stress_N(const std::string& clamp, const Specimen& specimen, double stress_Pa) {
    const double l = specimen.length_m;
    const double w = specimen.width_m;
    const double t = specimen.thickness_m;
    if (clamp == "single-cantilever" || clamp == "3-point-bending") {
        return stress_Pa * w * t * t / (3.0 * l);  // outer fibre, moment F L / 2
    }
    if (clamp == "dual-cantilever") {
        return 2.0 * stress_Pa * w * t * t / (3.0 * l);
    }
    if (clamp == "tension") {
        return stress_Pa * w * t;
    }
    if (clamp == "compression") {
        return stress_Pa * w * l;
    }
    if (clamp == "shear-sandwich") {
        return 2.0 * stress_Pa * w * l;
    }
    return record::unknown;
}

double displacement_for_strain_m(
    const std::string& clamp, const Specimen& specimen, double strain
) {
    const double l = specimen.length_m;
    const double t = specimen.thickness_m;
    const double nu = std::isfinite(specimen.poisson_ratio) ? specimen.poisson_ratio : -1.0;
    const double slimness = (1.0 + nu) * (t / l) * (t / l);  // 0 where nu is unknown
    if (clamp == "single-cantilever" || clamp == "dual-cantilever") {
        return strain * l * l / (3.0 * t) * (1.0 + 2.4 * slimness);
    }
    if (clamp == "3-point-bending") {
        return strain * 2.0 * l * l / (3.0 * t) * (1.0 + 0.6 * slimness);
    }
    if (clamp == "tension") {
        return strain * l;
    }
    if (clamp == "compression" || clamp == "shear-sandwich") {
        return strain * t;
    }
    return record::unknown;
}

}  // namespace relaxd::drivers::q800_class
