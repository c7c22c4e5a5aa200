// SPDX-License-Identifier: MIT
#include "drivers/simulator/pendulum_modes.hpp"

#include "schema/base/assert.hpp"
#include "schema/base/number.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

namespace relaxd::simulator {
namespace {

// Two a decade: the sum of Debye peaks ripples by 4 exp(-pi^2 / ln 10 x 2) = 8e-4.
constexpr double loss_step_ln = 0.5 * std::numbers::ln10;
constexpr int loss_first = -10;  // tau = 10^(k/2) s
constexpr int loss_last = 10;

// Keeps the times of the outermost lines finite and above 0 at the coldest temperatures.
double bounded(double tau_s) {
    return std::clamp(tau_s, 1e-250, 1e250);
}

}  // namespace

std::complex<double> ShearSpectrum::compliance_per_Pa(double omega_rad_s) const {
    double real = instant_per_Pa;
    double loss = flow_per_Pa_s / omega_rad_s;
    for (const ShearMode& mode : modes) {
        add_debye(mode.strength_per_Pa, omega_rad_s * mode.tau_s, real, loss);
    }
    return {real, -loss};
}

std::complex<double> ShearSpectrum::modulus_Pa(double omega_rad_s) const {
    return 1.0 / compliance_per_Pa(omega_rad_s);
}

double ShearSpectrum::creep_per_Pa(double time_s) const {
    double sum = instant_per_Pa + flow_per_Pa_s * time_s;
    for (const ShearMode& mode : modes) {
        sum -= mode.strength_per_Pa * std::expm1(-time_s / mode.tau_s);
    }
    return sum;
}

std::vector<ShearMode> constant_loss_modes(double tan_phi) {
    std::vector<ShearMode> modes;
    if (tan_phi == 0.0) {
        return modes;
    }
    // sum x/(1 + x^2) over ln x in steps of d tends to pi / (2 d).
    const double strength = tan_phi * 2.0 * loss_step_ln / std::numbers::pi;
    for (int k = loss_last; k >= loss_first; --k) {
        modes.emplace_back(strength, std::exp(k * loss_step_ln));
    }
    return modes;
}

ShearMaterial ShearMaterial::none() {
    ShearMaterial material;
    material.present_ = false;
    return material;
}

ShearMaterial ShearMaterial::elastic(double G_Pa, double tan_phi) {
    RELAXD_ASSERT(G_Pa > 0.0 && tan_phi >= 0.0 && tan_phi <= 0.05);
    ShearMaterial material;
    material.fixed_.instant_per_Pa = 1.0 / G_Pa;
    material.fixed_.modes = constant_loss_modes(tan_phi);
    for (ShearMode& mode : material.fixed_.modes) {
        const double x = 2.0 * std::numbers::pi * mode.tau_s;
        mode.strength_per_Pa /= G_Pa;
        material.fixed_.instant_per_Pa -= mode.strength_per_Pa / (1.0 + x * x);
    }
    return material;
}

ShearMaterial ShearMaterial::standard_linear(
    double G_unrelaxed_Pa, double G_relaxed_Pa, double tau_s
) {
    RELAXD_ASSERT(G_relaxed_Pa > 0.0 && G_unrelaxed_Pa > G_relaxed_Pa && tau_s > 0.0);
    ShearMaterial material;
    material.fixed_.instant_per_Pa = 1.0 / G_unrelaxed_Pa;
    // The same solid in compliance: strength 1/G_r - 1/G_u, retardation time tau G_u / G_r.
    material.fixed_.modes.emplace_back(
        1.0 / G_relaxed_Pa - 1.0 / G_unrelaxed_Pa, tau_s * G_unrelaxed_Pa / G_relaxed_Pa
    );
    return material;
}

Result<double> ShearMaterial::checked_poisson_ratio(double poisson_ratio) {
    if (poisson_ratio > -1.0 && poisson_ratio <= 0.5) {
        return poisson_ratio;
    }
    return fail(
        Errc::invalid,
        "Poisson's ratio of the pendulum's specimen is above -1 and at most 0.5, it is " +
            (std::isfinite(poisson_ratio) ? to_text(poisson_ratio) : std::string("unknown")),
        "poisson_ratio",
        "metallic glasses have 0.33 to 0.4"
    );
}

ShearMaterial ShearMaterial::glass(const Specimen& specimen, double T_max_K, double poisson_ratio) {
    RELAXD_ASSERT(poisson_ratio > -1.0 && poisson_ratio <= 0.5);
    ShearMaterial material;
    material.glass_.emplace(specimen);
    const auto [chi_low, chi_high] = specimen.chi_range(T_max_K);
    material.grid_ = stretched_grid(chi_low, chi_high);
    material.shear_factor_ = 2.0 * (1.0 + poisson_ratio);
    return material;
}

ShearSpectrum ShearMaterial::at(double temperature_K, const Structure& structure) const {
    if (!glass_) {
        return fixed_;
    }
    const SpecimenTimes times = glass_->times_at(temperature_K, structure.chi);
    const material::Params& params = glass_->params();
    const double defects = shear_factor_ * structure.defect_share;
    ShearSpectrum spectrum;
    spectrum.instant_per_Pa =
        shear_factor_ * glass_->elastic_compliance_per_Pa(temperature_K, structure);
    spectrum.flow_per_Pa_s = defects * params.A_vp_per_Pa / times.tau_max_s;
    const auto add =
        [&spectrum](double strength_per_Pa, double tau_s, const std::vector<SpectrumLine>& lines) {
            for (const SpectrumLine& line : lines) {
                spectrum.modes.emplace_back(
                    strength_per_Pa * line.weight, bounded(tau_s / line.rate)
                );
            }
        };
    add(defects * glass_->beta_compliance_per_Pa(), times.tau_beta_s, glass_->beta_lines());
    for (std::size_t i = 0; i < glass_->fast_processes().size(); ++i) {
        const Specimen::FastProcess& process = glass_->fast_processes()[i];
        add(defects * process.numbers.A_per_Pa, glass_->fast_beta_s(i, temperature_K), process.lines
        );
    }
    add(defects * params.A_an_per_Pa, times.tau_an_s, stretched_lines(times.chi, grid_));
    return spectrum;
}

}  // namespace relaxd::simulator
