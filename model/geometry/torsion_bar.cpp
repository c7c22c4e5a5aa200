// SPDX-License-Identifier: MIT
#include "model/geometry/torsion.hpp"
#include "schema/base/number.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <tuple>
#include <utility>

namespace relaxd::model {

namespace {

constexpr double pi = std::numbers::pi;
constexpr double reference_K = 298.15;
constexpr int terms = 20;

/// A further key of the specimen; `fallback` where there is none.
Result<double> key_of(const record::Specimen& specimen, const char* key, double fallback) {
    const auto found = specimen.extra.find(key);
    if (found == specimen.extra.end()) {
        return fallback;
    }
    const auto value = to_double(found->second);
    if (!value) {
        return fail(
            Errc::invalid,
            "\"" + found->second + "\" is not a number",
            std::string("specimen: ") + key,
            "write a number in SI units"
        );
    }
    return *value;
}

Result<void> check_length(double value_m, double sigma_m, const char* name) {
    if (!(value_m > 0.0) || !std::isfinite(value_m)) {
        return fail(
            Errc::invalid,
            std::isnan(value_m)
                ? std::string("a pendulum's specimen needs ") + name
                : std::string(name) + " is " +
                      (std::isfinite(value_m) ? to_text(value_m) : "not finite") + ", not above 0",
            std::string("specimen: ") + name,
            "in m, or as \"1 +- 0.01 mm\""
        );
    }
    if (sigma_m < 0.0) {
        return fail(
            Errc::invalid,
            std::string("the standard deviation of ") + name + " is negative",
            std::string("specimen: ") + name
        );
    }
    return {};
}

/// J, kappa b and the relative s.d. of J.
struct Section {
    double J_m4 = 0.0;
    double strain_length_m = 0.0;  ///< Largest strain = this times theta / L.
    double relative_sigma = 0.0;
    double by_width = 0.0;
    double by_thickness = 0.0;
};

double part(double sigma, double value) {
    return std::isfinite(sigma) ? sigma / value : 0.0;
}

Result<Section> cylinder(const record::Specimen& specimen) {
    const auto d = key_of(specimen, "diameter_m", record::unknown);
    const auto sigma = key_of(specimen, "diameter_sigma_m", 0.0);
    if (!d || !sigma) {
        return fail(!d ? d.error() : sigma.error());
    }
    if (const auto fine = check_length(*d, *sigma, "diameter_m"); !fine) {
        return fail(fine.error());
    }
    Section out;
    out.J_m4 = pi * std::pow(*d, 4) / 32.0;
    out.strain_length_m = 0.5 * *d;
    out.by_thickness = 4.0;
    out.relative_sigma = 4.0 * part(*sigma, *d);
    return out;
}

Result<Section> rectangle(const record::Specimen& specimen) {
    for (const auto& [value, sigma, name] :
         {std::tuple{specimen.width_m, specimen.width_sigma_m, "width_m"},
          std::tuple{specimen.thickness_m, specimen.thickness_sigma_m, "thickness_m"}}) {
        if (const auto fine = check_length(value, sigma, name); !fine) {
            return fail(fine.error());
        }
    }
    double a = specimen.width_m;
    double b = specimen.thickness_m;
    double a_sigma = specimen.width_sigma_m;
    double b_sigma = specimen.thickness_sigma_m;
    if (a < b) {
        std::swap(a, b);
        std::swap(a_sigma, b_sigma);
    }
    if (!(a < specimen.length_m)) {
        return fail(
            Errc::invalid,
            "a side of " + to_text(a) + " m is as long as the bar, " + to_text(specimen.length_m) +
                " m",
            "specimen: length_m",
            "length is the free length between the clamps; Saint-Venant's torsion is of long bars"
        );
    }
    const SaintVenant factors = saint_venant(a / b);
    Section out;
    out.J_m4 = factors.beta * a * b * b * b;
    out.strain_length_m = factors.kappa * b;
    out.by_width = 1.0 + factors.beta_slope;
    out.by_thickness = 3.0 - factors.beta_slope;
    out.relative_sigma =
        std::hypot(out.by_width * part(a_sigma, a), out.by_thickness * part(b_sigma, b));
    return out;
}

}  // namespace

SaintVenant saint_venant(double a_over_b) {
    const double r = a_over_b < 1.0 ? 1.0 / a_over_b : a_over_b;
    double sum = 0.0;
    double slope = 0.0;  // of the sum by r
    double strain = 0.0;
    for (int k = terms - 1; k >= 0; --k) {
        const double n = 2.0 * k + 1.0;
        const double x = 0.5 * n * pi * r;
        const double sech = 1.0 / std::cosh(x);  // 0 where cosh overflows
        sum += std::tanh(x) / std::pow(n, 5);
        slope += 0.5 * pi * sech * sech / std::pow(n, 4);
        strain += sech / (n * n);
    }
    const double c = 192.0 / std::pow(pi, 5);
    SaintVenant out;
    out.beta = (1.0 - c * sum / r) / 3.0;
    out.kappa = 1.0 - 8.0 / (pi * pi) * strain;
    out.beta_slope = c * (sum / r - slope) / 3.0 / out.beta;
    return out;
}

bool has_dimensions(const record::Specimen& specimen) {
    return std::isfinite(specimen.length_m) || std::isfinite(specimen.width_m) ||
           std::isfinite(specimen.thickness_m) || specimen.extra.contains("diameter_m");
}

Result<TorsionFactors> torsion_factors(const record::Specimen& specimen, double temperature_K) {
    const double L = specimen.length_m;
    if (const auto fine = check_length(L, specimen.length_sigma_m, "length_m"); !fine) {
        return fail(fine.error());
    }
    const auto section =
        specimen.extra.contains("diameter_m") ? cylinder(specimen) : rectangle(specimen);
    const auto expansion = key_of(specimen, "thermal_expansion_per_K", 0.0);
    const auto expansion_sigma = key_of(specimen, "thermal_expansion_sigma_per_K", 0.0);
    if (!section || !expansion || !expansion_sigma) {
        return fail(
            !section ? section.error() : (!expansion ? expansion : expansion_sigma).error()
        );
    }
    const double dT = std::isfinite(temperature_K) ? temperature_K - reference_K : 0.0;
    const double grown = 1.0 + *expansion * dT;
    if (!(grown > 0.5 && grown < 2.0)) {
        return fail(
            Errc::invalid,
            "an expansion of " + to_text(*expansion) + " 1/K is impossible",
            "specimen: thermal_expansion_per_K",
            "linear, in 1/K: 1.5e-5"
        );
    }
    TorsionFactors out;
    const double cube = grown * grown * grown;
    out.J_over_L_m3 = section->J_m4 / L * cube;
    out.strain_per_rad = section->strain_length_m / L;
    out.stress_per_N_m = section->strain_length_m / section->J_m4 / cube;
    out.by_width = section->by_width;
    out.by_thickness = section->by_thickness;
    out.J_over_L_relative_sigma = std::hypot(
        section->relative_sigma, part(specimen.length_sigma_m, L), 3.0 * *expansion_sigma * dT
    );
    return out;
}

}  // namespace relaxd::model
