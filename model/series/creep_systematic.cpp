// SPDX-License-Identifier: MIT
#include "model/series/creep_systematic.hpp"

#include "model/qpd/qpd.hpp"
#include "model/series/creep_setup.hpp"
#include "model/series/median.hpp"

#include <cmath>
#include <string_view>
#include <vector>

namespace relaxd::model {

namespace {

const record::ParameterEstimate* find(const record::FitResult& result, std::string_view name) {
    for (const auto* list : {&result.parameters, &result.derived}) {
        for (const auto& e : *list) {
            if (e.name == name) {
                return &e;
            }
        }
    }
    return nullptr;
}

double temperature_of(const record::SeriesData& data) {
    std::vector<double> all;
    for (const record::SeriesPoint& p : data.points) {
        if (std::isfinite(p.temperature_K)) {
            all.push_back(p.temperature_K);
        }
    }
    return all.empty() ? record::unknown : median(std::move(all));
}

/// As the fit of the dynamic modulus takes it: fixed, from options or material, else the prior.
double T_g_of(const record::FitOptions& options) {
    const double given = given_number(options, "T_g_K").value;
    const double prior = options.T_g_prior_K ? options.T_g_prior_K->mean : record::unknown;
    return options.T_g_fixed_K.value_or(std::isfinite(given) ? given : prior);
}

}  // namespace

CreepThermometer::CreepThermometer(
    const record::SeriesData& data,
    const record::FitOptions& options,
    const record::FitResult& result,
    const record::FitResult& moved,
    double offset_K
)
    : moved_(moved) {
    const double T_K = temperature_of(data);
    const double T_g_K = T_g_of(options);
    if (!std::isfinite(T_K) || !std::isfinite(T_g_K)) {
        return;
    }
    // NaN where a1 is needed and not known.
    const double a1 = T_K > T_g_K ? given_number(options, "a1_per_K").value : 0.0;
    chi_by_offset_ = a1 * offset_K;
    const auto* chi = find(result, "chi");
    const auto* tau_max = find(result, "tau_max_s");
    if (chi == nullptr || tau_max == nullptr || !(chi->value > 0.0)) {
        return;
    }
    const double barrier =
        given_number(options, "U_beta_J_mol").value / (gas_constant_J_mol_K * T_K);
    double by_chi = 0.0;
    if (a1 != 0.0) {
        const double ln_tau_beta = std::log(given_number(options, "tau_beta0_s").value) + barrier;
        // d ln tau_max/d chi at fixed t0: -(ln tau_max - ln t0)/chi.
        by_chi = -(std::log(tau_max->value) - ln_tau_beta) / ((1.0 - chi->value) * chi->value);
    }
    ln_tau_by_offset_ =
        -barrier / (chi->value * T_K) * offset_K + (a1 != 0.0 ? by_chi * chi_by_offset_ : 0.0);
}

double CreepThermometer::change(const record::ParameterEstimate& e) const {
    const auto* other = find(moved_, e.name);
    if (other == nullptr || !moved_.is_usable()) {
        return record::unknown;
    }
    if (e.name == "chi") {
        return other->value - chi_by_offset_ - e.value;
    }
    if (e.name == "tau_max_s" || e.name.starts_with("viscosity")) {
        return other->value * std::exp(-ln_tau_by_offset_) - e.value;
    }
    return other->value - e.value;
}

}  // namespace relaxd::model
