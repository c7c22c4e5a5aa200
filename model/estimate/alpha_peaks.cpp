// SPDX-License-Identifier: MIT
//
// Alpha peaks of E''(T) per frequency: S2 Eqs. 1 and 2. A recipe: the apparent energy across T_g,
// where the slope of ln tau_max bends (E2-17).

#include "model/estimate/dynamic_data.hpp"
#include "model/estimate/estimate.hpp"
#include "model/estimate/loss_peak.hpp"
#include "model/estimate/peak_method.hpp"
#include "model/estimate/weighted_line.hpp"
#include "model/qpd/live_model.hpp"
#include "model/tts/arrhenius.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numbers>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace relaxd::model {

namespace {

using record::ParameterEstimate;
using record::ParameterState;

struct Peak {
    double frequency_Hz;
    LossPeak peak;
};

ParameterEstimate missing(const char* name) {
    ParameterEstimate e;
    e.name = name;
    return e;
}

/// The T_g that the options give, and its standard deviation.
std::optional<record::Prior> given_T_g(const record::FitOptions& options) {
    if (const auto it = options.fixed.find("T_g_K"); it != options.fixed.end()) {
        return record::Prior{it->second, 0.0};
    }
    if (const auto it = options.priors.find("T_g_K"); it != options.priors.end()) {
        return it->second;
    }
    if (options.T_g_fixed_K) {
        return record::Prior{*options.T_g_fixed_K, 0.0};
    }
    return options.T_g_prior_K;
}

void set_interval(ParameterEstimate& e, double quantile) {
    e.lower_95 = e.value - quantile * e.standard_error;
    e.upper_95 = e.value + quantile * e.standard_error;
}

/// m = E/(R T_g ln 10), with both errors; what the error of E cannot give is not there.
ParameterEstimate fragility_of(
    const ParameterEstimate& E, const record::Prior& T_g, double quantile
) {
    const auto m = fragility(E.value, T_g.mean);
    if (!m) {
        return missing("fragility_m");
    }
    ParameterEstimate e;
    e.name = "fragility_m";
    e.value = *m;
    e.standard_error = *m * std::hypot(E.standard_error / E.value, T_g.sd / T_g.mean);
    set_interval(e, quantile);
    e.state = E.state;
    e.method = "E_alpha_peaks and the given T_g";
    return e;
}

/// ln f = ln f0 - E/(R T_p): 1/T_p on ln f, centred, since the noise is in T_p.
void publish_arrhenius(
    const std::vector<Peak>& peaks, const record::FitOptions& options, record::FitResult& result
) {
    WeightedLine line;
    for (const Peak& p : peaks) {
        const double T = p.peak.temperature_K;
        const double sigma = std::max(p.peak.temperature_se_K, 1e-6) / (T * T);
        line.add(std::log(p.frequency_Hz), 1.0 / T, 1.0 / (sigma * sigma));
    }
    const double slope = peaks.size() >= 2 ? line.slope() : 0.0;
    auto& out = result.parameters;
    if (!(slope < 0.0)) {
        out.push_back(missing("E_alpha_peaks"));
        out.push_back(missing("f0_peaks"));
        result.warnings.emplace_back(
            "one peak gives no activation energy: measure another frequency"
        );
        return;
    }
    const double relative = line.slope_se() / -slope;
    const double t = line.quantile_95();
    ParameterEstimate E;
    E.name = "E_alpha_peaks";
    E.value = -gas_constant_J_mol_K / slope;
    E.standard_error = E.value * relative;
    set_interval(E, t);
    E.state =
        peaks.size() >= 3 && relative < 0.3 ? ParameterState::determined : ParameterState::hinted;
    ParameterEstimate f0;
    f0.name = "f0_peaks";
    const double ln_f0 = line.mean_x() - line.mean_y() / slope;
    const double se = std::hypot(line.mean_y_se() / slope, line.mean_y() / slope * relative);
    f0.value = std::exp(ln_f0);
    f0.standard_error = f0.value * se;
    f0.lower_95 = std::exp(ln_f0 - t * se);
    f0.upper_95 = std::exp(ln_f0 + t * se);
    f0.state = E.state;
    const bool is_shown = std::isfinite(f0.upper_95) && std::isfinite(f0.standard_error);
    out.push_back(E);
    out.push_back(is_shown ? f0 : missing("f0_peaks"));
    if (const auto T_g = given_T_g(options)) {
        out.push_back(fragility_of(E, *T_g, t));
    } else {
        out.push_back(missing("fragility_m"));
        result.warnings.emplace_back("fragility_m needs T_g: give it with --t-g or --prior T_g_K");
    }
}

}  // namespace

std::string peak_method(double frequency_Hz) {
    std::array<char, 32> text{};
    const auto end = std::to_chars(
        text.data(), text.data() + text.size(), frequency_Hz, std::chars_format::general, 3
    );
    return "E'' peak " + std::string(text.data(), end.ptr) + " Hz";
}

record::FitResult fit_alpha_peaks(
    std::span<const record::DynamicPoint> points, const record::FitOptions& options
) {
    record::FitResult result;
    result.model = "alpha-peaks";
    const DynamicData data = dynamic_data(points, options.T_max_K);
    result.n_points = data.n_points;
    result.first_seq = data.first_seq;
    result.last_seq = data.last_seq;
    std::vector<Peak> peaks;
    std::string reason = "no points";
    for (std::size_t first = 0; first < data.rows.size();) {
        std::vector<CurvePoint> curve;
        std::size_t last = first;
        for (; last < data.rows.size() && data.rows[last].group == data.rows[first].group; ++last) {
            const DynamicRow& r = data.rows[last];
            curve.push_back({r.temperature_K, r.loss_Pa, r.loss_sigma_Pa, r.storage_Pa});
        }
        const double f = std::exp(data.rows[first].ln_omega) / (2.0 * std::numbers::pi);
        if (const auto peak = find_alpha_peak(curve, reason)) {
            peaks.push_back({f, *peak});
        } else {
            result.warnings.push_back("no " + peak_method(f) + " of alpha: " + reason);
        }
        first = last;
    }
    if (peaks.empty()) {
        result.reason = "no alpha peak: " + reason;
        return result;
    }
    for (const Peak& p : peaks) {
        record::PeakEstimate e;
        e.frequency_Hz = p.frequency_Hz;
        e.temperature_K.name = "temperature_K";
        e.temperature_K.value = p.peak.temperature_K;
        e.temperature_K.standard_error = p.peak.temperature_se_K;
        set_interval(e.temperature_K, 1.96);
        e.temperature_K.state = ParameterState::determined;
        e.temperature_K.method = peak_method(p.frequency_Hz);
        result.peaks.push_back(std::move(e));
    }
    publish_arrhenius(peaks, options, result);
    result.status = "converged";
    return result;
}

}  // namespace relaxd::model
