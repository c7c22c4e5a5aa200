// SPDX-License-Identifier: MIT
#include "drivers/simulator/specimen.hpp"

#include "schema/base/number.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>

namespace relaxd::simulator {
namespace {

constexpr double chi_min = 0.02;
constexpr double chi_max = 0.98;
constexpr double expansion_zero_K = 298.15;
constexpr double ln_tau_max = 300.0;  // keeps every time finite at the coldest set point

double bounded_exp(double ln_tau) {
    return std::exp(std::clamp(ln_tau, -ln_tau_max, ln_tau_max));
}

// sum w / (1 + i x_k), x_k = omega tau / rate_k, for a spectrum of unit strength.
std::complex<double> debye_sum(const std::vector<SpectrumLine>& lines, double omega_tau) {
    double real = 0.0;
    double loss = 0.0;
    for (const SpectrumLine& line : lines) {
        add_debye(line.weight, omega_tau / line.rate, real, loss);
    }
    return {real, -loss};
}

double or_zero(double value) {
    return std::isfinite(value) ? value : 0.0;
}

constexpr std::string_view gumbel_rule = "between 0.05 and 100, or unknown for one single time";

bool gumbel_width_fits(double B) {
    return !std::isfinite(B) || (B >= 0.05 && B <= 100.0);
}

tl::unexpected<Error> refuse(std::string_view name, double value, std::string_view rule) {
    const std::string text = std::isfinite(value) ? to_text(value) : std::string("unknown");
    return fail(
        Errc::invalid,
        "the simulated specimen needs " + std::string(name) + " " + std::string(rule) + ", it is " +
            text,
        std::string(name),
        "give the number in a material file, or take a material that has it"
    );
}

}  // namespace

Result<material::Params> checked_params(const material::Params& params) {
    using Params = material::Params;
    const std::pair<std::string_view, double Params::*> positive[] = {
        {"E_u_Pa", &Params::E_u_Pa},
        {"E_r_Pa", &Params::E_r_Pa},
        {"U_beta_J_mol", &Params::U_beta_J_mol},
        {"tau_beta0_s", &Params::tau_beta0_s},
        {"A_an_per_Pa", &Params::A_an_per_Pa},
        {"A_vp_per_Pa", &Params::A_vp_per_Pa},
        {"T_g_K", &Params::T_g_K},
        {"t0_s", &Params::t0_s},
    };
    for (const auto& [name, member] : positive) {
        if (!(params.*member > 0.0) || !std::isfinite(params.*member)) {
            return refuse(name, params.*member, "above 0");
        }
    }
    if (!(params.chi_Tg > 0.0 && params.chi_Tg < 1.0)) {
        return refuse("chi_Tg", params.chi_Tg, "between 0 and 1");
    }
    if (params.E_r_Pa > params.E_u_Pa) {
        return refuse("E_r_Pa", params.E_r_Pa, "not above E_u_Pa");
    }
    if (!gumbel_width_fits(params.B)) {
        return refuse("B", params.B, gumbel_rule);
    }
    return params;
}

Result<std::vector<material::FastBeta>> checked_fast_beta(
    const std::vector<material::FastBeta>& processes
) {
    using material::FastBeta;
    const std::pair<std::string_view, double FastBeta::*> positive[] = {
        {"A_per_Pa", &FastBeta::A_per_Pa},
        {"U_J_mol", &FastBeta::U_J_mol},
        {"tau0_s", &FastBeta::tau0_s},
    };
    for (std::size_t i = 0; i < processes.size(); ++i) {
        const FastBeta& process = processes[i];
        const std::string list = "fast_beta[" + std::to_string(i) + "].";
        for (const auto& [name, member] : positive) {
            if (!(process.*member > 0.0) || !std::isfinite(process.*member)) {
                return refuse(list + std::string(name), process.*member, "above 0");
            }
        }
        if (!gumbel_width_fits(process.B)) {
            return refuse(list + "B", process.B, gumbel_rule);
        }
    }
    return processes;
}

Specimen::Specimen(
    const material::Params& params,
    const std::vector<material::FastBeta>& fast_beta,
    const GlassOptions& options
)
    : params_(params),
      options_(options),
      A_beta_per_Pa_(1.0 / params.E_r_Pa - 1.0 / params.E_u_Pa),
      beta_(gumbel_lines(params.B)),
      stress_acts_(options.nonlinear && params.sigma1_Pa > 0.0),
      strain_acts_(options.nonlinear && std::isfinite(params.a2) && params.a2 != 0.0) {
    for (const material::FastBeta& numbers : fast_beta) {
        FastProcess process;
        process.numbers = numbers;
        process.lines = gumbel_lines(numbers.B);
        fast_.push_back(std::move(process));
    }
}

double Specimen::chi_at(double temperature_K) const {
    const double above = std::max(0.0, temperature_K - params_.T_g_K);
    return std::clamp(params_.chi_Tg + or_zero(params_.a1_per_K) * above, chi_min, chi_max);
}

// S1 Eq. 9 with |sigma| (E1-16): the share of the barrier that stress leaves.
double Specimen::barrier_left(double stress_Pa) const {
    if (!stress_acts_) {
        return 1.0;
    }
    const double left = std::max(0.0, 1.0 - std::abs(stress_Pa) / params_.sigma1_Pa);
    return left * std::sqrt(left);
}

SpecimenTimes Specimen::times_at(double temperature_K) const {
    return times_at(temperature_K, chi_at(temperature_K));
}

SpecimenTimes Specimen::times_at(double temperature_K, double chi, double stress_Pa) const {
    SpecimenTimes times;
    times.chi = std::clamp(chi, chi_min, chi_max);
    const double barrier = params_.U_beta_J_mol / (gas_constant_J_mol_K * temperature_K);
    const double ln_beta = std::log(params_.tau_beta0_s) + barrier * barrier_left(stress_Pa);
    const double ln_t0 = std::log(params_.t0_s);
    const double ln_max = ln_t0 + (ln_beta - ln_t0) / times.chi;
    times.tau_beta_s = bounded_exp(ln_beta);
    times.tau_max_s = bounded_exp(ln_max);
    times.tau_an_s = bounded_exp(ln_max + std::log(times.chi) / times.chi);
    return times;
}

double Specimen::fast_beta_s(std::size_t index, double temperature_K, double stress_Pa) const {
    const material::FastBeta& process = fast_[index].numbers;
    const double barrier = process.U_J_mol / (gas_constant_J_mol_K * temperature_K);
    return bounded_exp(std::log(process.tau0_s) + barrier * barrier_left(stress_Pa));
}

double Specimen::equilibrium_chi(double temperature_K) const {
    const double above = std::max(temperature_K - params_.T_g_K, -options_.equilibrium_depth_K);
    return std::clamp(params_.chi_Tg + or_zero(params_.a1_per_K) * above, chi_min, chi_max);
}

std::pair<double, double> Specimen::chi_range(double T_max_K) const {
    if (!options_.structural_relaxation) {
        const double low = chi_at(0.5 * params_.T_g_K);
        return {low, std::max(low, chi_at(T_max_K))};
    }
    const double low = equilibrium_chi(0.0);
    const double first =
        params_.chi_Tg + params_.a1_per_K * (options_.fictive_temperature_K - params_.T_g_K);
    return {low, std::max(equilibrium_chi(T_max_K), std::clamp(first, chi_min, chi_max))};
}

Structure Specimen::structure_at(double temperature_K) const {
    Structure structure;
    structure.chi = chi_at(temperature_K);
    return structure;
}

double Specimen::elastic_compliance_per_Pa(double temperature_K) const {
    const double slope = or_zero(params_.E_u_slope_per_K);
    const double change = slope * (temperature_K - or_zero(params_.E_u_T_ref_K));
    return 1.0 / (params_.E_u_Pa * std::max(0.01, 1.0 + change));
}

double Specimen::elastic_compliance_per_Pa(double temperature_K, const Structure& structure) const {
    const double glass = elastic_compliance_per_Pa(temperature_K);
    const double X = structure.crystal_share;
    return X > 0.0 ? glass * (1.0 - X + X / options_.crystal_modulus_rise) : glass;
}

double Specimen::thermal_strain(double temperature_K) const {
    return options_.thermal_expansion_per_K * (temperature_K - expansion_zero_K);
}

std::complex<double> Specimen::compliance_per_Pa(double temperature_K, double omega_rad_s) {
    return compliance_per_Pa(temperature_K, omega_rad_s, structure_at(temperature_K));
}

std::complex<double> Specimen::compliance_per_Pa(
    double temperature_K, double omega_rad_s, const Structure& structure
) {
    const SpecimenTimes times = times_at(temperature_K, structure.chi);
    if (times.chi != stretched_chi_) {
        stretched_ = stretched_lines(times.chi, stretched_grid(times.chi, times.chi));
        stretched_chi_ = times.chi;
    }
    const double share = structure.defect_share;
    const std::complex<double> beta = debye_sum(beta_, omega_rad_s * times.tau_beta_s);
    const std::complex<double> anelastic = debye_sum(stretched_, omega_rad_s * times.tau_an_s);
    const double flow = share * params_.A_vp_per_Pa / (omega_rad_s * times.tau_max_s);
    std::complex<double> sum =
        elastic_compliance_per_Pa(temperature_K, structure) + share * A_beta_per_Pa_ * beta +
        share * params_.A_an_per_Pa * anelastic - std::complex<double>(0.0, flow);
    for (std::size_t i = 0; i < fast_.size(); ++i) {
        const double omega_tau = omega_rad_s * fast_beta_s(i, temperature_K);
        sum += share * fast_[i].numbers.A_per_Pa * debye_sum(fast_[i].lines, omega_tau);
    }
    return sum;
}

std::complex<double> Specimen::modulus_Pa(double temperature_K, double omega_rad_s) {
    return 1.0 / compliance_per_Pa(temperature_K, omega_rad_s);
}

std::complex<double> Specimen::modulus_Pa(
    double temperature_K, double omega_rad_s, const Structure& structure
) {
    return 1.0 / compliance_per_Pa(temperature_K, omega_rad_s, structure);
}

}  // namespace relaxd::simulator
