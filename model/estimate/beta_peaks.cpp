// SPDX-License-Identifier: MIT
//
// Beta peaks of E''(T) per frequency (ANALYSIS 4.2 B): the papers' recipe `U_beta_peaks`,
// `tau_beta0_peaks` (S1 Sec. 4.2: omega tau_beta = 1 at the peak; biased, E1-18) and, given a
// dynamic estimate, `*_corr` with the alpha part removed and the model's own place of the peak.

#include "model/estimate/dynamic_data.hpp"
#include "model/estimate/dynamic_usable.hpp"
#include "model/estimate/estimate.hpp"
#include "model/estimate/loss_peak.hpp"
#include "model/estimate/peak_method.hpp"
#include "model/estimate/weighted_line.hpp"
#include "model/qpd/gumbel.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>

namespace relaxd::model {

namespace {

using record::ParameterState;

struct Peak {
    double ln_omega;
    LossPeak peak;
};

/// The rows of one frequency, sorted by temperature.
std::vector<std::vector<DynamicRow>> by_frequency(const std::vector<DynamicRow>& rows) {
    std::vector<std::vector<DynamicRow>> out;
    for (const auto& row : rows) {
        if (out.empty() || out.back().front().group != row.group) {
            out.emplace_back();
        }
        out.back().push_back(row);
    }
    return out;
}

/// Loss without the anelastic and flow parts of the dynamic estimate.
CurvePoint without_alpha(const DynamicRow& row, LiveModel& model) {
    CurvePoint point{row.temperature_K, row.loss_Pa, row.loss_sigma_Pa, row.storage_Pa};
    LiveModel::Value value;
    if (!model.at(row.temperature_K, row.ln_omega, value)) {
        return point;
    }
    const std::complex<double> measured{row.storage_Pa, row.loss_Pa};
    const double J_u = std::exp(-model.coordinates()[q_ln_E_u]);
    const std::complex<double> alpha = 1.0 / value.modulus_Pa - J_u - value.beta_per_Pa;
    const std::complex<double> left = 1.0 / measured - alpha;
    const std::complex<double> modulus = 1.0 / left;
    // The noise of E'' grows with |modulus / measured|^2.
    point.loss_Pa = modulus.imag();
    point.storage_Pa = modulus.real();
    point.sigma_Pa *= std::norm(modulus / measured);
    return point;
}

/// ln(omega tau_beta) at the maximum over T of the beta part of E'' alone; the same at every
/// frequency.
double peak_offset(const DynamicUsable& dynamic) {
    const QpdParameters& p = dynamic.parameters;
    const auto loss = [&](double z) {
        const std::complex<double> J = 1.0 / p.E_u_Pa + p.A_beta_per_Pa() * gumbel_debye(z, p.B);
        return (1.0 / J).imag();
    };
    // E'' of the beta part depends on T through z = ln(omega tau_beta) only: golden section in z.
    const double ratio = 0.5 * (std::sqrt(5.0) - 1.0);
    double low = -3.0;
    double high = 4.0;
    double a = high - ratio * (high - low);
    double b = low + ratio * (high - low);
    double loss_a = loss(a);
    double loss_b = loss(b);
    while (high - low > 1e-6) {
        if (loss_a > loss_b) {
            high = b;
            b = a;
            loss_b = loss_a;
            a = high - ratio * (high - low);
            loss_a = loss(a);
        } else {
            low = a;
            a = b;
            loss_a = loss_b;
            b = low + ratio * (high - low);
            loss_b = loss(b);
        }
    }
    return 0.5 * (low + high);
}

record::ParameterEstimate missing(const char* name) {
    record::ParameterEstimate e;
    e.name = name;
    return e;
}

/// U and tau_beta0 from ln(omega tau_beta) = offset at the peaks: 1/T_p on ln omega, centred, since
/// the noise is in T_p.
void publish_arrhenius(
    const std::vector<Peak>& peaks,
    double offset,
    const char* U_name,
    const char* tau_name,
    record::FitResult& result
) {
    WeightedLine line;
    for (const auto& p : peaks) {
        const double se = std::max(p.peak.temperature_se_K, 1e-6);
        const double T = p.peak.temperature_K;
        const double sigma = se / (T * T);
        line.add(p.ln_omega, 1.0 / T, 1.0 / (sigma * sigma));
    }
    // 1/T = (R/U) (offset - ln tau0 - ln omega)
    const double slope = line.slope();
    if (peaks.size() < 2 || !(slope < 0.0)) {
        result.parameters.push_back(missing(U_name));
        result.parameters.push_back(missing(tau_name));
        return;
    }
    const double relative = line.slope_se() / -slope;
    const double t = line.quantile_95();
    const auto state =
        peaks.size() >= 3 && relative < 0.3 ? ParameterState::determined : ParameterState::hinted;
    record::ParameterEstimate U;
    U.name = U_name;
    U.value = -gas_constant_J_mol_K / slope;
    U.standard_error = U.value * relative;
    U.lower_95 = U.value - t * U.standard_error;
    U.upper_95 = U.value + t * U.standard_error;
    U.state = state;
    record::ParameterEstimate tau;
    tau.name = tau_name;
    const double ln_tau = offset - line.mean_x() + line.mean_y() / slope;
    const double se = std::hypot(line.mean_y_se() / slope, line.mean_y() / slope * relative);
    tau.value = std::exp(ln_tau);
    tau.standard_error = tau.value * se;
    tau.lower_95 = std::exp(ln_tau - t * se);
    tau.upper_95 = std::exp(ln_tau + t * se);
    tau.state = state;
    if (!std::isfinite(tau.upper_95) || !std::isfinite(tau.value) || tau.value <= 0.0) {
        tau = missing(tau_name);
    }
    result.parameters.push_back(U);
    result.parameters.push_back(tau);
}

void publish_peaks(const std::vector<Peak>& recipe, record::FitResult& result) {
    for (const auto& p : recipe) {
        record::PeakEstimate e;
        e.frequency_Hz = std::exp(p.ln_omega) / (2.0 * std::numbers::pi);
        e.temperature_K.name = "temperature_K";
        e.temperature_K.value = p.peak.temperature_K;
        e.temperature_K.standard_error = p.peak.temperature_se_K;
        e.temperature_K.lower_95 = p.peak.temperature_K - 1.96 * p.peak.temperature_se_K;
        e.temperature_K.upper_95 = p.peak.temperature_K + 1.96 * p.peak.temperature_se_K;
        e.temperature_K.state = ParameterState::determined;
        e.temperature_K.method = peak_method(e.frequency_Hz);
        result.peaks.push_back(e);
    }
}

std::string frequency_text(double ln_omega) {
    const double f = std::exp(ln_omega) / (2.0 * std::numbers::pi);
    return std::to_string(std::lround(f * 1e3)) + " mHz";
}

}  // namespace

record::FitResult fit_beta_peaks(
    std::span<const record::DynamicPoint> points,
    const record::FitOptions& options,
    const record::FitResult* dynamic
) {
    record::FitResult result;
    result.model = "beta-peaks";
    const DynamicData data = dynamic_data(points, options.T_max_K);
    result.n_points = data.n_points;
    result.first_seq = data.first_seq;
    result.last_seq = data.last_seq;
    const auto known = usable(dynamic);
    result.form = known ? std::string(record::to_word(known->form)) : std::string();
    std::vector<Peak> recipe;
    std::vector<Peak> corrected;
    std::string last_reason = "no points";
    std::optional<LiveModel> model;
    if (known) {
        model.emplace(known->form, known->T_ref_K);
        model->set(known->q);
    }
    for (const auto& rows : by_frequency(data.rows)) {
        std::vector<CurvePoint> curve;
        std::vector<CurvePoint> cleaned;
        for (const auto& row : rows) {
            curve.push_back({row.temperature_K, row.loss_Pa, row.loss_sigma_Pa, row.storage_Pa});
            if (model) {
                cleaned.push_back(without_alpha(row, *model));
            }
        }
        std::string reason;
        if (const auto peak = find_beta_peak(curve, reason)) {
            recipe.push_back({rows.front().ln_omega, *peak});
        } else {
            last_reason = reason;
            result.warnings.push_back(
                "no beta peak at " + frequency_text(rows.front().ln_omega) + ": " + reason
            );
        }
        if (model) {
            if (const auto peak = find_beta_peak(cleaned, reason)) {
                corrected.push_back({rows.front().ln_omega, *peak});
            }
        }
    }
    if (recipe.empty() && corrected.empty()) {
        result.reason = "no beta peak: " + last_reason;
        return result;
    }
    publish_peaks(recipe, result);
    publish_arrhenius(recipe, 0.0, "U_beta_peaks", "tau_beta0_peaks", result);
    if (known) {
        const double offset = peak_offset(*known);
        publish_arrhenius(corrected, offset, "U_beta_peaks_corr", "tau_beta0_peaks_corr", result);
    }
    if (recipe.size() + corrected.size() < 2) {
        result.warnings.push_back("one peak gives no activation energy: measure another frequency");
    }
    result.status = "converged";
    return result;
}

}  // namespace relaxd::model
