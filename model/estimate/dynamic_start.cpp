// SPDX-License-Identifier: MIT
#include "model/estimate/dynamic_start.hpp"

#include "model/estimate/dynamic_names.hpp"
#include "model/estimate/loss_peak.hpp"

#include <algorithm>
#include <cmath>

namespace relaxd::model {

namespace {

constexpr double ln_tau_beta0_guess = -29.934;  ///< ln 1e-13 s
constexpr double peak_offset = 0.4;             ///< ln(omega tau_beta) at the peak of E''.
constexpr double between_peaks_K = 15.0;        ///< At least, to be two processes.
constexpr double fast_below_K = 60.0;   ///< The fast process below the beta process, unseen.
constexpr double slope_range_K = 30.0;  ///< In less, no slope of E_u is asked for.
constexpr double background_prior_sd = 0.005;
constexpr double E_u_prior_sd = 0.3;            ///< In ln.
constexpr double E_u_prior_sd_of_liquid = 1.0;  ///< Where the loss is as large as the storage.
constexpr double scale_prior_sd = 0.05;  ///< In ln: what clamps and calipers do to a modulus.
constexpr double T_g_offset_prior_sd_K = 5.0;

struct SeenPeak {
    double temperature_K;
    double ln_omega;
    LossPeak peak;
    double storage_Pa;
    bool is_shear;
};

/// The beta peak of each group. With `fast` it is the second of two where there are two, and the
/// first goes there.
std::vector<SeenPeak> seen_peaks(
    const std::vector<DynamicRow>& rows, std::vector<SeenPeak>* fast = nullptr
) {
    std::vector<SeenPeak> out;
    for (std::size_t first = 0; first < rows.size();) {
        std::size_t last = first;
        std::vector<CurvePoint> curve;
        for (; last < rows.size() && rows[last].group == rows[first].group; ++last) {
            const DynamicRow& r = rows[last];
            curve.push_back({r.temperature_K, r.loss_Pa, r.loss_sigma_Pa, r.storage_Pa});
        }
        std::string reason;
        const auto seen = [&](const LossPeak& peak) {
            const auto near = std::min_element(
                curve.begin(),
                curve.end(),
                [&peak](const CurvePoint& a, const CurvePoint& b) {
                    return std::abs(a.temperature_K - peak.temperature_K) <
                           std::abs(b.temperature_K - peak.temperature_K);
                }
            );
            return SeenPeak{
                peak.temperature_K,
                rows[first].ln_omega,
                peak,
                near->storage_Pa,
                rows[first].is_shear
            };
        };
        if (const auto peak = find_beta_peak(curve, reason)) {
            const auto above = std::find_if(curve.begin(), curve.end(), [&peak](const auto& c) {
                return c.temperature_K > peak->temperature_K + between_peaks_K;
            });
            const auto second =
                fast != nullptr && above != curve.end()
                    ? find_beta_peak(std::span<const CurvePoint>(above, curve.end()), reason)
                    : std::nullopt;
            if (second) {
                fast->push_back(seen(*peak));
            }
            out.push_back(seen(second ? *second : *peak));
        }
        first = last;
    }
    return out;
}

struct Stiffest {
    double storage_Pa;
    double tan_delta;
};

/// A high quantile of E': its maximum without the noise. In joint fits, of the tensile rows.
Stiffest stiffest(const DynamicData& data) {
    std::vector<Stiffest> rows;
    rows.reserve(data.rows.size());
    for (const auto& row : data.rows) {
        if (!row.is_shear || !data.has_tensile) {
            rows.push_back({row.storage_Pa, row.loss_Pa / row.storage_Pa});
        }
    }
    const std::size_t k = (rows.size() - 1) * 95 / 100;
    std::nth_element(
        rows.begin(),
        rows.begin() + static_cast<std::ptrdiff_t>(k),
        rows.end(),
        [](const Stiffest& a, const Stiffest& b) { return a.storage_Pa < b.storage_Pa; }
    );
    return rows[k];
}

/// E_u of the start. A ramp sees the glass; one temperature may lie far above T_g, where E' is far
/// below E_u: 1/J' is nearer, for flow is not in it, and says less the larger the loss is.
record::Prior unrelaxed(const Stiffest& row, bool is_one_temperature) {
    if (!is_one_temperature || !std::isfinite(row.tan_delta)) {
        return {std::max(row.storage_Pa, 1e3), E_u_prior_sd};
    }
    const double inverse_Pa = row.storage_Pa * (1.0 + row.tan_delta * row.tan_delta);
    return {
        std::max(inverse_Pa, 1e3), std::clamp(row.tan_delta, E_u_prior_sd, E_u_prior_sd_of_liquid)
    };
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
        start.T_g_is_fixed = start.T_g_is_unknown = start.is_one_temperature;
        start.T_g_is_from_data = !start.is_one_temperature;
    }
}

/// E_u of the start holds at the multiple of 50 K next to the lowest temperature: the same for all
/// of a heating ramp, and where E_u is seen best.
double reference_of_E_u(const DynamicData& data, const record::FitOptions& options) {
    const double near_K = 50.0 * std::max(1.0, std::round(data.T_min_K / 50.0));
    return setting(options, "E_u_T_ref_K").value_or(near_K);
}

void place_slope(DynamicStart& start, const DynamicData& data, const record::FitOptions& options) {
    start.q[q_E_u_T_ref] = reference_of_E_u(data, options);
    if (is_wanted(options, "E_u_slope_per_K")) {
        start.free_slope();
    } else {
        start.slope_is_automatic = !options.fixed.contains("E_u_slope_per_K") &&
                                   data.T_max_K - data.T_min_K > slope_range_K;
    }
}

/// The mode of a process whose peak lies at T_K, with the usual prefactor.
struct PlacedProcess {
    double U_J_mol;
    double ln_tau_ref;
};
PlacedProcess placed(double T_K, double ln_omega, double T_ref_K) {
    const double U = gas_constant_J_mol_K * T_K * (peak_offset - ln_omega - ln_tau_beta0_guess);
    return {U, peak_offset - ln_omega + U * (1.0 / T_ref_K - 1.0 / T_K) / gas_constant_J_mol_K};
}

/// The fast beta process at its peak where one is seen, else 60 K below the beta process and a
/// fifth as strong, with weak priors.
void place_fast(DynamicStart& start, const std::vector<SeenPeak>& peaks) {
    double ln_omega = start.ln_omega;
    double T_K = std::max(start.T_ref_K - fast_below_K, 0.6 * start.T_ref_K);
    if (!peaks.empty()) {
        T_K = ln_omega = 0.0;
        for (const auto& p : peaks) {
            T_K += p.temperature_K / static_cast<double>(peaks.size());
            ln_omega += p.ln_omega / static_cast<double>(peaks.size());
        }
    }
    const PlacedProcess fast = placed(T_K, ln_omega, T_K);
    auto& q = start.q;
    q[q_fast_T_ref] = T_K;
    q[q_ln_A_fast] = q[q_ln_A_beta] - (peaks.empty() ? std::log(5.0) : 0.0);
    q[q_U_fast] = fast.U_J_mol;
    q[q_ln_tau_fast_ref] = fast.ln_tau_ref;
    q[q_ln_B_fast] = std::log(0.5);
    auto& sd = start.prior_sd;
    sd[q_ln_A_fast] = 1.5;
    sd[q_U_fast] = 25e3;
    sd[q_ln_tau_fast_ref] = peaks.empty() ? 6.0 : 3.0;
    sd[q_ln_B_fast] = 0.5;
}

void place_inputs(DynamicStart& start, const DynamicData& data, const record::FitOptions& options) {
    start.n_inputs = data.n_inputs;
    start.is_joint_shear = data.has_shear && data.has_tensile;
    if (is_wanted(options, "background_tan_delta")) {
        start.prior_sd[q_background] = background_prior_sd;
    }
    for (std::size_t k = 0; k + 1 < std::min(data.n_inputs, inputs_max); ++k) {
        start.prior_sd[q_ln_scale_2 + k] = scale_prior_sd;
        if (is_wanted(options, added_name(q_T_g_offset_2 + k))) {
            start.prior_sd[q_T_g_offset_2 + k] = T_g_offset_prior_sd_K;
        }
    }
}

}  // namespace

DynamicStart start_from_data(const DynamicData& data, const record::FitOptions& options) {
    DynamicStart start;
    auto& q = start.q;
    start.is_one_temperature = data.T_max_K - data.T_min_K <= 1.0;
    place_T_g(start, data, options);

    const record::Prior unrelaxed_Pa = unrelaxed(stiffest(data), start.is_one_temperature);
    const double E_u = unrelaxed_Pa.mean;
    const bool has_fast = wants_fast(options);
    std::vector<SeenPeak> fast_peaks;
    const std::vector<SeenPeak> peaks = seen_peaks(data.rows, has_fast ? &fast_peaks : nullptr);
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
            const double per_tensile = p.is_shear && data.has_tensile ? 3.0 : 1.0;
            A_beta += p.peak.loss_Pa / (p.storage_Pa * p.storage_Pa) / 0.33 / per_tensile / n;
        }
    }
    start.T_ref_K = T_ref;
    start.sees_peak = !peaks.empty();
    for (const auto& row : data.rows) {
        start.ln_omega += row.ln_omega / static_cast<double>(data.rows.size());
    }
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
    sd[q_ln_E_u] = unrelaxed_Pa.sd;
    sd[q_ln_A_beta] = 1.5;
    sd[q_U] = 25e3;
    sd[q_ln_tau_beta_ref] = peaks.empty() ? 8.0 : 3.0;
    sd[q_ln_B] = 0.5;
    sd[q_ln_A_an] = 2.0;
    sd[q_chi_Tg] = 0.15;
    sd[q_a1] = 0.003;
    sd[q_ln_tau_max_Tg] = 5.0;
    sd[q_ln_A_vp] = 2.0;
    place_slope(start, data, options);
    place_inputs(start, data, options);
    if (has_fast) {
        place_fast(start, fast_peaks);
    }
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

Layout without_fast(const Layout& layout) {
    Layout out = layout;
    out.has_fast = false;
    out.ln_tau_fast0.reset();
    for (const std::size_t i : {q_ln_A_fast, q_U_fast, q_ln_tau_fast_ref, q_ln_B_fast}) {
        out.mode[i] = Mode::fixed;
        out.value[i] = 0.0;
        std::erase(out.free, i);
        std::erase(out.active, i);
        std::erase_if(out.priors, [i](const PriorTerm& term) {
            return term.quantity == Quantity::ln_tau_fast0 ||
                   (term.quantity == Quantity::coordinate && term.coordinate == i);
        });
    }
    out.value[q_fast_T_ref] = 0.0;
    return out;
}

std::vector<Coordinates> fast_starts(const Coordinates& q, const Coordinates& origin) {
    std::vector<Coordinates> out;
    const double T_K = origin[q_fast_T_ref];
    const double ln_omega = peak_offset - origin[q_ln_tau_fast_ref];
    for (const double move_K : {0.0, 30.0, -30.0, -60.0}) {
        Coordinates m = q;
        const PlacedProcess fast = placed(std::max(T_K + move_K, 0.5 * T_K), ln_omega, T_K);
        m[q_fast_T_ref] = T_K;
        m[q_ln_A_fast] = origin[q_ln_A_fast];
        m[q_U_fast] = fast.U_J_mol;
        m[q_ln_tau_fast_ref] = fast.ln_tau_ref;
        m[q_ln_B_fast] = origin[q_ln_B_fast];
        out.push_back(m);
    }
    return out;
}

std::vector<Coordinates> swapped_starts(const Coordinates& origin) {
    std::vector<Coordinates> out;
    const double T_K = origin[q_fast_T_ref];
    const double beta_K = T_K + fast_below_K;
    for (const double move_K : {40.0, 80.0, 120.0, 170.0}) {
        for (const double strength : {1.0, 3.0}) {
            Coordinates m = origin;
            m[q_U_fast] = origin[q_U];
            m[q_ln_tau_fast_ref] = origin[q_ln_tau_beta_ref] +
                                   origin[q_U] * (1.0 / T_K - 1.0 / beta_K) / gas_constant_J_mol_K;
            m[q_ln_A_fast] = origin[q_ln_A_beta];
            m[q_ln_A_beta] += std::log(strength);
            m[q_U] = origin[q_U] * (beta_K + move_K) / beta_K;
            m[q_ln_tau_beta_ref] +=
                m[q_U] * (1.0 / beta_K - 1.0 / (beta_K + move_K)) / gas_constant_J_mol_K;
            out.push_back(m);
        }
    }
    return out;
}

Coordinates faster_first(const Coordinates& q, double T_ref_K) {
    const double apart = (1.0 / q[q_fast_T_ref] - 1.0 / T_ref_K) / gas_constant_J_mol_K;
    if (q[q_ln_tau_fast_ref] < q[q_ln_tau_beta_ref] + q[q_U] * apart) {
        return q;
    }
    Coordinates out = q;
    out[q_ln_A_beta] = q[q_ln_A_fast];
    out[q_U] = q[q_U_fast];
    out[q_ln_tau_beta_ref] = q[q_ln_tau_fast_ref] - q[q_U_fast] * apart;
    out[q_ln_B] = q[q_ln_B_fast];
    out[q_ln_A_fast] = q[q_ln_A_beta];
    out[q_U_fast] = q[q_U];
    out[q_ln_tau_fast_ref] = q[q_ln_tau_beta_ref] + q[q_U] * apart;
    out[q_ln_B_fast] = q[q_ln_B];
    return out;
}

std::vector<Coordinates> unseen_starts(const DynamicStart& start) {
    std::vector<Coordinates> out;
    if (start.sees_peak) {
        return out;
    }
    for (const double B : {0.2, 0.6}) {
        for (const double place : {0.7, 0.85, 1.0, 1.2, 1.5}) {
            const PlacedProcess beta = placed(place * start.T_ref_K, start.ln_omega, start.T_ref_K);
            Coordinates m = start.q;
            m[q_U] = beta.U_J_mol;
            m[q_ln_tau_beta_ref] = beta.ln_tau_ref;
            m[q_ln_B] = std::log(B);
            m[q_ln_A_beta] = start.q[q_ln_A_beta] + std::log(0.6 / B);
            out.push_back(m);
        }
    }
    return out;
}

std::vector<Coordinates> valley_starts(const Coordinates& q) {
    std::vector<Coordinates> out;
    for (const double longer : {6.0, -4.0}) {
        Coordinates m = q;
        m[q_ln_tau_max_Tg] += longer;
        m[q_ln_A_an] += q[q_chi_Tg] * longer;
        m[q_ln_A_vp] += q[q_chi_Tg] * longer;
        out.push_back(m);
    }
    return out;
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
