// SPDX-License-Identifier: MIT
#include "drivers/simulator/pendulum_bar.hpp"

#include "schema/base/assert.hpp"
#include "schema/base/number.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

namespace relaxd::simulator {
namespace {

constexpr double pi = std::numbers::pi;
constexpr int series_terms = 20;
constexpr double reference_K = 298.15;

Result<double> positive(double value_m, const char* name) {
    if (value_m > 0.0 && std::isfinite(value_m)) {
        return value_m;
    }
    const std::string text = std::isfinite(value_m) ? to_text(value_m) : std::string("unknown");
    return fail(
        Errc::invalid,
        std::string("the pendulum's specimen needs a ") + name + " above 0 m, it is " + text,
        name,
        "give the dimension in metres"
    );
}

}  // namespace

double torsion_beta(double a_over_b) {
    RELAXD_ASSERT(a_over_b >= 1.0);
    double sum = 0.0;
    for (int k = series_terms - 1; k >= 0; --k) {
        const double n = 2.0 * k + 1.0;
        sum += std::tanh(0.5 * n * pi * a_over_b) / std::pow(n, 5);
    }
    return (1.0 - 192.0 / std::pow(pi, 5) / a_over_b * sum) / 3.0;
}

double torsion_kappa(double a_over_b) {
    RELAXD_ASSERT(a_over_b >= 1.0);
    double sum = 0.0;
    for (int k = series_terms - 1; k >= 0; --k) {
        const double n = 2.0 * k + 1.0;
        const double fall = std::exp(-0.5 * n * pi * a_over_b);  // 1/cosh x without overflow
        sum += 2.0 * fall / (1.0 + fall * fall) / (n * n);
    }
    return 1.0 - 8.0 / (pi * pi) * sum;
}

TorsionBar::TorsionBar(double length_m, double width_m, double thickness_m, bool cylinder)
    : length_m_(length_m),
      width_m_(std::max(width_m, thickness_m)),
      thickness_m_(std::min(width_m, thickness_m)),
      cylinder_(cylinder),
      J_m4_(0.0),
      strain_per_rad_(0.0) {
    if (cylinder_) {
        J_m4_ = pi * std::pow(thickness_m_, 4) / 32.0;
        strain_per_rad_ = 0.5 * thickness_m_ / length_m_;
    } else {
        const double ratio = width_m_ / thickness_m_;
        J_m4_ = torsion_beta(ratio) * width_m_ * std::pow(thickness_m_, 3);
        strain_per_rad_ = torsion_kappa(ratio) * thickness_m_ / length_m_;
    }
}

Result<TorsionBar> TorsionBar::rectangle(double length_m, double width_m, double thickness_m) {
    const std::pair<double, const char*> sides[] = {
        {length_m, "length"}, {width_m, "width"}, {thickness_m, "thickness"}
    };
    for (const auto& [value, name] : sides) {
        if (Result<double> checked = positive(value, name); !checked) {
            return tl::unexpected<Error>(checked.error());
        }
    }
    if (!(std::max(width_m, thickness_m) < length_m)) {
        return fail(
            Errc::invalid,
            "the pendulum's bar is " + to_text(length_m) + " m long and " +
                to_text(std::max(width_m, thickness_m)) + " m wide, which is not a bar",
            "length",
            "the free length between the clamps is the longest dimension"
        );
    }
    return TorsionBar(length_m, width_m, thickness_m, false);
}

Result<TorsionBar> TorsionBar::cylinder(double length_m, double diameter_m) {
    if (Result<double> checked = positive(length_m, "length"); !checked) {
        return tl::unexpected<Error>(checked.error());
    }
    if (Result<double> checked = positive(diameter_m, "diameter"); !checked) {
        return tl::unexpected<Error>(checked.error());
    }
    return TorsionBar(length_m, diameter_m, diameter_m, true);
}

double TorsionBar::form_m3(double temperature_K) const {
    const double stretch = 1.0 + expansion_per_K_ * (temperature_K - reference_K);
    return form_m3() * stretch * stretch * stretch;
}

}  // namespace relaxd::simulator
