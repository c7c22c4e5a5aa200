// SPDX-License-Identifier: MIT
#include "model/estimate/dynamic_derived.hpp"

#include "model/estimate/dynamic_names.hpp"
#include "model/qpd/hierarchy.hpp"
#include "schema/base/number.hpp"

#include <cmath>
#include <numbers>
#include <optional>
#include <utility>

namespace relaxd::model {

namespace {

std::string at_temperature(double T_K) {
    return " at " + to_text(std::round(T_K * 10.0) / 10.0) + " K";
}

/// ln tau_max(T) less ln A_vp, and the coordinates in it.
DerivedScalar tau_over_A(const Coordinates& q, double T_ref_K, double T_K) {
    const LnTimes times = times_of(q, T_ref_K, T_K);
    DerivedScalar out;
    out.scalar = {times.ln_tau_max - q[q_ln_A_vp], times.d_ln_tau_max};
    out.scalar.gradient[q_ln_A_vp] -= 1.0;
    out.is_logarithm = true;
    out.coordinates = {q_U, q_chi_Tg, q_ln_tau_max_Tg, q_ln_A_vp};
    if (T_K > q[q_T_g]) {
        out.coordinates.insert(out.coordinates.end(), {q_ln_tau_beta_ref, q_a1, q_T_g});
    }
    return out;
}

/// ln G_u and d ln G_u/d ln E_u; nothing where Poisson's ratio or K is needed and not given.
std::optional<std::pair<double, double>> ln_G_u(
    double ln_E_u, bool is_shear, const record::FitOptions& options
) {
    if (is_shear) {
        return std::pair(ln_E_u, 1.0);
    }
    if (const auto nu = setting(options, "poisson_ratio"); nu && *nu > -1.0 && *nu < 0.5) {
        return std::pair(ln_E_u - std::log(2.0 * (1.0 + *nu)), 1.0);
    }
    const auto K_Pa = setting(options, "bulk_modulus_Pa");
    if (!K_Pa || !(*K_Pa > 0.0)) {
        return std::nullopt;
    }
    // 1/G = 3/E - 1/(3K)
    const double J = 3.0 * std::exp(-ln_E_u);
    const double J_shear = J - 1.0 / (3.0 * *K_Pa);
    if (!(J_shear > 0.0)) {
        return std::nullopt;
    }
    return std::pair(-std::log(J_shear), J / J_shear);
}

DerivedScalar fragility(const Coordinates& q, double T_ref_K) {
    // d ln tau_max/d(1/T) at T_g+ = U/(R chi) + T_g^2 a1 (ln tau_max - ln t0)/chi, from S1 Eqs. 11b
    // and 22b; PHYSICS E1-22.
    const LnT0 t0 = ln_t0_of(q, T_ref_K);
    const double chi = q[q_chi_Tg];
    const double T_g = q[q_T_g];
    const double over_T_g = 1.0 / (T_g * std::numbers::ln10);
    const double chain = q[q_ln_tau_max_Tg] - t0.value;
    const double energy = q[q_U] / (gas_constant_J_mol_K * chi);
    const double rise = T_g * T_g * q[q_a1] / chi;
    DerivedScalar out;
    out.name = "fragility_m";
    out.scalar.value = (energy + rise * chain) * over_T_g;
    for (std::size_t i = 0; i < q_count; ++i) {
        out.scalar.gradient[i] = -rise * t0.gradient[i] * over_T_g;
    }
    auto& g = out.scalar.gradient;
    g[q_U] += over_T_g / (gas_constant_J_mol_K * chi);
    g[q_ln_tau_max_Tg] += rise * over_T_g;
    g[q_a1] += T_g * T_g / chi * chain * over_T_g;
    g[q_chi_Tg] -= out.scalar.value / chi;
    g[q_T_g] += (2.0 * rise / T_g * chain) * over_T_g - out.scalar.value / T_g;
    out.coordinates = {q_U, q_chi_Tg, q_a1, q_T_g, q_ln_tau_max_Tg, q_ln_tau_beta_ref};
    out.method = "tau_max of the dynamic fit at T_g, from above";
    return out;
}

}  // namespace

std::vector<DerivedScalar> derived_scalars(
    const Coordinates& q,
    double T_ref_K,
    double T_last_K,
    bool is_shear,
    const record::FitOptions& options
) {
    std::vector<DerivedScalar> out;
    const double ln_3 = std::log(3.0);
    DerivedScalar flow = tau_over_A(q, T_ref_K, T_last_K);
    flow.name = "viscosity_flow_Pa_s";
    flow.scalar.value -= is_shear ? 0.0 : ln_3;
    flow.method = (is_shear ? "tau_max/A_vp" : "tau_max/(3 A_vp)") + at_temperature(T_last_K);
    DerivedScalar elongational = flow;
    elongational.name = "viscosity_elongational_Pa_s";
    elongational.scalar.value += ln_3;
    elongational.method = (is_shear ? "3 tau_max/A_vp" : "tau_max/A_vp") + at_temperature(T_last_K);
    out.push_back(std::move(flow));
    out.push_back(std::move(elongational));
    if (const auto G_u = ln_G_u(q[q_ln_E_u], is_shear, options)) {
        DerivedScalar maxwell = tau_over_A(q, T_ref_K, T_last_K);
        maxwell.name = "viscosity_maxwell_Pa_s";
        maxwell.scalar.value += q[q_ln_A_vp] + G_u->first;
        maxwell.scalar.gradient[q_ln_A_vp] += 1.0;
        maxwell.scalar.gradient[q_ln_E_u] += G_u->second;
        std::erase(maxwell.coordinates, q_ln_A_vp);
        maxwell.coordinates.push_back(q_ln_E_u);
        maxwell.method = "G_u tau_mol" + at_temperature(T_last_K);
        out.push_back(std::move(maxwell));
    }
    out.push_back(fragility(q, T_ref_K));
    return out;
}

std::vector<record::ParameterEstimate> defect_estimates(
    double T_last_K, const record::FitOptions& options
) {
    const auto dH = options.material.find("dH_J_mol");
    const auto dS = options.material.find("dS_over_R");
    if (dH == options.material.end() || dS == options.material.end()) {
        return {};
    }
    const auto C_d = defect_concentration(T_last_K, dH->second, dS->second);
    if (!C_d) {
        return {};
    }
    record::ParameterEstimate e;
    e.name = "C_d";
    e.value = *C_d;
    e.state = record::ParameterState::fixed;
    e.method = "S1 Eq. 1" + at_temperature(T_last_K);
    return {e};
}

}  // namespace relaxd::model
