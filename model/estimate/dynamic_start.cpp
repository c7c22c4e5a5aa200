// SPDX-License-Identifier: MIT
#include "model/estimate/dynamic_start.hpp"

#include "model/estimate/loss_peak.hpp"

#include <algorithm>
#include <cmath>

namespace relaxd::model {

namespace {

constexpr double ln_tau_beta0_guess = -29.934;  ///< ln 1e-13 s
constexpr double peak_offset = 0.4;             ///< ln(omega tau_beta) at the peak of E''.

struct SeenPeak {
    double temperature_K;
    double ln_omega;
    LossPeak peak;
    double storage_Pa;
};

std::vector<SeenPeak> seen_peaks(const std::vector<DynamicRow>& rows) {
    std::vector<SeenPeak> out;
    for (std::size_t first = 0; first < rows.size();) {
        std::size_t last = first;
        std::vector<CurvePoint> curve;
        for (; last < rows.size() && rows[last].group == rows[first].group; ++last) {
            const DynamicRow& r = rows[last];
            curve.push_back({r.temperature_K, r.loss_Pa, r.loss_sigma_Pa, r.storage_Pa});
        }
        std::string reason;
        if (const auto peak = find_beta_peak(curve, reason)) {
            const auto near = std::min_element(
                curve.begin(),
                curve.end(),
                [&peak](const CurvePoint& a, const CurvePoint& b) {
                    return std::abs(a.temperature_K - peak->temperature_K) <
                           std::abs(b.temperature_K - peak->temperature_K);
                }
            );
            out.push_back({peak->temperature_K, rows[first].ln_omega, *peak, near->storage_Pa});
        }
        first = last;
    }
    return out;
}

/// A high quantile of E': its maximum without the noise.
double largest_storage(const std::vector<DynamicRow>& rows) {
    std::vector<double> storage;
    storage.reserve(rows.size());
    for (const auto& row : rows) {
        storage.push_back(row.storage_Pa);
    }
    const std::size_t k = (storage.size() - 1) * 95 / 100;
    std::nth_element(
        storage.begin(), storage.begin() + static_cast<std::ptrdiff_t>(k), storage.end()
    );
    return std::max(storage[k], 1e3);
}

void place_T_g(DynamicStart& start, const DynamicData& data, const record::FitOptions& options) {
    const double range = data.T_max_K - data.T_min_K;
    const auto given = [&start](const record::Prior& prior) {
        start.q[q_T_g] = prior.mean;
        start.prior_sd[q_T_g] = prior.sd;
    };
    const auto fixed = options.fixed.find("T_g_K");
    const auto prior = options.priors.find("T_g_K");
    start.prior_sd[q_T_g] = 5.0;
    if (fixed != options.fixed.end()) {
        start.q[q_T_g] = fixed->second;
    } else if (prior != options.priors.end()) {
        given(prior->second);
    } else if (options.T_g_fixed_K) {
        start.q[q_T_g] = *options.T_g_fixed_K;
        start.T_g_is_fixed = true;
    } else if (options.T_g_prior_K) {
        given(*options.T_g_prior_K);
    } else {
        start.q[q_T_g] = 0.5 * (data.T_min_K + data.T_max_K);
        start.prior_sd[q_T_g] = range / 3.0;
        start.T_g_is_fixed = start.is_one_temperature;
        start.T_g_is_from_data = !start.is_one_temperature;
    }
}

}  // namespace

DynamicStart start_from_data(const DynamicData& data, const record::FitOptions& options) {
    DynamicStart start;
    auto& q = start.q;
    start.is_one_temperature = data.T_max_K - data.T_min_K <= 1.0;
    place_T_g(start, data, options);

    const double E_u = largest_storage(data.rows);
    const std::vector<SeenPeak> peaks = seen_peaks(data.rows);
    double A_beta = 0.05 / E_u;
    double T_ref = 0.5 * (data.T_min_K + data.T_max_K);
    double U = 80e3;
    double ln_tau_ref = ln_tau_beta0_guess + U / (gas_constant_J_mol_K * T_ref);
    if (!peaks.empty()) {
        const double n = static_cast<double>(peaks.size());
        T_ref = 0.0;
        U = 0.0;
        ln_tau_ref = 0.0;
        A_beta = 0.0;
        for (const auto& p : peaks) {
            T_ref += p.temperature_K / n;
            U += gas_constant_J_mol_K * p.temperature_K *
                 (peak_offset - p.ln_omega - ln_tau_beta0_guess) / n;
            ln_tau_ref += (peak_offset - p.ln_omega) / n;
            // Peak height of J'' of a Gumbel spread with B = 0.6, in units of A_beta.
            A_beta += p.peak.loss_Pa / (p.storage_Pa * p.storage_Pa) / 0.33 / n;
        }
    }
    start.T_ref_K = T_ref;
    q[q_ln_E_u] = std::log(E_u);
    q[q_ln_A_beta] = std::log(A_beta);
    q[q_U] = U;
    q[q_ln_tau_beta_ref] = ln_tau_ref;
    q[q_ln_B] = std::log(0.5);
    q[q_ln_A_an] = std::log(0.5 / E_u);
    q[q_chi_Tg] = 0.4;
    q[q_a1] = start.is_one_temperature ? 0.0 : 0.002;
    q[q_ln_tau_max_Tg] = std::log(30.0);
    q[q_ln_A_vp] = q[q_ln_A_an];

    auto& sd = start.prior_sd;
    sd[q_ln_E_u] = 0.3;
    sd[q_ln_A_beta] = 1.5;
    sd[q_U] = 25e3;
    sd[q_ln_tau_beta_ref] = peaks.empty() ? 8.0 : 3.0;
    sd[q_ln_B] = 0.5;
    sd[q_ln_A_an] = 2.0;
    sd[q_chi_Tg] = 0.15;
    sd[q_a1] = 0.003;
    sd[q_ln_tau_max_Tg] = 5.0;
    sd[q_ln_A_vp] = 2.0;
    return start;
}

std::vector<Coordinates> extra_starts(const Coordinates& q) {
    const auto moved = [&q](double ln_B, double U_factor, double x, double L, double ln_A) {
        Coordinates m = q;
        m[q_ln_B] += ln_B;
        m[q_U] *= U_factor;
        m[q_chi_Tg] = x;
        m[q_ln_tau_max_Tg] += L;
        m[q_ln_A_an] += ln_A;
        m[q_ln_A_vp] += ln_A;
        return m;
    };
    return {
        moved(0.0, 1.0, 0.30, 3.0, 0.0),
        moved(0.0, 1.0, 0.50, -2.5, 0.0),
        moved(0.7, 1.25, 0.40, 1.0, 1.0),
        moved(-0.5, 0.80, 0.40, -1.0, 0.0),
        moved(0.5, 0.90, 0.45, 5.0, 2.0),
        moved(0.3, 1.10, 0.35, -4.0, -1.0),
    };
}

Coordinates with_T_g(const Coordinates& q, double T_g_K) {
    // Below both temperatures chi is chi_Tg, so tau_max extrapolates with the glass's slope.
    Coordinates moved = q;
    moved[q_T_g] = T_g_K;
    const double slope = (1.0 / T_g_K - 1.0 / q[q_T_g]) / gas_constant_J_mol_K;
    moved[q_ln_tau_max_Tg] += q[q_U] * slope / q[q_chi_Tg];
    return moved;
}

}  // namespace relaxd::model
