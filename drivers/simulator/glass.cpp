// SPDX-License-Identifier: MIT
#include "drivers/simulator/glass.hpp"

#include <algorithm>
#include <cmath>

namespace relaxd::simulator {
namespace {

constexpr double chi_tolerance = 1e-11;  // of one step; a run has 1e6 of them
constexpr double chi_settled = 1e-15;
constexpr double shortest_share = 1e-12;
constexpr double theta_max = 1e30;  // crystallised long ago; keeps the sum finite
constexpr double xi_max = 1e30;

// 1 - exp(-x^n) for any x >= 0.
double transformed(double x, double n) {
    return -std::expm1(-std::pow(x, n));
}

}  // namespace

GlassState::GlassState(const Specimen& specimen)
    : specimen_(&specimen), chi_(specimen.chi_at(0.0)) {
    if (specimen.options().structural_relaxation) {
        const material::Params& p = specimen.params();
        chi_ = p.chi_Tg + p.a1_per_K * (specimen.options().fictive_temperature_K - p.T_g_K);
    }
}

void GlassState::advance(double dt_s, double temperature_K) {
    if (!(dt_s > 0.0)) {
        return;
    }
    const GlassOptions& options = specimen_->options();
    const double RT = gas_constant_J_mol_K * temperature_K;
    double relaxations = 0.0;  // int dt / tau_max
    if (options.structural_relaxation) {
        relaxations = relax(dt_s, temperature_K);
    } else if (options.ageing) {
        relaxations = dt_s / specimen_->times_at(temperature_K).tau_max_s;
    }
    if (options.ageing && temperature_K < specimen_->params().T_g_K) {
        const double colder = 1.0 / RT - 1.0 / (gas_constant_J_mol_K * options.ageing_T_ref_K);
        const double tau_s = options.ageing_tau_s * std::exp(options.ageing_U_J_mol * colder);
        xi_ = std::min(xi_ + dt_s / tau_s, xi_max);
    } else {
        xi_ *= std::exp(-relaxations);
    }
    if (options.crystallisation) {
        const double rate = options.crystal_k0_per_s * std::exp(-options.crystal_U_J_mol / RT);
        theta_ = std::min(theta_ + rate * dt_s, theta_max);
    }
}

// Returns int dt / tau_max over the step.
double GlassState::relax(double dt_s, double temperature_K) {
    const double goal = specimen_->equilibrium_chi(temperature_K);
    double relaxations = 0.0;
    double done_s = 0.0;
    double h_s = try_s_ > 0.0 ? std::min(try_s_, dt_s) : dt_s;
    while (done_s < dt_s) {
        const double left_s = dt_s - done_s;
        if (std::abs(goal - chi_) < chi_settled) {
            chi_ = goal;
            relaxations += left_s / specimen_->times_at(temperature_K, chi_).tau_max_s;
            break;
        }
        const bool last = h_s >= left_s * (1.0 - 1e-12);
        const double step_s = last ? left_s : h_s;
        const double full = relaxed_chi(chi_, goal, step_s, temperature_K);
        const double half = relaxed_chi(chi_, goal, 0.5 * step_s, temperature_K);
        const double twice = relaxed_chi(half, goal, 0.5 * step_s, temperature_K);
        const double error = std::abs(full - twice) / chi_tolerance;
        if (error > 1.0 && step_s > shortest_share * dt_s) {
            h_s = 0.5 * step_s;
            continue;
        }
        relaxations += step_s / specimen_->times_at(temperature_K, half).tau_max_s;
        chi_ = twice;
        done_s = last ? dt_s : done_s + step_s;
        if (error < 0.1) {
            h_s = 2.0 * step_s;
        }
    }
    try_s_ = h_s;
    return relaxations;
}

// One exponential step with tau_max at the chi in the middle of the step: second order, and never
// beyond the goal.
double GlassState::relaxed_chi(double chi, double goal, double h_s, double temperature_K) const {
    const double first_s = specimen_->times_at(temperature_K, chi).tau_max_s;
    const double end = goal + (chi - goal) * std::exp(-h_s / first_s);
    const double middle_s = specimen_->times_at(temperature_K, 0.5 * (chi + end)).tau_max_s;
    return goal + (chi - goal) * std::exp(-h_s / middle_s);
}

Structure GlassState::structure(double temperature_K) const {
    const GlassOptions& options = specimen_->options();
    Structure structure;
    structure.chi = options.structural_relaxation ? chi_ : specimen_->chi_at(temperature_K);
    structure.crystal_share = crystallised();
    structure.defect_share =
        (1.0 - options.ageing_strength * aged()) * (1.0 - structure.crystal_share);
    return structure;
}

double GlassState::fictive_K(double temperature_K) const {
    const material::Params& p = specimen_->params();
    if (!specimen_->options().structural_relaxation) {
        return std::max(temperature_K, p.T_g_K);
    }
    return p.T_g_K + (chi_ - p.chi_Tg) / p.a1_per_K;
}

double GlassState::aged() const {
    return specimen_->options().ageing ? transformed(xi_, specimen_->options().ageing_beta) : 0.0;
}

double GlassState::crystallised() const {
    const GlassOptions& options = specimen_->options();
    return options.crystallisation ? transformed(theta_, options.crystal_n) : 0.0;
}

}  // namespace relaxd::simulator
