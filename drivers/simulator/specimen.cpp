// SPDX-License-Identifier: MIT
#include "drivers/simulator/specimen.hpp"

#include "schema/base/number.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>

namespace relaxd::simulator {
namespace {

constexpr double R_J_mol_K = 8.31446261815324;  // CODATA 2018, k N_A
constexpr double chi_min = 0.02;
constexpr double chi_max = 0.98;
constexpr double strain_at_rest = 1e-13;  // a millionth of what 1 nm means on any specimen
constexpr double ln_tau_max = 300.0;      // keeps every time finite at the coldest set point

double bounded_exp(double ln_tau) {
    return std::exp(std::clamp(ln_tau, -ln_tau_max, ln_tau_max));
}

// sum w / (1 + i x_k), x_k = omega tau / rate_k, for a spectrum of unit strength.
std::complex<double> debye_sum(const std::vector<SpectrumLine>& lines, double omega_tau) {
    double real = 0.0;
    double loss = 0.0;
    for (const SpectrumLine& line : lines) {
        const double x = omega_tau / line.rate;
        if (x <= 1.0) {
            const double share = line.weight / (1.0 + x * x);
            real += share;
            loss += share * x;
        } else {
            const double y = 1.0 / x;
            const double share = line.weight / (1.0 + y * y);
            real += share * y * y;
            loss += share * y;
        }
    }
    return {real, -loss};
}

double or_zero(double value) {
    return std::isfinite(value) ? value : 0.0;
}

}  // namespace

Result<material::Params> checked_params(const material::Params& params) {
    const auto refuse = [](std::string_view name, double value, std::string_view rule) {
        const std::string text = std::isfinite(value) ? to_text(value) : std::string("unknown");
        return fail(
            Errc::invalid,
            "the simulated specimen needs " + std::string(name) + " " + std::string(rule) +
                ", it is " + text,
            std::string(name),
            "give the number in a material file, or take a material that has it"
        );
    };
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
    if (std::isfinite(params.B) && !(params.B >= 0.05 && params.B <= 100.0)) {
        return refuse("B", params.B, "between 0.05 and 100, or unknown for one single time");
    }
    return params;
}

Specimen::Specimen(const material::Params& params)
    : params_(params),
      A_beta_per_Pa_(1.0 / params.E_r_Pa - 1.0 / params.E_u_Pa),
      beta_(gumbel_lines(params.B)) {}

SpecimenTimes Specimen::times_at(double temperature_K) const {
    SpecimenTimes times;
    const double above = std::max(0.0, temperature_K - params_.T_g_K);
    times.chi = std::clamp(params_.chi_Tg + or_zero(params_.a1_per_K) * above, chi_min, chi_max);
    const double ln_beta =
        std::log(params_.tau_beta0_s) + params_.U_beta_J_mol / (R_J_mol_K * temperature_K);
    const double ln_t0 = std::log(params_.t0_s);
    const double ln_max = ln_t0 + (ln_beta - ln_t0) / times.chi;
    times.tau_beta_s = bounded_exp(ln_beta);
    times.tau_max_s = bounded_exp(ln_max);
    times.tau_an_s = bounded_exp(ln_max + std::log(times.chi) / times.chi);
    return times;
}

double Specimen::elastic_compliance_per_Pa(double temperature_K) const {
    const double slope = or_zero(params_.E_u_slope_per_K);
    const double change = slope * (temperature_K - or_zero(params_.E_u_T_ref_K));
    return 1.0 / (params_.E_u_Pa * std::max(0.01, 1.0 + change));
}

std::complex<double> Specimen::compliance_per_Pa(double temperature_K, double omega_rad_s) {
    const SpecimenTimes times = times_at(temperature_K);
    if (times.chi != stretched_chi_) {
        stretched_ = stretched_lines(times.chi, stretched_grid(times.chi, times.chi));
        stretched_chi_ = times.chi;
    }
    const std::complex<double> beta = debye_sum(beta_, omega_rad_s * times.tau_beta_s);
    const std::complex<double> anelastic = debye_sum(stretched_, omega_rad_s * times.tau_an_s);
    const double flow = params_.A_vp_per_Pa / (omega_rad_s * times.tau_max_s);
    return elastic_compliance_per_Pa(temperature_K) + A_beta_per_Pa_ * beta +
           params_.A_an_per_Pa * anelastic - std::complex<double>(0.0, flow);
}

std::complex<double> Specimen::modulus_Pa(double temperature_K, double omega_rad_s) {
    return 1.0 / compliance_per_Pa(temperature_K, omega_rad_s);
}

LoadedSpecimen::LoadedSpecimen(const Specimen& specimen, double T_max_K)
    : specimen_(&specimen),
      grid_(stretched_grid(
          specimen.times_at(0.5 * specimen.params().T_g_K).chi,
          std::max(
              specimen.times_at(0.5 * specimen.params().T_g_K).chi, specimen.times_at(T_max_K).chi
          )
      )),
      beta_strain_(specimen.beta_lines().size(), 0.0),
      anelastic_strain_(grid_.count, 0.0),
      beta_decay_(specimen.beta_lines().size(), 0.0),
      anelastic_decay_(grid_.count, 0.0) {}

void LoadedSpecimen::retune(double dt_s, double temperature_K) {
    const SpecimenTimes times = specimen_->times_at(temperature_K);
    if (std::abs(times.chi - anelastic_chi_) > 1e-7) {
        anelastic_ = stretched_lines(times.chi, grid_);
        anelastic_chi_ = times.chi;
    }
    const std::vector<SpectrumLine>& beta = specimen_->beta_lines();
    for (std::size_t i = 0; i < beta.size(); ++i) {
        beta_decay_[i] = std::exp(-dt_s * beta[i].rate / times.tau_beta_s);
    }
    for (std::size_t k = 0; k < anelastic_.size(); ++k) {
        anelastic_decay_[k] = std::exp(-dt_s * anelastic_[k].rate / times.tau_an_s);
    }
    tuned_dt_s_ = dt_s;
    tuned_T_K_ = temperature_K;
    tuned_tau_max_s_ = times.tau_max_s;
}

void LoadedSpecimen::advance(double dt_s, double temperature_K) {
    if (dt_s <= 0.0 || (at_rest_ && stress_Pa_ == 0.0)) {
        return;
    }
    // 1e-5 K moves ln tau by 2e-6 / chi at most: far below the 1e-6 of a strain that is kept.
    if (std::abs(dt_s - tuned_dt_s_) > 1e-9 * dt_s || std::abs(temperature_K - tuned_T_K_) > 1e-5) {
        retune(dt_s, temperature_K);
    }
    double recoverable = 0.0;
    const std::vector<SpectrumLine>& beta = specimen_->beta_lines();
    const double beta_scale = specimen_->beta_compliance_per_Pa() * stress_Pa_;
    for (std::size_t i = 0; i < beta.size(); ++i) {
        const double goal = beta_scale * beta[i].weight;
        beta_strain_[i] = goal + (beta_strain_[i] - goal) * beta_decay_[i];
        recoverable += std::abs(beta_strain_[i]);
    }
    const double anelastic_scale = specimen_->params().A_an_per_Pa * stress_Pa_;
    for (std::size_t k = 0; k < anelastic_.size(); ++k) {
        const double goal = anelastic_scale * anelastic_[k].weight;
        anelastic_strain_[k] = goal + (anelastic_strain_[k] - goal) * anelastic_decay_[k];
        recoverable += std::abs(anelastic_strain_[k]);
    }
    flow_strain_ += specimen_->params().A_vp_per_Pa * stress_Pa_ * dt_s / tuned_tau_max_s_;
    at_rest_ = recoverable < strain_at_rest;
}

double LoadedSpecimen::strain(double temperature_K) const {
    double sum = flow_strain_ + specimen_->elastic_compliance_per_Pa(temperature_K) * stress_Pa_;
    for (const double e : beta_strain_) {
        sum += e;
    }
    for (const double e : anelastic_strain_) {
        sum += e;
    }
    return sum;
}

}  // namespace relaxd::simulator
